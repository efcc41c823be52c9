//! Where progress is shown: a bar on a terminal, lines elsewhere.

use std::fmt;
use std::io::{self, Write};

#[cfg(feature = "progress")]
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

pub(super) enum View {
    #[cfg(feature = "progress")]
    Bar(ProgressBar),
    Lines(Box<dyn Write + Send>),
}

impl View {
    #[cfg(feature = "progress")]
    pub(super) fn standard_error(total_steps: u64) -> Self {
        let target = ProgressDrawTarget::stderr();
        match target.is_hidden() {
            true => Self::lines(io::stderr()),
            false => Self::bar(total_steps, target),
        }
    }

    #[cfg(not(feature = "progress"))]
    pub(super) fn standard_error(_total_steps: u64) -> Self {
        Self::lines(io::stderr())
    }

    pub(super) fn lines(out: impl Write + Send + 'static) -> Self {
        Self::Lines(Box::new(out))
    }

    /// A bar that disappears when it is dropped, so that the next output, such as an error, has its own line.
    #[cfg(feature = "progress")]
    fn bar(total_steps: u64, target: ProgressDrawTarget) -> Self {
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}, {eta} left")
            .expect("the template is fixed and well-formed");
        let bar = ProgressBar::with_draw_target(Some(total_steps), target)
            .with_style(style)
            .with_finish(ProgressFinish::AndClear);
        Self::Bar(bar)
    }

    /// Shows the state after a step; where there are only lines, only if this step is `due` one.
    pub(super) fn step(&mut self, step: u64, total: u64, state: String, due: bool) {
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => {
                bar.set_message(state);
                bar.set_position(step);
            }
            Self::Lines(_) if due => self.line(&format!("step {step}/{total}: {state}")),
            Self::Lines(_) => {}
        }
    }

    /// Leaves a line.
    pub(super) fn line(&mut self, text: &str) {
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => bar.println(text),
            // A failure here means that nobody reads along, which is no reason to stop.
            Self::Lines(out) => drop(writeln!(out, "{text}").and_then(|()| out.flush())),
        }
    }

    /// Takes the bar away; the lines stay.
    pub(super) fn finish(&mut self) {
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => bar.finish_and_clear(),
            Self::Lines(_) => {}
        }
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "progress")]
            Self::Bar(_) => "Bar",
            Self::Lines(_) => "Lines",
        })
    }
}

#[cfg(all(test, feature = "progress"))]
mod tests {
    use super::*;
    use crate::Progress;
    use indicatif::InMemoryTerm;

    fn on_a_terminal(steps: u64) -> (InMemoryTerm, Progress) {
        let terminal = InMemoryTerm::new(10, 80);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        (terminal, Progress::with_view(steps, View::bar(steps, target)))
    }

    /// The beginnings of what the terminal shows.
    fn starts(terminal: &InMemoryTerm) -> Vec<String> {
        let line = |line: &str| line.chars().take(12).collect();
        terminal.contents().lines().map(line).collect()
    }

    #[test]
    fn a_bar_is_below_the_lines_and_disappears_with_the_last() {
        let (terminal, mut progress) = on_a_terminal(2);
        progress.step(2.0, 32);
        progress.finish_epoch("half");
        assert_eq!(starts(&terminal), ["epoch 1: mea", "████████████"]);
        assert!(terminal.contents().contains(" 1/2 loss 2.0000, "));
        progress.step(1.0, 32);
        progress.finish_epoch("done");
        assert_eq!(starts(&terminal), ["epoch 1: mea", "epoch 2: mea"]);
    }

    #[test]
    fn a_run_that_stops_early_leaves_the_line_to_its_error() {
        let (terminal, mut progress) = on_a_terminal(9);
        progress.step(2.0, 32);
        drop(progress);
        assert_eq!(terminal.contents(), "");
    }
}

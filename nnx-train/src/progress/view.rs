//! Where progress is shown: a bar on a terminal, lines elsewhere.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

#[cfg(feature = "progress")]
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::numbers;

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

    /// A bar above a line with the state, which disappears when it is dropped, so that the next output, such as an
    /// error, has its own line.
    #[cfg(feature = "progress")]
    fn bar(total_steps: u64, target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total_steps), target)
            .with_style(Self::style("{prefix}"))
            .with_finish(ProgressFinish::AndClear);
        Self::Bar(bar)
    }

    #[cfg(feature = "progress")]
    fn style(below: &str) -> ProgressStyle {
        ProgressStyle::with_template(&format!(
            "{{wide_bar}} {{pos}}/{{len}}, {{eta}} left\n{below}"
        ))
        .expect("the templates are fixed and well-formed")
    }

    /// The number of steps of the run, and of those that were done before.
    pub(super) fn start(&self, step: u64, total_steps: u64) {
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => {
                bar.set_length(total_steps);
                bar.set_position(step);
                bar.reset_eta();
            }
            Self::Lines(_) => {
                let _ = (step, total_steps);
            }
        }
    }

    /// Whether a step is shown: each one on a terminal, elsewhere those that are `due`.
    pub(super) fn wants(&self, due: bool) -> bool {
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(_) => true,
            Self::Lines(_) => due,
        }
    }

    /// Shows the state after a step, the time that is left, and the note of the last evaluation.
    pub(super) fn step(
        &mut self,
        step: u64,
        total: u64,
        state: &str,
        left: Option<Duration>,
        note: &str,
    ) {
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => {
                if !note.is_empty() && bar.message() != note {
                    bar.set_style(Self::style("{prefix}\nlast evaluation: {wide_msg}"));
                    bar.set_message(note.to_owned());
                }
                bar.set_prefix(state.to_owned());
                bar.set_position(step);
            }
            // The line of the last evaluation was printed before, so it isn't repeated.
            Self::Lines(_) => {
                let _ = note;
                let left = left.map(|left| format!(", {} left", numbers::duration(left)));
                self.line(&format!("step {step}/{total}: {state}{}", left.unwrap_or_default()));
            }
        }
    }

    /// Prints a line that stays.
    pub(super) fn line(&mut self, text: &str) {
        match self {
            #[cfg(feature = "progress")]
            Self::Bar(bar) => bar.println(text),
            // A failure here means that nobody reads along, which is no reason to stop.
            Self::Lines(out) => drop(writeln!(out, "{text}").and_then(|()| out.flush())),
        }
    }

    /// Removes the bar; the lines stay.
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

    /// The first characters of each line that the terminal shows.
    fn starts(terminal: &InMemoryTerm) -> Vec<String> {
        let line = |line: &str| line.chars().take(12).collect();
        terminal.contents().lines().map(line).collect()
    }

    #[test]
    fn a_bar_is_below_the_lines_and_disappears_with_the_last() {
        let (terminal, mut progress) = on_a_terminal(2);
        progress.step(2.0, 32);
        progress.finish_epoch("half");
        assert_eq!(starts(&terminal), ["epoch 1: mea", "████████████", "loss 2.0000,"]);
        assert!(terminal.contents().contains(" 1/2, "), "{}", terminal.contents());
        progress.step(1.0, 32);
        progress.finish_epoch("done");
        assert_eq!(starts(&terminal), ["epoch 1: mea", "epoch 2: mea"]);
    }

    #[test]
    fn loss_learning_rate_rate_time_left_and_the_last_evaluation_are_shown() {
        let (terminal, mut progress) = on_a_terminal(9);
        progress.learning_rate(0.002);
        progress.step(2.0, 32);
        progress.finish_epoch("accuracy 75%");
        progress.step(2.0, 32);
        let shown = terminal.contents();
        let lines: Vec<&str> = shown.lines().collect();
        let [_, bar, state, note] = lines[..] else { panic!("{shown}") };
        assert!(bar.contains(" 2/9, ") && bar.ends_with(" left"), "{bar}");
        assert!(state.starts_with("loss 2.0000, learning rate 0.002, "), "{state}");
        assert!(state.ends_with(" images/s"), "{state}");
        assert_eq!(note, "last evaluation: accuracy 75%");
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{shown}");
    }

    #[test]
    fn a_note_wider_than_the_terminal_is_cut() {
        let (terminal, mut progress) = on_a_terminal(9);
        progress.note = "accuracy 75%, ".repeat(20);
        progress.step(2.0, 32);
        let shown = terminal.contents();
        assert_eq!(shown.lines().count(), 3, "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    }

    #[test]
    fn a_run_that_stops_early_leaves_the_line_to_its_error() {
        let (terminal, mut progress) = on_a_terminal(9);
        progress.step(2.0, 32);
        drop(progress);
        assert_eq!(terminal.contents(), "");
    }
}

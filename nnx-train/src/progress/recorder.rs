//! A recorder that shows progress.

use std::io;
use std::time::Instant;

use super::{EpochSum, Progress};
use crate::numbers::{duration, number};
use crate::{Ended, Evaluated, Recorder, Started, Stepped, Stop};

/// Lines for epochs and evaluations, with all metrics; a line at the end if the run ends early.
impl Recorder for Progress {
    fn start(&mut self, start: &Started) -> io::Result<()> {
        self.steps = start.step;
        self.first_step = start.step;
        self.total_steps = start.steps.unwrap_or(self.total_steps);
        self.steps_per_epoch = start.steps_per_epoch;
        if !start.unit.is_empty() {
            self.unit = start.unit;
        }
        self.epochs =
            start.steps_per_epoch.map_or(0, |steps| start.step.checked_div(steps).unwrap_or(0));
        self.epoch = EpochSum::start();
        self.started = Instant::now();
        self.view.start(start.step, self.total_steps);
        if start.step > 0 {
            self.view.line(&format!("goes on after step {}", start.step));
        }
        Ok(())
    }

    fn step(&mut self, step: &Stepped) -> io::Result<()> {
        // The line of an epoch comes after its evaluation, or with the next step if there was none.
        if self.epochs < step.epoch {
            self.end_epoch(step.epoch, "");
        }
        self.learning_rate = step.learning_rate;
        Self::step(self, step.loss, step.count);
        Ok(())
    }

    fn evaluation(&mut self, evaluation: &Evaluated<'_>) -> io::Result<()> {
        let metrics = evaluation.metrics.iter();
        let metrics: Vec<String> =
            metrics.map(|(name, value)| format!("{name} {}", number(*value))).collect();
        let best = if evaluation.best { " (best)" } else { "" };
        let note = format!("{}{best}", metrics.join(", "));
        let epoch = evaluation.epoch + 1;
        let ends = self.steps_per_epoch.is_some_and(|steps| evaluation.step == epoch * steps);
        match ends && self.epochs < epoch {
            true => self.end_epoch(epoch, &note),
            false => self.view.line(&format!("step {}: {note}", evaluation.step)),
        }
        self.note = note;
        Ok(())
    }

    fn note(&mut self, text: &str) -> io::Result<()> {
        self.view.line(text);
        Ok(())
    }

    fn end(&mut self, end: &Ended) -> io::Result<()> {
        let epoch = self.epochs + 1;
        if self.steps_per_epoch.is_some_and(|steps| end.step == epoch * steps) {
            self.end_epoch(epoch, "");
        }
        self.view.finish();
        // A failure is printed by the program.
        if !matches!(end.reason, Stop::Finished | Stop::Failed(_)) {
            let (step, time) = (end.step, duration(end.duration));
            self.view.line(&format!("{} after step {step}, {time}", end.reason));
        }
        Ok(())
    }
}

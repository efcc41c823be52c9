//! The events that a training loop sends to its recorders.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use nnx_core::module::State;

/// Watches a training run: a progress bar, a file of records, a plot (Lightning's and Keras' `Callback`, or
/// `Logger`).
///
/// A [`Trainer`](crate::Trainer), or a loop by hand with a [`Run`](crate::Run), calls the methods in this order:
/// `start`, then `step` after each batch and `evaluation` after each evaluation, then `end`, also when the run
/// ends by an error. `note` may come in between.
///
/// An error, such as that of a full disk, doesn't stop the run: this recorder isn't called again, and
/// [`Report::unrecorded`](crate::Report::unrecorded) has the error.
///
/// ```
/// use nnx_train::{Evaluated, Recorder, Stepped};
///
/// /// Keeps the losses.
/// #[derive(Default)]
/// struct Losses(Vec<f32>);
///
/// impl Recorder for Losses {
///     fn step(&mut self, step: &Stepped) -> std::io::Result<()> {
///         self.0.push(step.loss);
///         Ok(())
///     }
/// }
///
/// let mut losses = Losses::default();
/// losses.step(&Stepped { step: 1, loss: 2.5, count: 32, ..Stepped::default() })?;
/// losses.evaluation(&Evaluated::default())?; // does nothing
/// assert_eq!(losses.0, [2.5]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Recorder {
    /// The run begins, or continues from a checkpoint.
    ///
    /// # Errors
    /// If it can't be recorded, as for all methods.
    fn start(&mut self, _start: &Started) -> io::Result<()> {
        Ok(())
    }

    /// A batch was trained on.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    fn step(&mut self, _step: &Stepped) -> io::Result<()> {
        Ok(())
    }

    /// The model was evaluated.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    fn evaluation(&mut self, _evaluation: &Evaluated<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Other information for the user, such as where a checkpoint was saved.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    fn note(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    /// The run is over.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    fn end(&mut self, _end: &Ended) -> io::Result<()> {
        Ok(())
    }
}

impl<R: Recorder + ?Sized> Recorder for &mut R {
    fn start(&mut self, start: &Started) -> io::Result<()> {
        (**self).start(start)
    }
    fn step(&mut self, step: &Stepped) -> io::Result<()> {
        (**self).step(step)
    }
    fn evaluation(&mut self, evaluation: &Evaluated<'_>) -> io::Result<()> {
        (**self).evaluation(evaluation)
    }
    fn note(&mut self, text: &str) -> io::Result<()> {
        (**self).note(text)
    }
    fn end(&mut self, end: &Ended) -> io::Result<()> {
        (**self).end(end)
    }
}

/// The beginning of a run. Fields may be added: make one with `..Started::default()`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Started {
    /// Steps that were done before: 0, or more if the run resumes from a checkpoint.
    pub step: u64,
    /// Steps of the whole run, including those before a resumption.
    pub steps: Option<u64>,
    /// Steps of an epoch.
    pub steps_per_epoch: Option<u64>,
    /// What [`Stepped::count`] counts, such as `images`.
    pub unit: &'static str,
    /// The number of the model's parameters.
    pub parameters: Option<usize>,
}

/// One step. Fields may be added: make one with `..Stepped::default()`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stepped {
    /// The number of the step, from 1.
    pub step: u64,
    /// The epoch, from 0.
    pub epoch: u64,
    /// The number of the batch in its epoch, from 1.
    pub batch: u64,
    /// The mean loss of the batch. It may be NaN or infinite; then the run stops.
    pub loss: f32,
    /// The learning rate of this step, if the optimizer has one.
    pub learning_rate: Option<f64>,
    /// Images, or another unit, in the batch.
    pub count: usize,
    /// From the end of the step before, without the time for evaluations and checkpoints.
    pub duration: Duration,
}

/// One evaluation. Fields may be added: make one with `..Evaluated::default()`.
#[derive(Clone, Debug, Default)]
pub struct Evaluated<'a> {
    /// The number of steps before it.
    pub step: u64,
    /// The epoch of the last step, from 0.
    pub epoch: u64,
    /// Values of the metrics by their names, in the order in which the program named them.
    pub metrics: &'a [(String, f64)],
    /// Whether the metric that early stopping or the best checkpoint looks at is the best so far.
    pub best: bool,
    /// The time that the evaluation took.
    pub duration: Duration,
    /// The parameters of the model, such as for histograms.
    pub parameters: Option<&'a State>,
}

/// The end of a run. Fields may be added: make one with `..Ended::default()`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ended {
    /// The number of steps that were done, including those before a resumption.
    pub step: u64,
    /// Why the run ended.
    pub reason: Stop,
    /// From the start of this process's part of the run.
    pub duration: Duration,
    /// The last checkpoint.
    pub checkpoint: Option<PathBuf>,
}

/// Why a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// All epochs or steps are done.
    #[default]
    Finished,
    /// The metric hasn't improved for as many evaluations as allowed.
    NoImprovement,
    /// The time limit was reached.
    TimeLimit,
    /// Ctrl-C, or another request to stop.
    Interrupted,
    /// A dry run of a few steps.
    DryRun,
    /// An error, with its message.
    Failed(String),
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Finished => f.write_str("finished"),
            Self::NoImprovement => f.write_str("stopped early: no improvement"),
            Self::TimeLimit => f.write_str("stopped: the time is over"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::DryRun => f.write_str("dry run: not the whole training"),
            Self::Failed(error) => write!(f, "failed: {error}"),
        }
    }
}

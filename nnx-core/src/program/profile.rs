//! The time of each step of a plan, beside its floor.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

use super::Plan;
use super::plan::PlannedStep;
use super::text::label;
use crate::array::{Array, ShapeError};
use crate::ops::Roofline;

/// The times of a plan's steps. `Display` prints one step a line.
///
/// A **floor** is the time below which no implementation gets on this machine, with the threads of the caller: FLOPs at
/// the rate of a product whose operands are in a cache, or bytes at the rate of reading as many bytes again and again,
/// whichever takes longer (the roofline). Both rates are measured by the profile itself.
#[derive(Debug, Clone)]
pub struct Profile {
    steps: Vec<StepTime>,
    total: Duration,
}

/// The time of a step.
#[derive(Debug, Clone)]
pub struct StepTime {
    /// The operation; of a fused one, those that it replaces.
    pub name: String,
    /// The median of all runs.
    pub time: Duration,
    /// The time below which no implementation gets.
    pub floor: Duration,
    /// Floating-point operations.
    pub flops: u64,
    /// Bytes read and written.
    pub bytes: usize,
}

impl Plan {
    /// Runs the plan `runs` times, at least once, and times each step.
    ///
    /// ```
    /// use nnx_core::{Tensor, module::{Init, compile}, nn::Linear, random::Rngs, tensor::Tensor};
    /// use nnx_core::size::{U2, U3};
    ///
    /// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
    /// let x = <Tensor![4, 3]>::ones();
    /// let plan = compile::<Tensor![4, 3], _>(&model).plan(x.clone())?;
    /// let profile = plan.profile(&[x.into_dyn().into_array()], 10)?;
    /// assert_eq!(profile.steps().len(), 1);
    /// println!("{profile}");
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn profile(&self, inputs: &[Array], runs: usize) -> Result<Profile, ShapeError> {
        self.check_inputs(inputs)?;
        let mut times: Vec<Vec<Duration>> = vec![Vec::new(); self.steps.len()];
        let mut totals = Vec::new();
        for _ in 0..runs.max(1) {
            let start = Instant::now();
            self.run_observed(&mut inputs.iter().cloned(), &mut |index, run| {
                let start = Instant::now();
                let done = run();
                times[index].push(start.elapsed());
                done
            })?;
            totals.push(start.elapsed());
        }
        let mut roofline = Roofline::measure();
        let operations = self.program.steps.iter().map(|step| &*step.operation);
        let step = |((step, operation), times): ((&PlannedStep, _), Vec<Duration>)| StepTime {
            name: label(operation),
            time: median(times),
            floor: roofline.floor(step.flops, step.bytes),
            flops: step.flops,
            bytes: step.bytes,
        };
        let steps = self.steps.iter().zip(operations).zip(times).map(step).collect();
        Ok(Profile { steps, total: median(totals) })
    }
}

impl Profile {
    /// The steps, in the order in which they run.
    #[must_use]
    pub fn steps(&self) -> &[StepTime] {
        &self.steps
    }

    /// The median time of a run.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.total
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

impl Display for Profile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let sum = |of: fn(&StepTime) -> Duration| self.steps.iter().map(of).sum::<Duration>();
        let (steps, floors) = (sum(|step| step.time), sum(|step| step.floor));
        writeln!(f, "{:>10}{:>10}{:>9}", "us", "floor us", "share")?;
        for StepTime { name, time, floor, .. } in &self.steps {
            let share = 100.0 * time.as_secs_f64() / steps.as_secs_f64().max(f64::MIN_POSITIVE);
            writeln!(f, "{:10.2}{:10.2}{share:8.1}%  {name}", micros(*time), micros(*floor))?;
        }
        let (total, between) = (micros(self.total), self.total.saturating_sub(steps));
        let floors = micros(floors);
        writeln!(
            f,
            "{total:10.2}{floors:10.2}           all, {:.2} us between steps",
            micros(between)
        )
    }
}

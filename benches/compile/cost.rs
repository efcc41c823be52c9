//! What a command costs.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::cargo::Failure;

/// Seconds that a command took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// On the clock.
    pub(crate) wall: f64,
    /// Of processor time in user mode, over all cores, of the command and all that it started. NaN where
    /// the system doesn't tell.
    pub(crate) cpu: f64,
}

impl Cost {
    /// Runs `command` to its end.
    pub(crate) fn of(command: &mut Command) -> Result<Self, Failure> {
        let (cpu, start) = (children_cpu(), Instant::now());
        let output = command.stdin(Stdio::null()).output().map_err(Failure::System)?;
        let cost = Self { wall: start.elapsed().as_secs_f64(), cpu: children_cpu() - cpu };
        match output.status.success() {
            true => Ok(cost),
            false => Err(Failure::Command {
                command: format!("{command:?}"),
                stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            }),
        }
    }

    /// The least of each.
    pub(crate) fn best(costs: &[Self]) -> Self {
        Self { wall: sorted(costs, |cost| cost.wall)[0], cpu: sorted(costs, |cost| cost.cpu)[0] }
    }

    /// The middle one of each.
    pub(crate) fn median(costs: &[Self]) -> Self {
        let middle = costs.len() / 2;
        Self {
            wall: sorted(costs, |cost| cost.wall)[middle],
            cpu: sorted(costs, |cost| cost.cpu)[middle],
        }
    }

    /// What each of `count` things adds, where `self` has so many more than `fewer`.
    pub(crate) fn of_each(self, fewer: Self, count: u32) -> Self {
        let count = f64::from(count);
        Self { wall: (self.wall - fewer.wall) / count, cpu: (self.cpu - fewer.cpu) / count }
    }
}

fn sorted(costs: &[Cost], seconds: impl Fn(&Cost) -> f64) -> Vec<f64> {
    let mut sorted: Vec<f64> = costs.iter().map(seconds).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Seconds in user mode of all processes that this one started and that have ended, and of those that
/// they started.
#[cfg(unix)]
fn children_cpu() -> f64 {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("a process may ask for its own usage");
    std::time::Duration::from_micros(usage.user_time().num_microseconds().unsigned_abs())
        .as_secs_f64()
}

#[cfg(not(unix))]
fn children_cpu() -> f64 {
    f64::NAN
}

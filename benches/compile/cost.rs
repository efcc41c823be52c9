//! The cost of a command.

use std::ffi::OsString;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{env, io};

use crate::cargo::Failure;

/// The argument by which this program measures a command instead of libraries, see [`meter`].
pub(crate) const METER: &str = "--meter";

/// The cost of a command: time and memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Wall-clock seconds.
    pub(crate) wall: f64,
    /// Seconds of processor time in user mode, over all cores, of the command and all that it started. NaN
    /// where the system doesn't tell.
    pub(crate) cpu: f64,
    /// The most memory, in megabytes, of the command or one of those that it started, whichever had more.
    /// NaN where the system doesn't tell.
    pub(crate) memory: f64,
}

impl Cost {
    /// Runs `command` to its end.
    ///
    /// The peak of memory is kept for all children of a process together, so each command runs below a
    /// process of its own.
    pub(crate) fn of(command: &Command) -> Result<Self, Failure> {
        let mut meter = Command::new(env::current_exe().map_err(Failure::System)?);
        meter.arg(METER).arg(command.get_program()).args(command.get_args());
        if let Some(directory) = command.get_current_dir() {
            meter.current_dir(directory);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => meter.env(name, value),
                None => meter.env_remove(name),
            };
        }
        let output = meter.stdin(Stdio::null()).output().map_err(Failure::System)?;
        let told = String::from_utf8_lossy(&output.stdout);
        let figures: Vec<f64> = told.split_whitespace().flat_map(str::parse).collect();
        match (output.status.success(), &*figures) {
            (true, &[wall, cpu, memory]) => Ok(Self { wall, cpu, memory }),
            _ => Err(Failure::Command {
                command: format!("{command:?}"),
                stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            }),
        }
    }

    /// The minimum of each quantity.
    pub(crate) fn best(costs: &[Self]) -> Self {
        Self::each(|of| sorted(costs, of)[0])
    }

    /// The median of each quantity.
    pub(crate) fn median(costs: &[Self]) -> Self {
        Self::each(|of| sorted(costs, of)[costs.len() / 2])
    }

    /// The cost of one layer: `(self - fewer) / count`, where `self` has `count` layers more than `fewer`.
    pub(crate) fn of_each(self, fewer: Self, count: u32) -> Self {
        Self::each(|of| (of(&self) - of(&fewer)) / f64::from(count))
    }

    fn each(figure: impl Fn(fn(&Self) -> f64) -> f64) -> Self {
        Self {
            wall: figure(|cost| cost.wall),
            cpu: figure(|cost| cost.cpu),
            memory: figure(|cost| cost.memory),
        }
    }
}

fn sorted(costs: &[Cost], figure: fn(&Cost) -> f64) -> Vec<f64> {
    let mut sorted: Vec<f64> = costs.iter().map(figure).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Runs a command, and writes its cost to the standard output.
pub(crate) fn meter(mut command: impl Iterator<Item = OsString>) -> io::Result<ExitCode> {
    let program = command.next().ok_or(io::ErrorKind::InvalidInput)?;
    let start = Instant::now();
    let status = Command::new(program).args(command).stdout(Stdio::null()).status()?;
    let wall = start.elapsed().as_secs_f64();
    let (cpu, memory) = children();
    println!("{wall} {cpu} {memory}");
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The cost of all child processes that have ended, and of their descendants: seconds in user mode, and megabytes of
/// the largest process.
#[cfg(unix)]
#[allow(clippy::cast_precision_loss, reason = "memory is far smaller than 2^52 bytes")]
fn children() -> (f64, f64) {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("a process may ask for its own usage");
    let cpu = std::time::Duration::from_micros(usage.user_time().num_microseconds().unsigned_abs());
    // macOS reports bytes, other systems kilobytes.
    let unit = if cfg!(target_vendor = "apple") { 1.0 } else { 1024.0 };
    (cpu.as_secs_f64(), usage.max_rss() as f64 * unit / 1e6)
}

#[cfg(not(unix))]
fn children() -> (f64, f64) {
    (f64::NAN, f64::NAN)
}

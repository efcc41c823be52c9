//! The number of threads of the process and how long they spin, from environment variables or defaults.

use std::ops::RangeInclusive;
use std::sync::OnceLock;
use std::time::Duration;

use super::threads::MOST_THREADS;

const NUM_THREADS: &str = "NNX_NUM_THREADS";
const SPIN: &str = "NNX_SPIN_MICROSECONDS";
/// The longest spin time, in microseconds: an idle program uses no processor time after a millisecond.
const MOST_SPIN: usize = 1_000;
const DEFAULT_SPIN: usize = 200;

/// The settings of the process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) threads: usize,
    /// How long a waiting thread spins, which keeps its core busy, before it sleeps.
    pub(super) spin: Duration,
}

impl Settings {
    /// Panics if an environment variable has a wrong value.
    pub(super) fn of_process() -> Self {
        static SETTINGS: OnceLock<Settings> = OnceLock::new();
        *SETTINGS.get_or_init(|| {
            let spin = read(SPIN, 0..=MOST_SPIN).unwrap_or(DEFAULT_SPIN);
            Settings {
                threads: read(NUM_THREADS, 1..=MOST_THREADS).unwrap_or_else(cores),
                spin: Duration::from_micros(spin as u64),
            }
        })
    }
}

fn read(name: &str, allowed: RangeInclusive<usize>) -> Option<usize> {
    let value = std::env::var_os(name)?.to_string_lossy().into_owned();
    if value.is_empty() {
        return None;
    }
    Some(parse(name, &value, allowed).unwrap_or_else(|problem| panic!("{problem}")))
}

fn parse(name: &str, value: &str, allowed: RangeInclusive<usize>) -> Result<usize, String> {
    let number = value.trim().parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| {
        let (least, most) = allowed.into_inner();
        format!(
            "{name} is `{value}`: expected a whole number from {least} to {most}; unset {name} for the default"
        )
    })
}

/// Physical cores, or fewer if the process may use fewer. Two threads on one core share its arithmetic units, which
/// kernels keep busy with one.
fn cores() -> usize {
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    num_cpus::get_physical().clamp(1, allowed.min(MOST_THREADS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_no_number_in_its_range_is_refused() {
        assert_eq!(parse(NUM_THREADS, " 8 ", 1..=256), Ok(8));
        for wrong in ["0", "257", "-1", "two", "1.5"] {
            let expected = format!(
                "NNX_NUM_THREADS is `{wrong}`: expected a whole number from 1 to 256; unset NNX_NUM_THREADS for \
                 the default"
            );
            assert_eq!(parse(NUM_THREADS, wrong, 1..=256), Err(expected));
        }
    }

    /// The next test runs this one in processes of their own.
    #[test]
    fn the_process_has_the_number_of_threads_of_its_environment() {
        let settings = Settings::of_process();
        println!(
            "threads of this process: {}, they spin for {:?}",
            settings.threads, settings.spin
        );
    }

    #[test]
    fn the_environment_sets_the_number_of_threads_and_how_long_they_spin() {
        let run = |variables: [(&str, &str); 2]| {
            let test = "the_process_has_the_number_of_threads_of_its_environment";
            let this = std::env::current_exe().expect("a path");
            let mut command = std::process::Command::new(this);
            command.args([test, "--nocapture"]).envs(variables).output().expect("a process")
        };
        let output = run([(NUM_THREADS, "7"), (SPIN, "0")]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("threads of this process: 7, they spin for 0ns"), "{said}");
        let output = run([(NUM_THREADS, ""), (SPIN, "5000")]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let problem = "NNX_SPIN_MICROSECONDS is `5000`: expected a whole number from 0 to 1000";
        assert!(!output.status.success() && said.contains(problem), "{said}");
    }
}

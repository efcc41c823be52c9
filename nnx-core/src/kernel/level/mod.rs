//! The level of the processor: which vector instructions it has. A token of zero size proves one.
//!
//! | level | instructions | tokens exist |
//! |---|---|---|
//! | [`Scalar`] | what every processor has | everywhere |
//! | [`Avx2`] | AVX2 and FMA, 8 lanes of `f32` | on x86-64 that has them |
//! | [`Avx512`] | AVX-512F, 16 lanes | on x86-64 that has it |
//! | [`Neon`] | Advanced SIMD, 4 lanes | on every aarch64 |
//!
//! The best one is chosen once. `NNX_CPU_LEVEL=scalar|avx2|avx512|neon` chooses a lower one for the whole
//! process.

#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
mod simd;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::OnceLock;

#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
pub(crate) use scalar::Scalar;
pub(crate) use simd::{Kernel, Simd};
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

/// A level that this processor has, with its token.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    Scalar(Scalar),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
}

/// The name of the variable that lowers the level.
const VARIABLE: &str = "NNX_CPU_LEVEL";
/// The names that it may hold, on any processor.
const NAMES: [&str; 4] = ["scalar", "avx2", "avx512", "neon"];

impl Level {
    /// All levels that this processor has, the best one last.
    pub(crate) fn all() -> Vec<Self> {
        let mut levels = vec![Self::Scalar(Scalar)];
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(Avx2::new().map(Self::Avx2));
            levels.extend(Avx512::new().map(Self::Avx512));
        }
        #[cfg(target_arch = "aarch64")]
        levels.push(Self::Neon(Neon::new()));
        levels
    }

    /// The level of this process: the best one, or what the environment asks for.
    #[inline]
    pub(crate) fn chosen() -> Self {
        static CHOSEN: OnceLock<Level> = OnceLock::new();
        *CHOSEN.get_or_init(|| {
            let asked = std::env::var_os(VARIABLE).map(|name| name.to_string_lossy().into_owned());
            choose(asked.as_deref(), &Self::all()).unwrap_or_else(|problem| panic!("{problem}"))
        })
    }

    /// Runs `kernel` with the vectors of this level.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            Self::Scalar(level) => level.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(level) => level.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(level) => level.run(kernel),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(level) => level.run(kernel),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scalar(_) => "scalar",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => "neon",
        }
    }
}

/// The level that is asked for by name, or the best one of `levels`.
fn choose(asked: Option<&str>, levels: &[Level]) -> Result<Level, String> {
    let best = *levels.last().expect("every processor has the scalar level");
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Ok(best);
    };
    if let Some(level) = levels.iter().find(|level| level.name() == asked) {
        return Ok(*level);
    }
    let had = levels.iter().map(|level| level.name()).collect::<Vec<_>>().join(", ");
    Err(match NAMES.contains(&asked) {
        true => format!(
            "{VARIABLE} asks for the level `{asked}`, which this processor lacks: it has {had}; unset \
             {VARIABLE} for the best one"
        ),
        false => format!(
            "{VARIABLE} is `{asked}`, which is no level: expected one of {}; this processor has {had}",
            NAMES.join(", ")
        ),
    })
}

/// Runs `body` compiled for the wider instructions of this processor, where the compiler finds use for
/// them by itself.
///
/// `body` has to be a closure that is written in place, so that it is inlined here and compiled with
/// the wider instructions. It is called from two places: a long one is inlined into them only if it is
/// marked `#[inline(always)]`. Rust contracts no multiplication with an addition by itself: what is
/// written here gives the same bits at every level.
#[inline(always)]
pub(crate) fn vectorize<R>(body: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    match Level::chosen() {
        Level::Scalar(_) => {}
        // One copy serves both: wider vectors gain little where memory is waited for.
        Level::Avx2(level) => return level.call(body),
        Level::Avx512(level) => return level.narrower().call(body),
    }
    body()
}

/// [`vectorize`] for kernels of elements `E`, where these are of four bytes or less. `f64` is there to
/// check gradients: one level is enough for it, and half the code to compile.
#[inline(always)]
pub(crate) fn vectorize_small<E, R>(body: impl FnOnce() -> R) -> R {
    if const { size_of::<E>() <= 4 } { vectorize(body) } else { body() }
}

/// [`vectorize_small`] in the widest vectors of the processor: for work that waits for its arithmetic
/// and not for memory, as elementary functions do.
#[inline(always)]
pub(crate) fn vectorize_wide<E, R>(body: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if const { size_of::<E>() <= 4 }
        && let Level::Avx512(level) = Level::chosen()
    {
        return level.call(body);
    }
    vectorize_small::<E, R>(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_that_the_processor_has_is_among_all() {
        let names: Vec<_> = Level::all().into_iter().map(Level::name).collect();
        println!("levels of this processor: {}", names.join(", "));
        #[cfg_attr(
            target_arch = "aarch64",
            allow(unused_mut, reason = "x86-64 asks the processor")
        )]
        let mut expected = vec!["scalar"];
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = std::arch::is_x86_feature_detected!("avx2")
                && std::arch::is_x86_feature_detected!("fma");
            expected.extend(avx2.then_some("avx2"));
            expected.extend(
                (avx2 && std::arch::is_x86_feature_detected!("avx512f")).then_some("avx512"),
            );
        }
        #[cfg(target_arch = "aarch64")]
        expected.push("neon");
        assert_eq!(names, expected);
    }

    #[test]
    fn a_level_is_chosen_by_name_and_the_best_one_by_default() {
        let levels = Level::all();
        let best = levels.last().expect("a level").name();
        assert_eq!(choose(None, &levels).expect("the best").name(), best);
        assert_eq!(choose(Some(""), &levels).expect("the best").name(), best);
        for level in &levels {
            let chosen = choose(Some(level.name()), &levels).expect("a level of this processor");
            assert_eq!(chosen.name(), level.name());
        }
    }

    #[test]
    fn a_level_that_is_unknown_or_not_there_is_refused() {
        let scalar = &Level::all()[..1];
        assert_eq!(
            choose(Some("sse9"), scalar).expect_err("unknown"),
            "NNX_CPU_LEVEL is `sse9`, which is no level: expected one of scalar, avx2, avx512, neon; \
             this processor has scalar"
        );
        assert_eq!(
            choose(Some("avx512"), scalar).expect_err("not there"),
            "NNX_CPU_LEVEL asks for the level `avx512`, which this processor lacks: it has scalar; \
             unset NNX_CPU_LEVEL for the best one"
        );
    }

    /// Run by the next test, once for each level; in the process of all tests it says what these run at.
    #[test]
    fn the_process_runs_at_the_level_that_its_environment_asks_for() {
        let best = Level::all().last().expect("a level").name().to_owned();
        let asked = std::env::var(VARIABLE).ok().filter(|name| !name.is_empty());
        println!("level of this process: {}", Level::chosen().name());
        assert_eq!(Level::chosen().name(), asked.unwrap_or(best));
    }

    #[test]
    fn the_environment_lowers_the_level_of_the_whole_process() {
        let run = |level: &str| {
            let test = "the_process_runs_at_the_level_that_its_environment_asks_for";
            let this = std::env::current_exe().expect("a path");
            let mut command = std::process::Command::new(this);
            command.args([test, "--nocapture"]).env(VARIABLE, level).output().expect("a process")
        };
        for level in Level::all() {
            let output = run(level.name());
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{said}");
            assert!(said.contains(&format!("level of this process: {}", level.name())), "{said}");
        }
        let output = run("sse9");
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("NNX_CPU_LEVEL is `sse9`, which is no level"), "{said}");
    }
}

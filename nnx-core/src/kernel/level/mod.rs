//! ISA levels: which SIMD instructions a kernel is compiled for.
//!
//! Each level is a zero-sized token type that implements [`Simd`]; only [`Simd::detect`] makes a token, so
//! a token proves that the processor has the instructions. The best level is detected once. The environment
//! variable `NNX_CPU_LEVEL` selects a lower one by its name, for the whole process.
//!
//! **To add a level**, write its file (a token that implements [`Simd`]) and add its `mod` line and its row
//! in `levels!`. Kernels are generic over [`Simd`] and are dispatched by [`Level`] alone.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod intrinsics;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
mod simd;

use std::sync::OnceLock;

use scalar::Scalar;
pub(crate) use simd::{Kernel, MAX_LANES, Simd};

/// Declares [`Level`], with a row for each level: its target, its name and its token, from the slowest
/// level to the fastest. The name is the value of `NNX_CPU_LEVEL`.
macro_rules! levels {
    ($($(#[$target:meta])? $Level:ident($Token:ty) = $name:literal;)*) => {
        /// A level that this processor has, with its token.
        #[derive(Debug, Clone, Copy)]
        pub(crate) enum Level {
            $($(#[$target])? $Level($Token),)*
        }

        /// The names of all levels, on any processor.
        const NAMES: &[&str] = &[$($name),*];

        impl Level {
            /// The levels that this processor has, the best one last.
            pub(crate) fn all() -> Vec<Self> {
                let mut levels = Vec::new();
                $($(#[$target])? levels.extend(<$Token>::detect().map(Self::$Level));)*
                levels
            }

            /// Runs `kernel` with the SIMD vectors of this level.
            pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
                match self {
                    $($(#[$target])? Self::$Level(level) => level.run(kernel),)*
                }
            }

            /// Calls `body`, which is inlined and so compiled with the instructions of this level.
            #[inline(always)]
            fn call<R>(self, body: impl FnOnce() -> R) -> R {
                match self {
                    $($(#[$target])? Self::$Level(level) => level.call(body),)*
                }
            }

            /// [`call`](Self::call) with the level for memory-bound loops.
            #[inline(always)]
            fn call_memory_bound<R>(self, body: impl FnOnce() -> R) -> R {
                match self {
                    $($(#[$target])? Self::$Level(level) => level.memory_bound().call(body),)*
                }
            }

            pub(crate) fn name(self) -> &'static str {
                match self {
                    $($(#[$target])? Self::$Level(_) => $name,)*
                }
            }
        }
    };
}
levels! {
    Scalar(Scalar) = "scalar";
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2) = "avx2";
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Avx512) = "avx512";
    #[cfg(target_arch = "aarch64")]
    Neon(neon::Neon) = "neon";
}

/// The environment variable that selects the level.
const VARIABLE: &str = "NNX_CPU_LEVEL";

impl Level {
    /// The level of this process: the one that the environment variable selects, or else the best one.
    #[inline]
    pub(crate) fn active() -> Self {
        static ACTIVE: OnceLock<Level> = OnceLock::new();
        *ACTIVE.get_or_init(|| {
            let asked = std::env::var_os(VARIABLE).map(|name| name.to_string_lossy().into_owned());
            choose(asked.as_deref(), &Self::all()).unwrap_or_else(|problem| panic!("{problem}"))
        })
    }
}

/// The name of the ISA level at which kernels of this process run, such as `avx2`. Results of different levels may differ
/// in their last bits.
#[must_use]
pub fn cpu_level() -> &'static str {
    Level::active().name()
}

/// The level named `asked`, or the best one of `levels`.
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

/// Calls `body`, compiled with AVX2 if the processor has it: the compiler auto-vectorizes the loops in
/// `body`. AVX-512 gains little in memory-bound loops, so they have no copy for it.
///
/// `body` must be a closure expression at the call, so that it is inlined here. It is compiled once for
/// each level; a long one is inlined into several copies only if it is marked `#[inline(always)]`. Rust
/// never contracts a multiplication and an addition to an FMA, so `body` gives the same bits at every
/// level.
#[inline(always)]
pub(crate) fn vectorize<R>(body: impl FnOnce() -> R) -> R {
    Level::active().call_memory_bound(body)
}

/// [`vectorize`] if elements of type `E` have at most four bytes. `f64` serves to check gradients: one copy
/// is enough for it, and halves the code to compile.
#[inline(always)]
pub(crate) fn vectorize_small<E, R>(body: impl FnOnce() -> R) -> R {
    if const { size_of::<E>() <= 4 } { vectorize(body) } else { body() }
}

/// [`vectorize_small`] with the widest vectors of the processor, for compute-bound loops such as elementary
/// functions.
#[inline(always)]
pub(crate) fn vectorize_wide<E, R>(body: impl FnOnce() -> R) -> R {
    if const { size_of::<E>() <= 4 } { Level::active().call(body) } else { body() }
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
    fn an_unknown_or_missing_level_is_refused() {
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

    /// The next test runs this one in a process of its own for each level. In the process of all tests it
    /// prints their level.
    #[test]
    fn the_process_runs_at_the_level_that_its_environment_asks_for() {
        let best = Level::all().last().expect("a level").name().to_owned();
        let asked = std::env::var(VARIABLE).ok().filter(|name| !name.is_empty());
        println!("level of this process: {}", Level::active().name());
        assert_eq!(Level::active().name(), asked.unwrap_or(best));
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

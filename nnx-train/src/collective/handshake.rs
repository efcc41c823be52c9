//! Whether all ranks run the same program.

use nnx_core::module::{Module, parameters, type_digest};

use super::{Collective, CollectiveError};

/// Something that is equal on all ranks: what it is, its value here, and what to do where it differs.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) what: &'static str,
    pub(crate) value: String,
    pub(crate) fix: &'static str,
}

impl Fact {
    pub(crate) fn new(what: &'static str, value: impl ToString, fix: &'static str) -> Self {
        Self { what, value: value.to_string(), fix }
    }
}

/// What separates facts, and the parts of one, in a message.
const FACT: char = '\x1e';
const PART: char = '\x1f';

/// The handshake of ranks that are going to train one model: all have the same version of this library, kernels of the same
/// ISA level (others may differ in the last bits, so that the ranks' models would drift apart), and the same model, by its
/// number of parameters and the digest of its type. [`Trainer::distributed`](crate::Trainer::distributed) does it.
///
/// ```
/// use nnx_core::{module::Init, nn::{Gelu, Relu, Linear}, random::Rngs, size::{U2, U3}};
/// use nnx_train::{Collective, check_same_model, on_threads};
///
/// let errors = on_threads(2, |ranks| {
///     let rngs = &mut Rngs::new(0);
///     match ranks.rank() {
///         0 => check_same_model(&ranks, &<(Linear<U2, U3>, Relu)>::init(rngs)),
///         _ => check_same_model(&ranks, &<(Linear<U2, U3>, Gelu)>::init(rngs)),
///     }
/// });
/// for error in errors {
///     let error = error.unwrap_err().to_string();
///     assert!(error.starts_with("rank 1 has a model of the digest "), "{error}");
/// }
/// ```
///
/// # Errors
/// [`CollectiveError::Differs`], on all ranks, for the first rank that differs from rank 0.
pub fn check_same_model<M: Module>(
    ranks: &(impl Collective + ?Sized),
    model: &M,
) -> Result<(), CollectiveError> {
    check_same(ranks, &facts_of_model(model))
}

/// The facts about the library and a model.
pub(crate) fn facts_of_model<M: Module>(model: &M) -> Vec<Fact> {
    let program = "start the same program on all ranks";
    let level = "set NNX_CPU_LEVEL to one that all have, as results differ in their last bits";
    vec![
        Fact::new(
            "version",
            env!("CARGO_PKG_VERSION"),
            "build and start the same program on all ranks",
        ),
        Fact::new("a model with this number of parameters:", parameters(model), program),
        Fact::new("a model of the digest", type_digest(model), program),
        Fact::new("kernels of the level", nnx_core::kernel::cpu_level(), level),
    ]
}

/// An error unless these facts are equal on all ranks.
pub(crate) fn check_same(
    ranks: &(impl Collective + ?Sized),
    facts: &[Fact],
) -> Result<(), CollectiveError> {
    let line = |fact: &Fact| [fact.what, &fact.value, fact.fix].join(&PART.to_string());
    let own: Vec<String> = facts.iter().map(line).collect();
    let all = ranks.all_gather(own.join(&FACT.to_string()).as_bytes())?;
    let texts: Vec<String> =
        all.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    let parts = |fact: &str| -> [String; 3] {
        let mut parts = fact.split(PART).map(str::to_owned);
        std::array::from_fn(|_| parts.next().unwrap_or_default())
    };
    for (rank, text) in texts.iter().enumerate() {
        let (mut expected, mut found) = (texts[0].split(FACT), text.split(FACT));
        loop {
            let (expected, found) = match (expected.next(), found.next()) {
                (None, None) => break,
                (expected, found) => (expected.unwrap_or_default(), found.unwrap_or_default()),
            };
            if expected != found {
                let ([what, expected, fix], [_, found, _]) = (parts(expected), parts(found));
                return Err(CollectiveError::Differs { rank, what, expected, found, fix });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Fact, check_same};
    use crate::{Collective, on_threads};

    #[test]
    fn another_version_is_named_before_what_follows_from_it() {
        let errors = on_threads(3, |ranks| {
            let version = if ranks.rank() == 2 { "0.2.0" } else { "0.1.0" };
            let facts = [
                Fact::new("version", version, "build the same program"),
                Fact::new("parameters", ranks.rank(), "train the same model"),
            ];
            // Ranks 0 and 1 have the same version, so that their next fact is compared.
            check_same(&ranks, &facts[..1 + usize::from(ranks.rank() == 2)])
        });
        for error in errors {
            assert_eq!(
                error.unwrap_err().to_string(),
                "rank 2 has version 0.2.0, but rank 0 has 0.1.0; build the same program"
            );
        }
    }

    #[test]
    fn each_fact_is_compared() {
        let errors = on_threads(2, |ranks| {
            let facts = [
                Fact::new("version", "0.1.0", "build the same program"),
                Fact::new("parameters", 7 + ranks.rank(), "train the same model"),
            ];
            check_same(&ranks, &facts)
        });
        for error in errors {
            assert_eq!(
                error.unwrap_err().to_string(),
                "rank 1 has parameters 8, but rank 0 has 7; train the same model"
            );
        }
    }
}

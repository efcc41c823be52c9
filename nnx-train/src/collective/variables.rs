//! The variables of one rank for all.

use nnx_core::array::{Array, DType};
use nnx_core::module::{Filter, Module, State, kind, state_of, update_of};

use super::{Collective, CollectiveError};

/// Gives all ranks the variables of the model of rank 0, so that they begin equal (`DistributedDataParallel` in PyTorch does
/// so when it is made). [`Trainer::distributed`](crate::Trainer::distributed) does it.
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, random::Rngs, size::{U2, U3}};
/// use nnx_train::{Collective, broadcast_model, on_threads};
///
/// let kernels = on_threads(2, |ranks| {
///     let mut model = Linear::<U2, U3>::init(&mut Rngs::new(ranks.rank() as u64));
///     broadcast_model(&ranks, &mut model)?;
///     Ok::<_, nnx_train::CollectiveError>(model.kernel.value().to_vec())
/// });
/// let [first, second] = kernels.try_into().unwrap();
/// assert_eq!(first?, second?);
/// # Ok::<(), nnx_train::CollectiveError>(())
/// ```
///
/// # Errors
/// If a rank has ended, or has a model of another size.
pub fn broadcast_model<M: Module>(
    ranks: &(impl Collective + ?Sized),
    model: &mut M,
) -> Result<(), CollectiveError> {
    // What belongs to the model alone, and can be set.
    let owned = !Filter::kind::<kind::ReadOnly>();
    let state = broadcast_state(ranks, state_of(&owned, model))?;
    update_of(&owned, model, &state).expect("the same variables with other values");
    Ok(())
}

/// The values that rank 0 has of the variables of a state.
pub(crate) fn broadcast_state(
    ranks: &(impl Collective + ?Sized),
    state: State,
) -> Result<State, CollectiveError> {
    let mut own = Vec::new();
    state.iter().for_each(|(_, entry)| put(&entry.array, &mut own));
    let expected = own.len();
    if ranks.rank() != 0 {
        own.clear();
    }
    let bytes = ranks.broadcast(0, &own)?;
    if bytes.len() != expected {
        let (rank, found) = (ranks.rank(), expected);
        return Err(CollectiveError::Lengths { rank, expected: bytes.len(), found });
    }
    let mut rest = &bytes[..];
    Ok(state
        .into_iter()
        .map(|(path, mut entry)| {
            entry.array = take(&entry.array, &mut rest);
            (path, entry)
        })
        .collect())
}

/// Arrays as a module, to be saved or sent: in the order of their paths.
#[cfg(feature = "checkpoints")]
pub(crate) fn variables(state: &State) -> Vec<nnx_core::module::DynVariable> {
    state.iter().map(|(_, entry)| nnx_core::module::DynVariable::from(entry.clone())).collect()
}

/// A state with the values of such variables.
#[cfg(feature = "checkpoints")]
pub(crate) fn set_variables(state: State, variables: Vec<nnx_core::module::DynVariable>) -> State {
    use nnx_core::module::AnyVariable as _;
    let entries = state.into_iter().zip(variables);
    entries
        .map(|((path, mut entry), variable)| {
            entry.array = variable.array().clone();
            (path, entry)
        })
        .collect()
}

macro_rules! bytes_of {
    ($($dtype:ident $element:ident)*) => {
        /// Appends the elements of an array.
        fn put(array: &Array, bytes: &mut Vec<u8>) {
            match array.dtype() {
                $(DType::$dtype => {
                    let elements = array.to_vec::<$element>().expect("its own type");
                    bytes.extend(elements.into_iter().flat_map(<$element>::to_ne_bytes));
                })*
                DType::Bf16 => bytes.extend(array.to_le_bytes()),
                DType::Bool => {
                    let elements = array.to_vec::<bool>().expect("its own type");
                    bytes.extend(elements.into_iter().map(u8::from));
                }
            }
        }

        /// An array like another one, whose elements are the next ones.
        fn take(like: &Array, rest: &mut &[u8]) -> Array {
            let (own, others) = rest.split_at(like.elements() * like.dtype().bytes());
            *rest = others;
            let array = match like.dtype() {
                $(DType::$dtype => {
                    let (chunks, _) = own.as_chunks::<{ size_of::<$element>() }>();
                    let elements = chunks.iter().map(|bytes| <$element>::from_ne_bytes(*bytes));
                    Array::new(elements.collect(), &like.dims())
                })*
                DType::Bf16 => Array::from_le_bytes(DType::Bf16, own, &like.dims()),
                DType::Bool => Array::new(own.iter().map(|byte| *byte != 0).collect(), &like.dims()),
            };
            array.expect("as many elements")
        }
    };
}
bytes_of!(F32 f32 F64 f64 I32 i32 I64 i64 U32 u32 U8 u8);

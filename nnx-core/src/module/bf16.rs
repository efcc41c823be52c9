//! Weights that are stored as bf16, for inference in half the memory.

use thiserror::Error as ThisError;

use super::{Filter, KindId, Module, Path, Visitor, VisitorMut, kind};
use crate::array::{Array, DType, ShapeError};
use crate::ops::DynTensor;

/// Weights that can't be stored as bf16.
#[derive(Debug, Clone, PartialEq, ThisError)]
#[non_exhaustive]
pub enum Bf16Error {
    /// The filter selects no parameter of f32.
    #[error(
        "nothing to store as bf16: the filter ({filter}) selects no parameter of f32 of this model"
    )]
    NothingSelected {
        /// The filter.
        filter: String,
    },
    /// A finite weight would become infinite.
    #[error(
        "`{path}` has a weight of {value:e}, which is beyond the largest bf16 ({LARGEST:e}); the model is unchanged: leave \
         this variable out by `to_bf16_of`"
    )]
    BeyondRange {
        /// The variable's path.
        path: Path,
        /// The weight.
        value: f32,
    },
}

/// The largest bf16.
const LARGEST: f32 = f32::from_bits(0x7f7f_0000);
/// From here on the nearest bf16 is infinite.
const TOO_LARGE: f32 = f32::from_bits(0x7f7f_8000);

/// Stores the weights of a model as bf16, for inference: half the memory, and little more than half the time where reading
/// the weights takes most of it, as in decoding with a small batch.
///
/// The types and all calls stay as they are: `infer`, [`compile`](super::compile), decoding with a cache. Kernels and
/// embeddings are rounded: variables of f32, of kind [`Param`](kind::Param), with two or more axes. These stay f32;
/// [`to_bf16_of`] chooses others:
///
/// - biases and the scales of norms, which are few: variables whose name, the last part of their path, is `bias` or `scale`,
///   whatever their number of axes;
/// - parameters of a kind of their own, such as the factors of LoRA, which are trained on top of the others.
///
/// | | |
/// |---|---|
/// | rounding | to the nearest bf16, of two to the even one: `w (1 + e)` with `\|e\| <= 2^-8` (0.4 %; its root mean square is 0.17 %); an absolute error of at most 2^-134 below 2^-126 |
/// | computation | activations, products, sums and results are f32. They have the bits of the model with the rounded weights in f32 |
/// | read as they are | by `Linear`, `LinearGeneral`, attention, `Embed`, and wherever a matrix is the right operand of `matmul` or `linear`, whatever the batch |
/// | widened for each call | the weights of convolutions, recurrent layers and all other operations; in a compiled model once |
/// | files | `io::save` writes them as bf16; a model that loads the file has them as bf16, too |
/// | training | gradients with respect to them are refused. Those with respect to inputs and other variables, such as the factors of LoRA, are computed |
/// | back | [`to_f32`] widens them, which is exact; what was rounded stays so |
/// | PyTorch | `model.to(torch.bfloat16)`, which computes activations in bf16, too |
/// | Flax | `param_dtype=jnp.bfloat16` with `dtype=jnp.float32` |
///
/// ```
/// use nnx_core::module::{Init, Layer, to_bf16};
/// use nnx_core::{Tensor, nn::Linear, random::Rngs, size::{U256, U512}, tensor::Tensor};
///
/// let mut model = Linear::<U256, U512>::init(&mut Rngs::new(0));
/// let x: Tensor![256] = Tensor::full(0.5);
/// let y = model.infer(x.clone());
/// to_bf16(&mut model)?;
/// let error = (model.infer(x) - y.clone()).norm().item() / y.norm().item();
/// assert!(error < 0.003, "{error}");
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// If the model has no such parameter, or one has a finite weight that would become infinite. The model is unchanged then.
#[doc(alias("bfloat16", "half", "param_dtype"))]
pub fn to_bf16<M: Module + ?Sized>(model: &mut M) -> Result<(), Bf16Error> {
    let rounded = Filter::predicate(|path, variable| {
        let name = path.keys().last().map(ToString::to_string);
        let is_small = matches!(name.as_deref(), Some("bias" | "scale"));
        let is_param = variable.kind() == KindId::of::<kind::Param>();
        is_param && !is_small && variable.array().dims().len() >= 2
    });
    to_bf16_of(&rounded, model)
}

/// [`to_bf16`] of the parameters of f32 that a filter selects, whatever their name, number of axes and kind of parameter.
///
/// ```
/// use nnx_core::array::DType;
/// use nnx_core::module::{Filter, Init, to_bf16_of};
/// use nnx_core::{nn::Linear, random::Rngs, size::U4};
///
/// let mut model = <(Linear<U4, U4>, Linear<U4, U4>)>::init(&mut Rngs::new(0));
/// to_bf16_of(&!Filter::within("1"), &mut model)?; // the last layer stays as it is
/// assert_eq!(model.0.kernel.value().array().dtype(), DType::Bf16);
/// assert_eq!(model.1.kernel.value().array().dtype(), DType::F32);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// As [`to_bf16`].
pub fn to_bf16_of<M: Module + ?Sized>(filter: &Filter, model: &mut M) -> Result<(), Bf16Error> {
    let chosen = filter.clone() & Filter::kind::<kind::Param>();
    let (mut found, mut wrong) = (false, None);
    model.visit(&mut Visitor::new(&mut |path, variable| {
        if !chosen.selects(path, variable) {
            return;
        }
        found |= matches!(variable.array().dtype(), DType::F32 | DType::Bf16);
        if wrong.is_none()
            && let Some(value) = beyond_range(variable.array())
        {
            wrong = Some(Bf16Error::BeyondRange { path: path.clone(), value });
        }
    }));
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    if !found {
        return Err(Bf16Error::NothingSelected { filter: format!("{filter:?}") });
    }
    model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
        if chosen.selects(path, variable) && variable.array().dtype() == DType::F32 {
            let rounded = variable.array().rounded_to_bf16();
            variable.set_array(rounded).expect("a parameter of f32 may be stored as bf16");
        }
    }));
    Ok(())
}

/// Widens all weights of a model that are stored as bf16 to f32, which is exact: for training, after [`to_bf16`] or a file
/// of such a model. Those of shared modules stay.
///
/// ```
/// use nnx_core::module::{Init, Layer, to_bf16, to_f32, value_and_grad};
/// use nnx_core::{nn::Linear, random::Rngs, size::{U1, U2}, tensor::Tensor};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// to_bf16(&mut model)?;
/// let y = model.infer(Tensor::from([1.0, 2.0]));
/// to_f32(&mut model);
/// assert_eq!(model.infer(Tensor::from([1.0, 2.0])), y);
/// value_and_grad(&mut model, |model, pass| model.forward(Tensor::from([1.0, 2.0]), pass).sum())?;
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[doc(alias = "float")]
pub fn to_f32<M: Module + ?Sized>(model: &mut M) {
    model.visit_mut(&mut VisitorMut::new(&mut |_, variable| {
        if variable.array().dtype() == DType::Bf16 && !variable.is_read_only() {
            let wide = variable.array().widened();
            variable.set_array(wide).expect("bf16 stands for f32");
        }
    }));
}

/// The first variable among those that a filter selects which is stored as bf16.
pub(crate) fn stored_as_bf16<M: Module + ?Sized>(filter: &Filter, model: &M) -> Option<Path> {
    let mut found = None;
    model.visit(&mut Visitor::new(&mut |path, variable| {
        let stored = variable.array().dtype() == DType::Bf16;
        if found.is_none() && stored && filter.selects(path, variable) {
            found = Some(path.clone());
        }
    }));
    found
}

/// An error unless a variable of this type and kind may be set to the array: a parameter of f32 may be stored as bf16.
pub(super) fn expect_stored(array: &Array, dtype: DType, kind: KindId) -> Result<(), ShapeError> {
    let is_param = kind.is(KindId::of::<kind::Param>());
    if is_param && (array.dtype(), dtype) == (DType::Bf16, DType::F32) {
        return Ok(());
    }
    array.expect_dtype(dtype)
}

/// A value as a variable of this kind stores it: only parameters may be of bf16, all others are widened.
pub(super) fn as_stored(value: DynTensor, kind: KindId) -> DynTensor {
    match value.is_stored_as_bf16() && !kind.is(KindId::of::<kind::Param>()) {
        true => value.cast(DType::F32),
        false => value,
    }
}

/// A finite element whose nearest bf16 is infinite.
fn beyond_range(array: &Array) -> Option<f32> {
    if array.dtype() != DType::F32 {
        return None;
    }
    let array = array.contiguous();
    array.slice::<f32>().iter().copied().find(|x| x.is_finite() && x.abs() >= TOO_LARGE)
}

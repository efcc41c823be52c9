//! Scaled dot-product attention as one operation, forward and backward, in memory that grows with the length of the
//! sequences and not with its square.
//!
//! The gradient needs the maximum and the sum of each row. So two operations run, as in `recurrent`: one computes the output
//! and these, without a gradient; the other passes the output on, and has the gradient rule.

use super::attention_backward::AttentionBackward;
use super::attention_composed::{composed, composed_gradients};
use super::attributes::{AttributeValue, attributes};
use super::in_place::apply_in_place;
use super::operation::{Keeps, Operation, Signature, count_flops, one_of_gradients};
use super::role::{Role, RoleKind};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, Element, OrPanic as _, ShapeError, product};
use crate::kernel::attention::{self as kernel, Sizes, Strided, TileMask};
use crate::kernel::scratch::{self, List};

/// Which keys a query attends to, besides the masks that are inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, AttributeValue)]
pub(super) struct Order {
    /// Whether the mask is causal: query t attends to the keys 0 to t only.
    causal: bool,
}

/// Masks of attention: each tensor has the axes (batch, heads, time, keys), of the scores' sizes or 1.
#[doc(hidden)]
#[derive(Debug, Clone, Default)]
#[allow(unreachable_pub, reason = "a method of a public trait returns it")]
pub struct AttentionMasks {
    /// Whether the mask is causal: query t attends to the keys 0 to t only.
    pub(crate) causal: bool,
    /// Tensors of `bool`: where one is false, the query doesn't attend to the key.
    pub(crate) allowed: Vec<DynTensor>,
    /// Constants that are added to the scores.
    pub(crate) added: Vec<DynTensor>,
}

impl AttentionMasks {
    /// The masks of both: a key must pass all of them.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.causal |= other.causal;
        self.allowed.extend(other.allowed);
        self.added.extend(other.added);
        self
    }

    fn tensors(&self) -> impl Iterator<Item = &DynTensor> {
        self.allowed.iter().chain(&self.added)
    }
}

/// The sizes of attention, if the inputs fit: queries (B, T, H, D), keys (B, S, K, D), values (B, S, K, V), masks. `None`
/// also for tensors without elements.
pub(super) fn sizes(inputs: &[Signature]) -> Option<Sizes> {
    let [query, key, value, masks @ ..] = inputs else { return None };
    let (&[batch, time, heads, size], &[_, keys, key_heads, _], &[.., width]) =
        (&query.dims[..], &key.dims[..], &value.dims[..])
    else {
        return None;
    };
    let of_scores = [batch, heads, time, keys];
    let broadcasts = |mask: &Signature| {
        let mut pairs = mask.dims.iter().zip(of_scores);
        mask.dims.len() == 4
            && pairs.all(|(&mask, size)| mask == size || mask == 1)
            && [query.dtype, DType::Bool].contains(&mask.dtype)
    };
    let fits = key.dims[..] == [batch, keys, key_heads, size]
        && value.dims[..] == [batch, keys, key_heads, width]
        && heads.checked_rem(key_heads) == Some(0)
        && query.dtype.is_float()
        && [key.dtype, value.dtype] == [query.dtype; 2]
        && masks.iter().all(broadcasts);
    let any = [batch, time, heads, size, keys, width].iter().all(|&size| size > 0);
    (fits && any).then_some(Sizes { batch, time, keys, heads, key_heads, size, width })
}

pub(super) fn expect_sizes(name: &'static str, inputs: &[Signature]) -> Result<Sizes, ShapeError> {
    sizes(inputs).ok_or_else(|| {
        let listed: Vec<String> = inputs.iter().map(Signature::to_string).collect();
        let problem = format!(
            "takes queries (B, T, H, D), keys (B, S, K, D) and values (B, S, K, V) of one floating-point type with \
             elements, K a divisor of H, and masks that broadcast to (B, H, T, S), found {}",
            listed.join(", ")
        );
        ShapeError::operands(name, problem)
    })
}

fn strided<'a, E: Element>(mask: &'a Array) -> Strided<'a, E> {
    // An axis of size 1 is broadcast.
    let (dims, steps) = (mask.dims(), mask.strides());
    let strides = std::array::from_fn(|axis| if dims[axis] == 1 { 0 } else { steps[axis] });
    Strided { data: mask.elements_from_first(), strides }
}

impl Order {
    pub(super) fn mask<'a, E: Element>(self, masks: &'a [Array]) -> TileMask<'a, E> {
        let (allowed, added): (Vec<_>, Vec<_>) =
            masks.iter().partition(|mask| mask.dtype() == DType::Bool);
        TileMask {
            causal: self.causal.then_some(0),
            allowed: allowed.into_iter().map(strided).collect(),
            added: added.into_iter().map(strided).collect(),
        }
    }

    fn masks(self, masks: &[DynTensor]) -> AttentionMasks {
        let (allowed, added) =
            masks.iter().cloned().partition(|mask: &DynTensor| mask.dtype() == DType::Bool);
        AttentionMasks { causal: self.causal, allowed, added }
    }
}

/// The forward kernel. The result is one axis: the output, followed, if `saves`, by the maxima and sums that the
/// gradient needs. [`Attention`] has the gradient rule.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct AttentionForward {
    order: Order,
    saves: bool,
}

impl Operation for AttentionForward {
    attributes!();
    fn name(&self) -> &'static str {
        "attention_forward"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let sizes = expect_sizes(self.name(), inputs)?;
        let Sizes { batch, time, heads, width, .. } = sizes;
        // If it overflows, it is more than any memory holds, and the caller of `output` refuses it.
        let length = product([batch, time, heads, width + 2 * usize::from(self.saves)]);
        Ok(Signature { dims: Dims::new(&[length]), dtype: inputs[0].dtype })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let signatures: List<Signature> = inputs.iter().map(Signature::of).collect();
        let (sizes, output) =
            (sizes(&signatures).expect("checked"), self.output(&signatures).expect("checked"));
        let [query, key, value] = [0, 1, 2].map(|i: usize| inputs[i].contiguous());
        for_float!(query.dtype(), E => Array::build(output.dims, |all| {
            let (out, sums) = all.split_at_mut(sizes.rows() * sizes.width);
            let mut unsaved = scratch::filled(if self.saves { 0 } else { sizes.saved() }, <E as crate::kernel::Float>::ZERO);
            let sums = if self.saves { sums } else { &mut unsaved[..] };
            let mask = self.order.mask(&inputs[3..]);
            kernel::forward(sizes, [query.slice::<E>(), key.slice(), value.slice()], &mask, out, sums);
        }))
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    /// 0 if `saves`: [`Attention`], which follows, counts the FLOPs.
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        if self.saves { 0 } else { flops(inputs) }
    }
}

/// An error unless this is the result of an [`AttentionForward`] that saves what the gradients need.
pub(super) fn check_result(
    name: &'static str,
    sizes: &Sizes,
    dtype: DType,
    found: &Signature,
) -> Result<(), ShapeError> {
    let length = product([sizes.batch, sizes.time, sizes.heads, sizes.width + 2]);
    match *found == (Signature { dims: Dims::new(&[length]), dtype }) {
        true => Ok(()),
        false => {
            let problem = format!("takes a result ({length},) of {dtype}, found {found}");
            Err(ShapeError::operands(name, problem))
        }
    }
}

/// Attention with its gradient rule: the output (B, T, H, V), cut out of the last input, which is the result of
/// [`AttentionForward`] for the other inputs.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Attention {
    order: Order,
}

impl Operation for Attention {
    attributes!();
    fn name(&self) -> &'static str {
        "attention"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let given = inputs.len().saturating_sub(1);
        let sizes = expect_sizes(self.name(), &inputs[..given])?;
        check_result(self.name(), &sizes, inputs[0].dtype, &inputs[given])?;
        let Sizes { batch, time, heads, width, .. } = sizes;
        Ok(Signature { dims: Dims::new(&[batch, time, heads, width]), ..inputs[0] })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [all, query, value] = [inputs.len() - 1, 0, 2].map(|i| inputs[i].clone());
        let dims = query.dims().with_axis(3, value.dims()[3]);
        all.narrow(0, 0, dims.elements()).reshape(&dims)
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        one_of_gradients(self, at, index)
    }
    /// One kernel computes all gradients, in tiles. If second derivatives are needed, or in a `vmap`, they are composed
    /// of other operations.
    fn all_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Option<Vec<Option<DynTensor>>> {
        let (saved, inputs) = at.inputs.split_last().expect("inputs were checked");
        let gradients = match at.must_be_composed() {
            true => {
                let inputs = [0, 1, 2].map(|i: usize| inputs[i].clone());
                composed_gradients(
                    inputs,
                    &self.order.masks(&at.inputs[3..at.inputs.len() - 1]),
                    &at.gradient,
                )
            }
            false => {
                let zeros = |x: &DynTensor| Array::full_float(0.0, x.dtype(), &x.dims());
                let mut gradients = [0, 1, 2].map(|i: usize| zeros(&inputs[i]));
                let of = [saved, &at.gradient].into_iter().chain(inputs);
                let of: Vec<Array> = of.map(|x| x.array().clone()).collect();
                apply_in_place(AttentionBackward(self.order), &of, &mut gradients.each_mut());
                gradients.map(DynTensor::from)
            }
        };
        let mut all: Vec<_> = gradients.into_iter().map(Some).collect();
        all.resize(wanted.len(), None);
        Some(
            all.into_iter()
                .zip(wanted)
                .map(|(gradient, wanted)| gradient.filter(|_| *wanted))
                .collect(),
        )
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::ViewOfLast)
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        flops(&inputs[..inputs.len() - 1])
    }
}

/// The FLOPs of attention: scaling the queries, two products, and five operations for each score.
fn flops(inputs: &[Signature]) -> u64 {
    let Some(sizes) = sizes(inputs) else { return 0 };
    let each = 2 * (sizes.size as u64 + sizes.width as u64) + 5;
    let scores = count_flops(product([sizes.rows(), sizes.keys]), each);
    scores.saturating_add(count_flops(sizes.rows(), sizes.size as u64))
}

/// Whether the tiled kernel computes these inputs: their shapes fit, they have elements, and no mask needs a gradient.
pub(crate) fn fits_tiles(inputs: [&DynTensor; 3], masks: &AttentionMasks) -> bool {
    let all = inputs.into_iter().chain(masks.tensors());
    let signatures: Vec<Signature> = all.map(DynTensor::signature).collect();
    sizes(&signatures).is_some() && !masks.tensors().any(DynTensor::is_tracked)
}

/// `softmax(mask(Q Kᵀ / √D)) V` in tiles, of inputs that [`fits_tiles`].
#[track_caller]
pub(crate) fn attention(inputs: [DynTensor; 3], masks: AttentionMasks) -> DynTensor {
    if inputs.iter().chain(masks.tensors()).any(DynTensor::is_batched) {
        return composed(inputs, &masks);
    }
    let tracked = inputs.iter().any(DynTensor::is_tracked);
    let dims = inputs[0].dims().with_axis(3, inputs[2].dims()[3]);
    let order = Order { causal: masks.causal };
    let all: Vec<DynTensor> = inputs.into_iter().chain(masks.tensors().cloned()).collect();
    let values = all.iter().map(|x| x.clone().stop_gradient()).collect();
    let operation = AttentionForward { order, saves: tracked };
    let saved = DynTensor::try_apply_all(operation, values).or_panic();
    if !tracked {
        return saved.reshape(&dims);
    }
    let all = all.into_iter().chain([saved]).collect();
    DynTensor::try_apply_all(Attention { order }, all).or_panic()
}

impl DynTensor {
    /// `softmax(Q Kᵀ / √D) V` for each head, without a matrix of all scores in memory: this tensor holds the queries
    /// `(B, T, H, D)`; `key` is `(B, S, K, D)`, `value` `(B, S, K, V)`, K a divisor of H; the result is `(B, T, H, V)`.
    /// `causal`: query t attends to the keys up to t alone. `mask`, if given, is a tensor of `bool` that broadcasts to
    /// `(B, H, T, S)`: a query attends to the keys where it is true. The output of a query that attends to no key is
    /// zeros. [`nn::dot_product_attention`](crate::nn::dot_product_attention) has the shapes as types, and more masks.
    ///
    /// ```
    /// use nnx_core::{array::Array, ops::DynTensor};
    ///
    /// let x = DynTensor::from(Array::full(1.0f32, &[1, 5, 8, 16]));
    /// let y = x.clone().attention(x.clone(), x, true, None);
    /// assert_eq!(*y.dims(), [1, 5, 8, 16]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't fit, a tensor has no elements, or the mask isn't of `bool`.
    #[doc(alias = "scaled_dot_product_attention")]
    #[must_use]
    #[track_caller]
    pub fn attention(self, key: Self, value: Self, causal: bool, mask: Option<Self>) -> Self {
        let with_four_axes = |mask: Self| {
            mask.expect_dtype(DType::Bool).or_panic();
            let ones = std::iter::repeat_n(1, 4usize.saturating_sub(mask.rank()));
            let dims: Dims = ones.chain(mask.dims().iter().copied()).collect();
            mask.reshape(&dims)
        };
        let allowed = mask.map(with_four_axes).into_iter().collect();
        let masks = AttentionMasks { causal, allowed, added: vec![] };
        attention([self, key, value], masks)
    }
}

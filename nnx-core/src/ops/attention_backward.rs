//! The gradients of attention, in one pass over its tiles.

use super::attention::{Order, check_result, expect_sizes, sizes};
use super::attributes::{AttributeValue, attributes};
use super::in_place::InPlace;
use super::operation::Signature;
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError};
use crate::kernel::attention::{self as kernel, Gradients, Sizes};
use crate::kernel::scratch::List;

/// The gradients of queries, keys and values. The inputs are the result of the forward kernel, the gradient of the
/// output, and the inputs of attention.
#[derive(Debug, AttributeValue)]
pub(super) struct AttentionBackward(#[attribute(name = "order")] pub(super) Order);

impl InPlace for AttentionBackward {
    attributes!();
    fn name(&self) -> &'static str {
        "attention_backward"
    }
    fn check(&self, inputs: &[Signature], updated: &[Signature]) -> Result<(), ShapeError> {
        let fits = match inputs {
            [saved, dy, of @ ..] => {
                let sizes = expect_sizes(self.name(), of)?;
                let dtype = of[0].dtype;
                check_result(self.name(), &sizes, dtype, saved)?;
                let Sizes { batch, time, heads, width, .. } = sizes;
                let output = Signature { dims: Dims::new(&[batch, time, heads, width]), dtype };
                *dy == output && *updated == of[..3]
            }
            _ => false,
        };
        let problem = || format!("can't update {} arrays by these inputs", updated.len());
        fits.then_some(()).ok_or_else(|| ShapeError::operands(self.name(), problem()))
    }
    fn forward(&self, inputs: &[Array], updated: &mut [&mut Array]) {
        let signatures: List<Signature> = inputs[2..].iter().map(Signature::of).collect();
        let sizes = sizes(&signatures).expect("checked");
        let [saved, dy, query, key, value] = [0, 1, 2, 3, 4].map(|i| inputs[i].contiguous());
        for_float!(query.dtype(), E => {
            let mut gradients = [&query, &key, &value]
                .map(|of| Array::build(of.dims(), |_: &mut [E]| {}));
            let (out, sums) = saved.slice::<E>().split_at(sizes.rows() * sizes.width);
            let [to_query, to_key, to_value] = gradients.each_mut().map(Array::make_mut::<E>);
            let to = Gradients { query: to_query, key: to_key, value: to_value };
            let mask = self.0.mask(&inputs[5..]);
            let of = [query.slice::<E>(), key.slice(), value.slice()];
            kernel::backward(sizes, of, &mask, [out, sums, dy.slice()], to);
            updated.iter_mut().zip(gradients).for_each(|(updated, found)| **updated = found);
        });
    }
}

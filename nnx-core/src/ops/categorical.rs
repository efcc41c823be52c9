//! The draw of a class of each row of logits.

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature};
use super::random::{check_key, key_of, narrow};
use super::view::refuse;
use super::{Backward, DynKey, DynTensor};
use crate::array::{Array, DType, ShapeError};
use crate::random;

/// An index of each row of logits, the second input, with the probabilities of its softmax. The first input is the key.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Categorical;

impl Operation for Categorical {
    attributes!();
    fn name(&self) -> &'static str {
        "categorical"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [key, logits] = inputs else {
            return refuse(self.name(), format!("takes two inputs, found {}", inputs.len()));
        };
        check_key(self.name(), &[*key])?;
        let classes = logits.dims.last().copied().unwrap_or(0);
        if classes == 0 || i32::try_from(classes).is_err() || !logits.dtype.is_float() {
            let problem = format!(
                "takes logits (.., classes) of f32 or f64 with at least one class, found {logits}"
            );
            return refuse(self.name(), problem);
        }
        Ok(Signature { dims: logits.dims.without_axis(logits.dims.len() - 1), dtype: DType::I32 })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (key, logits) = (key_of(&inputs[0]), inputs[1].contiguous());
        let last = logits.dims().len() - 1;
        let classes = logits.dims()[last];
        let drawn = match logits.dtype() {
            DType::F64 => random::categorical_f64(key, logits.slice(), classes),
            _ => random::categorical(key, logits.slice(), classes),
        };
        Array::filled(narrow(drawn), logits.dims().without_axis(last))
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs.get(1).map_or(0, |logits| logits.elements() as u64)
    }
}

impl DynTensor {
    /// An index for each row of these logits `(.., classes)` of f32 or f64, with the probabilities of its softmax, as i32:
    /// [`random::categorical`], [`random::categorical_f64`].
    ///
    /// # Panics
    /// If there are no classes, or the logits aren't floating-point numbers.
    #[must_use]
    #[track_caller]
    pub fn categorical(self, key: impl Into<DynKey>) -> Self {
        Self::apply(Categorical, [key.into().data(), self])
    }
}

//! What optimizers compute on whole arrays, without an autograd graph: fused elementwise updates in place, and
//! norms. The norm is an operation; the updates aren't yet.

use std::ops::Range;
use std::sync::Arc;

use super::operation::{Keeps, Operation, Signature, count_flops, expect_float};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, ShapeError};
pub(crate) use crate::kernel::means::Norm;
use crate::kernel::{Float, elementwise, means, vectorize_small};

/// An elementwise update on one block of elements. Its arguments are the old updates, the parameters, the new
/// updates (three slices that start at the block), the whole slots, and the block's range within the slots.
pub(crate) type BlockFn<E> =
    Box<dyn Fn(&[E], &[E], &mut [E], &mut [&mut [E]], Range<usize>) + Send + Sync>;

/// An elementwise update of either element type.
pub(crate) trait BlockUpdate: Send + Sync {
    fn for_f32(&self) -> BlockFn<f32>;
    fn for_f64(&self) -> BlockFn<f64>;
}

/// An element type, which chooses its function of a [`BlockUpdate`].
trait BlockElement: Float {
    fn block_fn(update: &dyn BlockUpdate) -> BlockFn<Self>;
}
impl BlockElement for f32 {
    fn block_fn(update: &dyn BlockUpdate) -> BlockFn<Self> {
        update.for_f32()
    }
}
impl BlockElement for f64 {
    fn block_fn(update: &dyn BlockUpdate) -> BlockFn<Self> {
        update.for_f64()
    }
}

/// The loop over a block, of a formula for one element: `(update, parameter, slots)` to
/// `(new update, new slots)`.
pub(crate) fn block_fn<E: Float, const N: usize>(
    formula: impl Fn(E, E, [E; N]) -> (E, [E; N]) + Copy + Send + Sync + 'static,
) -> BlockFn<E> {
    Box::new(move |old, params, new, slots, range| {
        let length = range.len();
        let mut slots = slots.iter_mut();
        let mut slots: [&mut [E]; N] =
            std::array::from_fn(|_| &mut slots.next().expect("`N` slots")[range.clone()]);
        let (old, params, new) = (&old[..length], &params[..length], &mut new[..length]);
        // The closure owns the formula and the slots. Behind a reference they might alias what the loop
        // writes, and the compiler would load them again for every element.
        vectorize_small::<E, _>(
            #[inline(always)]
            move || {
                for i in 0..length {
                    let before = std::array::from_fn(|slot| slots[slot][i]);
                    let (update, after) = formula(old[i], params[i], before);
                    new[i] = update;
                    for (slot, after) in slots.iter_mut().zip(after) {
                        slot[i] = after;
                    }
                }
            },
        );
    })
}

/// An elementwise update of one parameter that hasn't run yet, with the slots that it reads and writes.
pub(crate) struct PendingUpdate<'a> {
    pub(crate) update: Arc<dyn BlockUpdate>,
    pub(crate) slots: Vec<&'a mut Array>,
}

/// Applies elementwise updates, one after the other, to the update `value` of a parameter (`None`: zeros).
/// The result reuses the memory of `value` where nothing else shares it.
///
/// All updates run on one block of elements before the next block. A block stays in the L1 cache from the
/// first update to the last, so that memory is read and written once.
pub(crate) fn apply_pending(
    value: Option<Array>,
    param: &Array,
    mut pending: Vec<PendingUpdate<'_>>,
) -> Array {
    let param = param.contiguous();
    let zeros = || Array::full_float(0.0, param.dtype(), &param.dims());
    let mut value = value.unwrap_or_else(zeros);
    for_float!(param.dtype(), E => {
        let (mut slots, mut updates) = (Vec::new(), Vec::new());
        for PendingUpdate { update, slots: own } in &mut pending {
            let first = slots.len();
            slots.extend(own.iter_mut().map(|slot| slot.make_mut::<E>()));
            updates.push((E::block_fn(&**update), first..slots.len()));
        }
        let shared = value.unique_mut::<E>().is_none().then(|| value.contiguous());
        if shared.is_some() {
            value = Array::build(param.dims(), |_: &mut [E]| {});
        }
        let shared = shared.as_ref().map(Array::slice::<E>);
        elementwise::zip_chunks(value.make_mut(), slots, &|range, out, slots| {
            let chunk = Chunk {
                shared: shared.map(|shared| &shared[range.clone()]),
                params: &param.slice()[range],
            };
            chunk.run(&updates, out, slots);
        });
    });
    value
}

/// Elements of a block: small enough that the block of the parameter, of all slots and of the updates fit
/// into the L1 cache together.
const BLOCK: usize = 512;

/// A chunk of one parameter, which one thread works on.
struct Chunk<'a, E> {
    /// The gradients, if their memory is shared with others and can't be overwritten.
    shared: Option<&'a [E]>,
    params: &'a [E],
}

impl<E: Float> Chunk<'_, E> {
    /// Runs all updates on one block after the other. Each update comes with the range of its slots in
    /// `slots`. The updates before the last write alternately to two temporary blocks, the last to `out`.
    fn run(&self, updates: &[(BlockFn<E>, Range<usize>)], out: &mut [E], slots: &mut [&mut [E]]) {
        let (mut old, mut new) = (&mut [E::ZERO; BLOCK][..], &mut [E::ZERO; BLOCK][..]);
        for start in (0..out.len()).step_by(BLOCK) {
            let block = start..out.len().min(start + BLOCK);
            let params = &self.params[block.clone()];
            if self.shared.is_none() {
                old[..block.len()].copy_from_slice(&out[block.clone()]);
            }
            for (i, (update, own)) in updates.iter().enumerate() {
                let gradients = self.shared.filter(|_| i == 0).map(|shared| &shared[block.clone()]);
                let to = if i + 1 == updates.len() { &mut out[block.clone()] } else { &mut *new };
                let slots = &mut slots[own.clone()];
                update(gradients.unwrap_or(old), params, to, slots, block.clone());
                std::mem::swap(&mut old, &mut new);
            }
        }
    }
}

/// The Euclidean norm `√(Σ x²)` of all elements, as scale and root: `(2,)` of f64. No gradient flows through it.
#[derive(Debug, Clone, Copy)]
struct EuclideanNorm;

impl Operation for EuclideanNorm {
    fn name(&self) -> &'static str {
        "euclidean_norm"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_float(self.name(), inputs)?;
        Ok(Signature { dims: Dims::new(&[2]), dtype: DType::F64 })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let Norm { scale, root } = for_float!(x.dtype(), E => means::norm(x.slice::<E>()));
        Array::build(Dims::new(&[2]), |out| out.copy_from_slice(&[scale, root]))
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        count_flops(inputs[0].elements(), 2)
    }
}

/// The Euclidean norm `√(Σ x²)` of all elements, which may be beyond the range of `f64`.
pub(crate) fn euclidean_norm(x: &Array) -> Norm {
    let norm = DynTensor::apply(EuclideanNorm, [x.clone().into()]).into_array();
    let [scale, root] = norm.slice().try_into().expect("scale and root");
    Norm { scale, root }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norm(elements: Vec<f64>) -> f64 {
        let dims = Dims::new(&[elements.len()]);
        euclidean_norm(&Array::filled(elements, dims)).value()
    }

    #[test]
    fn a_norm_is_that_of_all_elements_at_any_magnitude() {
        assert_eq!(norm(vec![]), 0.0);
        assert_eq!(norm(vec![0.0; 5]), 0.0);
        assert_eq!(norm(vec![-3.0, 4.0]), 5.0);
        assert!((norm(vec![3e200, 4e200]) / 5e200 - 1.0).abs() < 1e-15);
        assert_eq!(norm(vec![f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(norm(vec![f64::NAN, 1.0]).is_nan());
        let wide = Array::filled(vec![f64::MAX; 4], Dims::new(&[4]));
        let Norm { scale, root } = euclidean_norm(&wide);
        // The norm itself is beyond the range of f64.
        assert!(root.is_finite() && (root / f64::MAX * scale - 2.0).abs() < 1e-15);
    }

    #[test]
    fn a_norm_reads_views_and_refuses_integers() {
        let x = Array::filled(vec![3.0f32, 9.0, 4.0, 9.0], Dims::new(&[2, 2]));
        let column = DynTensor::from(x).slice(1, 0, 1).into_array();
        assert_eq!(euclidean_norm(&column).value(), 5.0);
        let integers = DynTensor::from(Array::filled(vec![1i32], Dims::new(&[1])));
        assert_eq!(
            DynTensor::try_apply(EuclideanNorm, [integers]).unwrap_err().to_string(),
            "`euclidean_norm` takes f32 or f64, found i32"
        );
    }
}

//! Weights that eager products have prepared, kept with the buffer of the weights: see [`crate::array::Array::derived`].

use super::Signature;
use super::role::{Prepared, Product};
use crate::array::{Array, DType, Derived, Dims};

/// Prepared weights, with their order and the sizes of the weights: others are of another product.
struct Kept {
    order: &'static str,
    dims: Dims,
    prepared: Prepared,
}

impl Derived for Kept {
    fn bytes(&self) -> usize {
        self.prepared.bytes()
    }
}

/// The prepared weights of a product of x and weights of f32, if they are kept.
pub(super) fn kept<'a>(
    product: &dyn Product,
    array: &Array,
    weights: &'a Array,
) -> Option<&'a Prepared> {
    let x = Signature { dims: array.dims(), dtype: array.dtype() };
    let of_f32 = x.dtype == DType::F32 && weights.dtype() == DType::F32;
    // A strided x would be copied for a packed product.
    if !of_f32 || x.elements() == 0 || !array.is_contiguous() {
        return None;
    }
    let order = product.order(&x).filter(|_| product.keeps_prepared(&x))?;
    let dims = weights.dims();
    let prepare = || Some(Kept { order, dims, prepared: product.prepare(&x, weights)? });
    let kept = weights.derived::<f32, _>(prepare)?;
    (kept.order == order && kept.dims == dims).then_some(&kept.prepared)
}

#[cfg(test)]
mod tests {
    use super::super::DynTensor;
    use super::*;
    use crate::array::Dims;
    use crate::size::{AxisWindow, Edge};

    /// Random numbers from 0 up to a limit, the same in each run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 33) as usize % end
        }
        fn array(&mut self, sizes: &[usize]) -> Array {
            let number = |_| self.below(2001) as f32 / 1000.0 - 1.0;
            Array::filled::<f32>(
                (0..sizes.iter().product()).map(number).collect(),
                Dims::new(sizes),
            )
        }
    }

    fn bits(y: DynTensor) -> Vec<u32> {
        y.array().contiguous().slice::<f32>().iter().map(|y| y.to_bits()).collect()
    }

    /// Products by kept weights: those of the first calls, of other batches in between, and after the weights were written,
    /// have the bits of products by a copy of the weights, of which nothing is kept.
    fn check(
        random: &mut Random,
        inputs: &[&[usize]],
        weights: &[usize],
        product: impl Fn(&Array, &Array) -> DynTensor,
    ) {
        let mut weights = random.array(weights);
        for _ in 0..2 {
            for _ in 0..4 {
                for sizes in inputs {
                    let x = random.array(sizes);
                    let expected = bits(product(&x, &weights.copy::<f32>()));
                    assert_eq!(bits(product(&x, &weights)), expected, "{sizes:?} {weights:?}");
                }
            }
            weights.make_mut::<f32>().iter_mut().for_each(|x| *x = 0.3 - *x);
        }
    }

    #[test]
    fn products_of_random_sizes_have_the_same_bits_by_kept_weights() {
        let mut random = Random(7);
        for _ in 0..60 {
            let [rows, inner, columns] = [40, 90, 130].map(|most| 1 + random.below(most));
            let bias = DynTensor::from(random.array(&[columns]));
            let inputs: [&[usize]; 3] = [&[rows, inner], &[2, 3, inner], &[1, inner]];
            check(&mut random, &inputs, &[inner, columns], |x, w| {
                DynTensor::from(x.clone()).matmul(w.clone().into())
            });
            check(&mut random, &inputs, &[inner, columns], |x, w| {
                DynTensor::from(x.clone()).linear(w.clone().into(), Some(bias.clone()))
            });
        }
    }

    #[test]
    fn convolutions_of_random_sizes_have_the_same_bits_by_kept_weights() {
        let mut random = Random(11);
        for _ in 0..60 {
            let [size, stride] = [1 + 2 * random.below(2), 1 + random.below(2)];
            let [height, width] = [3, 3].map(|least| least + random.below(12));
            let [input, output] = [1, 1].map(|least| least + random.below(100));
            let window =
                AxisWindow { size, stride, dilation: 1, input_dilation: 1, edge: Edge::Same };
            let bias = DynTensor::from(random.array(&[output]));
            let inputs: [&[usize]; 2] = [&[1, height, width, input], &[3, height, width, input]];
            check(&mut random, &inputs, &[size, size, input, output], |x, k| {
                let (x, k) = (DynTensor::from(x.clone()), k.clone().into());
                x.conv(k, Some(bias.clone()), [window; 2], 1)
            });
        }
    }

    /// The buffer of the weights keeps what the first of them prepared; the others find other sizes.
    #[test]
    fn weights_of_several_shapes_in_one_buffer_are_told_apart() {
        let mut random = Random(13);
        let weights = random.array(&[24, 40]);
        for (rows, inner) in [(5, 24), (5, 40), (7, 24), (7, 40), (5, 48)].repeat(5) {
            let weights = weights.reshape(&[inner, 960 / inner]);
            let x = DynTensor::from(random.array(&[rows, inner]));
            let expected = bits(x.clone().matmul(weights.copy::<f32>().into()));
            assert_eq!(bits(x.matmul(weights.into())), expected);
        }
    }

    /// A 1 × 1 kernel, a transformed one and packed rows; not lists of offsets, which are of one size of images.
    #[test]
    fn kernels_of_convolutions_are_kept_in_their_order() {
        let mut random = Random(19);
        for (sizes, order) in [
            ([1, 1, 8, 8], Some("packed")),
            ([3, 3, 64, 64], Some("transformed")),
            ([5, 5, 64, 64], Some("packed rows")),
            ([3, 3, 1, 4], None),
        ] {
            let [size, _, input, _] = sizes;
            let window =
                AxisWindow { size, stride: 1, dilation: 1, input_dilation: 1, edge: Edge::Same };
            let (x, weights) = (random.array(&[2, 16, 16, input]), random.array(&sizes));
            for _ in 0..4 {
                let x = DynTensor::from(x.clone());
                drop(x.conv(weights.clone().into(), None, [window; 2], 1));
            }
            let kept = weights.derived::<f32, Kept>(|| None);
            assert_eq!(kept.map(|kept| kept.order), order, "{sizes:?}");
        }
    }

    #[test]
    fn weights_are_kept_for_contiguous_inputs_of_several_rows() {
        let mut random = Random(17);
        let weights = random.array(&[24, 40]);
        let kept = |x: &Array| kept(&super::super::matmul::MatMul, x, &weights).is_some();
        let (x, one) = (random.array(&[6, 24]), random.array(&[1, 24]));
        let strided = random.array(&[24, 6]).transpose(0, 1);
        assert_eq!([0; 5].map(|_| kept(&x)), [false, false, false, true, true]);
        assert!(!kept(&one) && !kept(&strided));
    }
}

//! Random draws: operations whose input is a random key. So a draw is a function of its input, as in JAX, and the same
//! operation with a different key draws other samples. No gradient flows through samples.

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature};
use super::samples::{FLOATS, Samples, beyond, doubles, floats, integers, narrowed};
use super::view::refuse;
use super::{Backward, DynTensor};
use crate::array::{Array, DType, Dims, ShapeError};
use crate::random::{self, Key};

/// Samples of shape `dims`. The input is the key: its two words, `(2,)` of u32.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Draw {
    pub(super) samples: Samples,
    pub(super) dtype: DType,
    pub(super) dims: Dims,
}

/// An error unless the input is a key.
pub(super) fn check_key(name: &'static str, inputs: &[Signature]) -> Result<(), ShapeError> {
    if matches!(inputs, [key] if *key.dims == [2] && key.dtype == DType::U32) {
        return Ok(());
    }
    let found: Vec<String> = inputs.iter().map(Signature::to_string).collect();
    refuse(name, format!("takes one key, (2,) of u32, found [{}]", found.join(", ")))
}

pub(super) fn key_of(words: &Array) -> Key {
    let words = words.contiguous();
    Key::from_data(words.slice().try_into().expect("`output` takes a key of two words"))
}

/// The permuted integers, or drawn classes, as i32.
pub(super) fn narrow(indices: Vec<usize>) -> Vec<i32> {
    let narrow = |index| i32::try_from(index).expect("`output` takes less than 2^31 of them");
    indices.into_iter().map(narrow).collect()
}

impl Operation for Draw {
    attributes!();
    fn name(&self) -> &'static str {
        match self.samples {
            Samples::Bernoulli { .. } => "bernoulli",
            Samples::Uniform { .. } => "uniform",
            Samples::Normal => "normal",
            Samples::TruncatedNormal { .. } => "truncated_normal",
            Samples::Gumbel => "gumbel",
            Samples::Exponential => "exponential",
            Samples::Laplace => "laplace",
            Samples::Randint { .. } => "randint",
            Samples::Permutation => "permutation",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        check_key(self.name(), inputs)?;
        let (float, integer) = (self.dtype.is_float(), self.dtype.is_integer());
        let (fits, types, problem) = match self.samples {
            Samples::Bernoulli { p } => (
                self.dtype == DType::Bool,
                "bool",
                (!(0.0..=1.0).contains(&p))
                    .then(|| format!("takes a probability within 0 to 1, found {p}")),
            ),
            Samples::Uniform { low, high } => (
                float,
                FLOATS,
                (!(low <= high && narrowed(self.dtype, high - low).is_finite())).then(|| {
                    format!("takes finite bounds in ascending order, found {low} and {high}")
                }),
            ),
            Samples::TruncatedNormal { low, high } => (
                float,
                FLOATS,
                (!(narrowed(self.dtype, low) < narrowed(self.dtype, high)
                    && [low, high].iter().all(|&bound| narrowed(self.dtype, bound).is_finite())))
                .then(|| {
                    format!("takes finite bounds in ascending order, found {low} and {high}: write ±10 for an open side")
                }),
            ),
            Samples::Randint { low, high } => (
                integer,
                "integers",
                beyond(self.dtype, low, high)
                    .map(|bounds| format!("takes a range within {bounds}, found {low}..{high}"))
                    .or_else(|| {
                        let empty = low >= high;
                        empty.then(|| format!("takes a range that isn't empty, found {low}..{high}"))
                    }),
            ),
            Samples::Permutation => (
                self.dtype == DType::I32,
                "i32",
                i32::try_from(self.dims.elements()).err().map(|_| {
                    format!("gives numbers of i32, found {} of them", self.dims.elements())
                }),
            ),
            Samples::Normal | Samples::Gumbel | Samples::Exponential | Samples::Laplace => {
                (float, FLOATS, None)
            }
        };
        let wrong_type = (!fits).then(|| format!("gives {types}, found {}", self.dtype));
        match wrong_type.or(problem) {
            Some(problem) => refuse(self.name(), problem),
            None => Ok(Signature { dims: self.dims, dtype: self.dtype }),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (key, n, dims) = (key_of(&inputs[0]), self.dims.elements(), self.dims);
        if self.dtype == DType::F64 {
            return Array::filled(doubles(self.samples, key, n), dims);
        }
        match self.samples {
            Samples::Bernoulli { p } => {
                Array::build(dims, |out| random::fill_bernoulli(key, out, p))
            }
            Samples::Permutation => Array::filled(narrow(random::permutation(key, n)), dims),
            Samples::Randint { low, high } => match self.dtype {
                DType::I64 => Array::filled(random::randint(key, n, low, high), dims),
                DType::U32 => Array::filled(integers::<u32>(key, n, low, high), dims),
                DType::U8 => Array::filled(integers::<u8>(key, n, low, high), dims),
                _ => Array::filled(integers::<i32>(key, n, low, high), dims),
            },
            _ => Array::filled(floats(self.samples, key, n), dims),
        }
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::DynKey;

    fn key(seed: u64) -> DynTensor {
        DynKey::from(Key::new(seed)).data()
    }

    fn refusal<const N: usize>(p: f32, inputs: [DynTensor; N]) -> String {
        let operation =
            Draw { samples: Samples::Bernoulli { p }, dtype: DType::Bool, dims: Dims::new(&[3]) };
        DynTensor::try_apply(operation, inputs).unwrap_err().to_string()
    }

    #[test]
    fn a_draw_has_the_bits_of_the_function_on_slices_at_every_length_and_probability() {
        for (seed, dims) in [(0, [1usize, 1]), (7, [3, 341]), (u64::MAX, [2, 1024]), (5, [0, 4])] {
            for p in [0.0, 0.1, 0.5, 0.999, 1.0] {
                let drawn = DynTensor::bernoulli(Key::new(seed), p, &dims);
                let expected = random::bernoulli(Key::new(seed), dims.iter().product(), p);
                assert_eq!(*drawn.dims(), dims);
                assert_eq!(
                    drawn.array().to_vec::<bool>().unwrap(),
                    expected,
                    "{seed} {dims:?} {p}"
                );
            }
        }
    }

    #[test]
    fn normal_samples_have_the_type_and_the_shape_of_the_tensor() {
        let key = Key::new(5);
        let of = |dtype| DynTensor::from(Array::full_float(0.0, dtype, &[3, 2])).normal_like(key);
        assert_eq!(of(DType::F32).array().to_vec::<f32>().unwrap(), random::normal(key, 6));
        assert_eq!(of(DType::F64).array().to_vec::<f64>().unwrap(), random::normal_f64(key, 6));
        assert_eq!(*of(DType::F32).dims(), [3, 2]);
    }

    #[test]
    fn the_key_is_read_through_strides() {
        let words = Key::new(0x0123_4567_89ab_cdef).data();
        let spread = Array::filled(vec![words[0], 1, words[1], 2], Dims::new(&[2, 2]));
        let column = DynTensor::from(spread).slice(1, 0, 1).reshape(&[2]);
        let operation = Draw {
            samples: Samples::Bernoulli { p: 0.5 },
            dtype: DType::Bool,
            dims: Dims::new(&[64]),
        };
        let (a, b) = (column, key(0x0123_4567_89ab_cdef));
        let [a, b] = [a, b].map(|key| DynTensor::apply(operation, [key]).array().to_vec::<bool>());
        assert_eq!(a.unwrap(), b.unwrap());
    }

    #[test]
    #[should_panic(expected = "`normal` gives f32 or f64, found i32")]
    fn normal_samples_of_integers_are_refused() {
        let _ = DynTensor::from(Array::full(0i32, &[2])).normal_like(Key::new(0));
    }

    #[test]
    fn refusals_name_what_was_found() {
        assert_eq!(
            refusal(1.5, [key(0)]),
            "`bernoulli` takes a probability within 0 to 1, found 1.5"
        );
        assert_eq!(
            refusal(f32::NAN, [key(0)]),
            "`bernoulli` takes a probability within 0 to 1, found NaN"
        );
        let float = DynTensor::from(Array::filled(vec![0.0f32; 2], Dims::new(&[2])));
        assert_eq!(
            refusal(0.5, [float]),
            "`bernoulli` takes one key, (2,) of u32, found [(2,) of f32]"
        );
        assert_eq!(refusal(0.5, []), "`bernoulli` takes one key, (2,) of u32, found []");
    }
}

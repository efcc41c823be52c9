//! Random draws: operations whose input is a random key. So a draw is a function of its input, as in JAX, and the same
//! operation with another key draws other samples. No gradient flows through samples.

use super::operation::{Keeps, Operation, Signature};
use super::view::refuse;
use super::{Backward, DynKey, DynTensor};
use crate::array::{Array, DType, Dims, OrPanic as _, ShapeError};
use crate::random::{self, Key};

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Samples {
    Bernoulli { p: f32 },
    Uniform { low: f64, high: f64 },
    Normal,
    TruncatedNormal { low: f64, high: f64 },
    Gumbel,
    Exponential,
    Laplace,
    Randint { low: i64, high: i64 },
    Permutation,
}

/// Samples of shape `dims`. The input is the key: its two words, `(2,)` of u32.
#[derive(Debug, Clone, Copy)]
struct Draw {
    samples: Samples,
    dtype: DType,
    dims: Dims,
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

/// The value as a floating-point type has it.
fn narrowed(dtype: DType, x: f64) -> f64 {
    if dtype == DType::F32 { f64::from(x as f32) } else { x }
}

/// The bounds of an integer type, if a range is beyond them.
fn beyond(dtype: DType, low: i64, high: i64) -> Option<String> {
    let (least, most) = match dtype {
        DType::U8 => (0, u8::MAX.into()),
        DType::U32 => (0, u32::MAX.into()),
        DType::I32 => (i32::MIN.into(), i32::MAX.into()),
        _ => return None,
    };
    (low < least || high > most).then(|| format!("{least} to {most}, the bounds of {dtype}"))
}

const FLOATS: &str = "f32 or f64";

/// Samples of f32, with bounds that were f32.
fn floats(samples: Samples, key: Key, n: usize) -> Vec<f32> {
    let narrow = |low: f64, high: f64| (low as f32, high as f32);
    match samples {
        Samples::Uniform { low, high } => {
            let (low, high) = narrow(low, high);
            random::uniform(key, n, low, high)
        }
        Samples::TruncatedNormal { low, high } => {
            let (low, high) = narrow(low, high);
            random::truncated_normal(key, n, low, high)
        }
        Samples::Normal => random::normal(key, n),
        Samples::Gumbel => random::gumbel(key, n),
        Samples::Exponential => random::exponential(key, n),
        _ => random::laplace(key, n),
    }
}

/// The same of f64.
fn doubles(samples: Samples, key: Key, n: usize) -> Vec<f64> {
    match samples {
        Samples::Uniform { low, high } => random::uniform_f64(key, n, low, high),
        Samples::TruncatedNormal { low, high } => random::truncated_normal_f64(key, n, low, high),
        Samples::Normal => random::normal_f64(key, n),
        Samples::Gumbel => random::gumbel_f64(key, n),
        Samples::Exponential => random::exponential_f64(key, n),
        _ => random::laplace_f64(key, n),
    }
}

fn integers<T: random::RandomInteger + TryFrom<i64, Error: std::fmt::Debug>>(
    key: Key,
    n: usize,
    low: i64,
    high: i64,
) -> Vec<T> {
    let [low, high] = [low, high].map(|bound| T::try_from(bound).expect("bounds of the type"));
    random::randint(key, n, low, high)
}

impl DynTensor {
    #[track_caller]
    fn draw(samples: Samples, key: DynKey, dtype: DType, dims: &[usize]) -> Self {
        Self::try_apply(Draw { samples, dtype, dims: Dims::new(dims) }, [key.words()]).or_panic()
    }

    /// A tensor of booleans that are true with probability `p` (`jax.random.bernoulli`). The samples are those of
    /// [`random::bernoulli`]. No gradient flows through them.
    ///
    /// ```
    /// use nnx_core::{ops::DynTensor, random::{Key, bernoulli}};
    ///
    /// let mask = DynTensor::bernoulli(Key::new(0), 0.3, &[2, 5]);
    /// assert_eq!(mask.array().to_vec::<bool>()?, bernoulli(Key::new(0), 10, 0.3));
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Panics
    /// If `p` isn't within 0 to 1, or there is no memory for the samples.
    #[must_use]
    #[track_caller]
    pub fn bernoulli(key: impl Into<DynKey>, p: f32, dims: &[usize]) -> Self {
        Self::draw(Samples::Bernoulli { p }, key.into(), DType::Bool, dims)
    }

    /// Samples of f32 or f64 of the uniform distribution on `[low, high)`: [`random::uniform`], [`random::uniform_f64`].
    ///
    /// # Panics
    /// If a bound isn't finite, or `low > high`, or the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn uniform(
        key: impl Into<DynKey>,
        low: f64,
        high: f64,
        dtype: DType,
        dims: &[usize],
    ) -> Self {
        Self::draw(Samples::Uniform { low, high }, key.into(), dtype, dims)
    }

    /// Samples of f32 or f64 of the standard normal distribution: [`random::normal`], [`random::normal_f64`].
    ///
    /// # Panics
    /// If the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn normal(key: impl Into<DynKey>, dtype: DType, dims: &[usize]) -> Self {
        Self::draw(Samples::Normal, key.into(), dtype, dims)
    }

    /// [`normal`](Self::normal) of the type and shape of this tensor.
    ///
    /// # Panics
    /// If the elements aren't floating-point numbers.
    #[must_use]
    #[track_caller]
    pub fn normal_like(&self, key: impl Into<DynKey>) -> Self {
        Self::normal(key, self.dtype(), &self.dims())
    }

    /// Samples of f32 or f64 of the standard normal distribution, truncated to `(low, high)`:
    /// [`random::truncated_normal`], [`random::truncated_normal_f64`].
    ///
    /// # Panics
    /// If a bound isn't finite, or not `low < high`, or the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn truncated_normal(
        key: impl Into<DynKey>,
        low: f64,
        high: f64,
        dtype: DType,
        dims: &[usize],
    ) -> Self {
        Self::draw(Samples::TruncatedNormal { low, high }, key.into(), dtype, dims)
    }

    /// Samples of f32 or f64 of the standard Gumbel distribution: [`random::gumbel`], [`random::gumbel_f64`].
    ///
    /// # Panics
    /// If the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn gumbel(key: impl Into<DynKey>, dtype: DType, dims: &[usize]) -> Self {
        Self::draw(Samples::Gumbel, key.into(), dtype, dims)
    }

    /// Samples of f32 or f64 of the exponential distribution with mean 1: [`random::exponential`],
    /// [`random::exponential_f64`].
    ///
    /// # Panics
    /// If the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn exponential(key: impl Into<DynKey>, dtype: DType, dims: &[usize]) -> Self {
        Self::draw(Samples::Exponential, key.into(), dtype, dims)
    }

    /// Samples of f32 or f64 of the Laplace distribution with mean 0 and scale 1: [`random::laplace`],
    /// [`random::laplace_f64`].
    ///
    /// # Panics
    /// If the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn laplace(key: impl Into<DynKey>, dtype: DType, dims: &[usize]) -> Self {
        Self::draw(Samples::Laplace, key.into(), dtype, dims)
    }

    /// Integers of a type, uniform in `low..high`: [`random::randint`].
    ///
    /// # Panics
    /// If the range is empty, a bound isn't of the type, or the type isn't one of integers.
    #[must_use]
    #[track_caller]
    pub fn randint(
        key: impl Into<DynKey>,
        low: i64,
        high: i64,
        dtype: DType,
        dims: &[usize],
    ) -> Self {
        Self::draw(Samples::Randint { low, high }, key.into(), dtype, dims)
    }

    /// The integers `0..n` in random order, `(n,)` of i32: [`random::permutation`].
    ///
    /// # Panics
    /// If n is 2³¹ or more.
    #[must_use]
    #[track_caller]
    pub fn permutation(key: impl Into<DynKey>, n: usize) -> Self {
        Self::draw(Samples::Permutation, key.into(), DType::I32, &[n])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u64) -> DynTensor {
        DynKey::from(Key::new(seed)).words()
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

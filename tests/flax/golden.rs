//! Goldens by name, and the measure of errors.

use nnx::array::Array;
use nnx::module::Path;
use nnx::prelude::*;

/// One file of `tests/goldens`.
pub(crate) struct Golden {
    file: &'static str,
    arrays: State,
}

impl Golden {
    pub(crate) fn open(file: &'static str) -> Self {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/");
        let arrays = nnx::io::load_state(format!("{directory}{file}.safetensors"));
        Self { file, arrays: arrays.unwrap_or_else(|error| panic!("{error}")) }
    }

    pub(crate) fn array(&self, name: &str) -> Array {
        let entry = self.arrays.get(&Path::parse(name));
        entry.unwrap_or_else(|| panic!("{} holds no `{name}`", self.file)).array.clone()
    }

    /// A golden of exactly this shape.
    pub(crate) fn tensor<S: Shape, E: nnx::array::Element>(&self, name: &str) -> Tensor<S, E> {
        Tensor::try_from(self.array(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn numbers(&self, name: &str) -> Vec<f32> {
        self.array(name).to_vec().unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The sum of all elements of an array, if the golden has only some of the elements.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.array(&format!("{name}/sum")).to_vec::<f64>().expect("a sum in f64")[0]
    }

    /// The names in the file that start so.
    pub(crate) fn names(&self, start: &str) -> Vec<String> {
        let names = self.arrays.iter().map(|(path, _)| path.to_string());
        names.filter(|name| name.starts_with(start)).collect()
    }
}

/// Numbers below this are rounding errors of zeros in the goldens.
const ROUNDING: f64 = 1e-5;

/// The largest error of several comparisons, each in units of the largest element expected there.
pub(crate) struct Errors {
    what: &'static str,
    allowed: f64,
    least: f64,
    worst: f64,
    compared: usize,
}

impl Errors {
    /// Comparisons that may be off by `allowed`.
    pub(crate) fn of(what: &'static str, allowed: f64) -> Self {
        Self { what, allowed, least: f64::MIN_POSITIVE, worst: 0.0, compared: 0 }
    }

    /// Arrays of zeros but for rounding, below [`ROUNDING`], are measured by `least` instead.
    #[allow(dead_code, reason = "for the goldens of layers and models")]
    pub(crate) fn at_least(mut self, least: f64) -> Self {
        self.least = least;
        self
    }

    pub(crate) fn compare(&mut self, name: &str, found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len(), "{name}: how many numbers");
        let scale = expected.iter().fold(0.0f64, |scale, x| scale.max(f64::from(x.abs())));
        for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
            let scale = if scale < ROUNDING { scale.max(self.least) } else { scale };
            let error = (f64::from(found) - f64::from(expected)).abs() / scale;
            // A comparison with NaN is false, so NaN fails.
            assert!(
                error <= self.allowed || found == expected,
                "{}, {name}, element {i}: {found} instead of {expected}, off by {error:.1e} of the largest",
                self.what,
            );
            self.worst = self.worst.max(if found == expected { 0.0 } else { error });
            self.compared += 1;
        }
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        let Self { what, allowed, worst, compared, .. } = self;
        eprintln!("{what}: {compared} numbers, largest error {worst:.1e}, allowed {allowed:.0e}");
    }
}

/// The elements of an array that the goldens of models contain: every 37th element of large arrays.
pub(crate) fn kept(numbers: Vec<f32>) -> Vec<f32> {
    match numbers.len() {
        0..=1000 => numbers,
        _ => numbers.into_iter().step_by(37).collect(),
    }
}

/// Each array of a state against the one under `prefix`, element by element and as a sum, which may be
/// off by `sums` of the sum of absolute values.
pub(crate) fn compare_state(
    golden: &Golden,
    prefix: &str,
    found: &State,
    errors: &mut Errors,
    sums: f64,
) {
    assert_eq!(golden.names(&format!("{prefix}/")).len(), 2 * found.len(), "as many as Flax has");
    for (path, entry) in found.iter() {
        let name = format!("{prefix}/{path}");
        let numbers = entry.array.to_vec::<f32>().expect("f32");
        let sum = numbers.iter().map(|&x| f64::from(x)).sum();
        let size = numbers.iter().map(|&x| f64::from(x.abs())).sum::<f64>();
        let allowed = sums * size.max(errors.least * numbers.len() as f64);
        near(&format!("sum of {name}"), sum, golden.sum(&name), allowed);
        errors.compare(&name, &kept(numbers), &golden.numbers(&name));
    }
}

/// Compares a number that is computed from a whole array, such as a sum; `allowed` is the largest error.
pub(crate) fn near(what: &str, found: f64, expected: f64, allowed: f64) {
    let error = (found - expected).abs();
    eprintln!("{what}: off by {error:.1e}, allowed {allowed:.0e}");
    assert!(error <= allowed, "{what}: {found} instead of {expected}, off by {error:.1e}");
}

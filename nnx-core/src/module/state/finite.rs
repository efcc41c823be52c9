//! Which arrays of a state hold NaN or infinities.

use super::State;
use crate::array::Array;
use crate::array::dtype::for_float;
use crate::module::Path;

impl State {
    /// The paths of the arrays that hold a NaN or an infinity. It reads each array once.
    ///
    /// ```
    /// use nnx_core::{module::state, module::Param, size::U2, tensor::Tensor};
    ///
    /// let model = vec![Param::<(U2,)>::new(Tensor::from([1.0, f32::NAN])), Param::new(Tensor::zeros())];
    /// let paths: Vec<String> = state(&model).not_finite().iter().map(ToString::to_string).collect();
    /// assert_eq!(paths, ["0"]);
    /// ```
    #[must_use]
    pub fn not_finite(&self) -> Vec<Path> {
        let broken = self.iter().filter(|(_, entry)| !is_finite(&entry.array));
        broken.map(|(path, _)| path.clone()).collect()
    }
}

fn is_finite(array: &Array) -> bool {
    let array = &array.widened();
    if !array.dtype().is_float() {
        return true;
    }
    let array = array.contiguous();
    for_float!(array.dtype(), E => array.slice::<E>().chunks(CHUNK).all(|chunk| {
        // No branch for each element, so that the compiler vectorizes the loop.
        chunk.iter().fold(true, |finite, x: &E| finite & x.is_finite())
    }))
}

/// Elements that are combined before each check.
const CHUNK: usize = 4096;

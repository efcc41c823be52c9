//! 3 x 2 elements, flattened into 7.

use nnx::prelude::*;

fn main() {
    let x = <Tensor![1, 3, 2]>::ones();
    let _ = x.flatten_axes_to::<1, AtBuild<U7>>();
}

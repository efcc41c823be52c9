//! A product of parameters, which the compiler can't compute: `reshape_at_build` leaves the comparison to the build.

use nnx::prelude::*;

fn pixels<H: Size, W: Size>(x: Tensor![H, W]) -> Tensor![{ H * W }] {
    x.reshape()
}

fn main() {}

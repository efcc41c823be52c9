//! A constant that is named like a type must be in braces.
use nnx::prelude::*;

const N: usize = 4;

type Twice = dim!(N * 2);
type Right = dim!({ N } * 2);

fn main() {
    let _: Tensor![Twice] = Tensor::<(Right,)>::ones();
}

//! Sizes for which every condition holds. The other files of this folder call the same functions with sizes for which
//! they don't.

use nnx::prelude::*;

#[derive(Module)]
struct Wider<C: Size> {
    norm: GroupNorm<dim!(C * 2), AtBuild<U8>>,
    attention: MultiHeadAttention<AtBuild<C>, dim!(C * 2)>,
}

fn main() {
    let _ = Wider::<U4>::init as fn(&mut Rngs) -> Wider<U4>;
}

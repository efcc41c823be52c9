//! `init` without random streams.

use nnx::prelude::*;

fn main() {
    let _ = Linear::<U4, U2>::init();
}

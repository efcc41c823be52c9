//! Numbers in place of sizes in a call.

use nnx::prelude::*;

fn main() {
    let _ = Linear::<784, 10>::init(&mut Rngs::new(0));
}

//! An axis isn't named by a number.

use nnx::prelude::*;

axis!(pub Tokens, 28);

fn main() {}

//! `axis!` with a number in place of a name.

use nnx::prelude::*;

axis!(pub Tokens, 28);

fn main() {}

//! The size of a named axis must be a number.

use nnx::prelude::*;

axis!(Heads = "eight");

fn main() {}

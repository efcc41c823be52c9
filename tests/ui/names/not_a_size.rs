//! The size is a number.

use nnx::prelude::*;

axis!(Heads = "eight");

fn main() {}

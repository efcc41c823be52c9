//! A size has at most nine digits.

use nnx::prelude::*;

axis!(Pixels = 2_000_000_000);

fn main() {}

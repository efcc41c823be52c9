//! A tap without a type.

use nnx::prelude::*;

tap!(pub Scores);

fn main() {}

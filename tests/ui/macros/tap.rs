//! A tap has a type.

use nnx::prelude::*;

tap!(pub Scores);

fn main() {}

//! A kind without the kind that it is based on.

use nnx::prelude::*;

kind!(Counter);

fn main() {}

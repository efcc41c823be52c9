//! A kind is a kind of another one.

use nnx::prelude::*;

kind!(Counter);

fn main() {}

//! A model is split by filters, not by kinds.

use nnx::prelude::*;

fn parts(model: &Linear<U4, U2>) {
    let _ = split(model, (kind::Param, kind::BatchStat));
}

fn main() {}

//! `BatchStat` is a type of variables; its kind is `kind::BatchStat`.

use nnx::prelude::*;

fn statistics() -> Filter {
    Filter::kind::<BatchStat<(U4,)>>()
}

fn main() {}

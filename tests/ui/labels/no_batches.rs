//! Times aren't numbers: no tensor can be made of them.

use std::time::Duration;

use nnx_train::{Dataset, Items};

fn main() {
    let times = Items(vec![1.0f32, 2.0]).loader(2).unwrap().map(Duration::from_secs_f32);
    let _ = times.epoch(0);
}

//! What this machine can do at most, measured: the floor of a step's time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::kernel::finish::Finish;
use crate::kernel::gemm::{MatrixRef, gemm};
use crate::kernel::reduce;
use crate::kernel::threads::num_threads;

/// The rates of this machine, with the threads of the caller.
#[derive(Debug)]
pub(crate) struct Roofline {
    /// FLOPs of f32 in a second.
    flops: f64,
    /// Bytes that are read in a second, by the power of two of the bytes that are read again and again.
    bytes: HashMap<u32, f64>,
}

/// The fastest of some calls.
fn fastest(mut call: impl FnMut()) -> Duration {
    let (start, mut best) = (Instant::now(), Duration::MAX);
    while start.elapsed() < Duration::from_millis(10) {
        let one = Instant::now();
        call();
        best = best.min(one.elapsed());
    }
    best
}

impl Roofline {
    /// Measures the rate of a product whose operands are in a cache.
    pub(crate) fn measure() -> Self {
        const SIZE: usize = 192;
        let (a, mut c) = (vec![0.5f32; SIZE * SIZE], vec![0.0; SIZE * SIZE * num_threads()]);
        let a = MatrixRef::row_major(&a, SIZE);
        let wide = vec![0.25f32; SIZE * SIZE * num_threads()];
        let b = MatrixRef::row_major(&wide, SIZE * num_threads());
        let size = [SIZE, SIZE, SIZE * num_threads()];
        let time = fastest(|| gemm(size, a, b, Finish::NOTHING, &mut c));
        let flops = 2.0 * (size[0] * size[1] * size[2]) as f64 / time.as_secs_f64();
        Self { flops, bytes: HashMap::new() }
    }

    /// The least time of a step that takes `flops` FLOPs, and reads and writes `bytes` bytes.
    pub(crate) fn floor(&mut self, flops: u64, bytes: usize) -> Duration {
        let size = bytes.max(1 << 12).next_power_of_two().min(1 << 27);
        let rate = *self.bytes.entry(size.ilog2()).or_insert_with(|| reading_rate(size));
        Duration::from_secs_f64((flops as f64 / self.flops).max(bytes as f64 / rate))
    }
}

/// Bytes that are read in a second from memory of this size.
fn reading_rate(size: usize) -> f64 {
    let elements = vec![1.0f32; size / size_of::<f32>()];
    let time = fastest(|| {
        std::hint::black_box(reduce::sum(&elements));
    });
    size as f64 / time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_grows_with_work_and_with_bytes() {
        let mut roofline = Roofline::measure();
        let idle = roofline.floor(0, 0);
        let (computes, reads) = (roofline.floor(1 << 40, 1), roofline.floor(1, 1 << 40));
        assert!(idle < computes && idle < reads, "{idle:?}, {computes:?}, {reads:?}");
    }
}

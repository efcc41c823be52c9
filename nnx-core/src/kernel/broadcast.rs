//! Loops over an operand that is broadcast. It is repeated in a block that stays in the L1 cache, so that the loop of an
//! operation needs no other form for it.

use crate::kernel::scratch;
use super::elementwise::BLOCK;
use super::parallel;

/// How an operand is broadcast.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Broadcast {
    /// It has all elements.
    None,
    /// One element for all.
    Scalar,
    /// A row of this many elements, the same for every row.
    Row(usize),
    /// One element for each row of this many elements.
    Column(usize),
}

/// A loop over chunks of both. A trait of its own, as in `elementwise`.
trait BroadcastLoop<A, B>: Sync {
    fn run(&self, start: usize, out: &mut [A], b: &[B]);
}
impl<A, B, F: Fn(usize, &mut [A], &[B]) + Sync> BroadcastLoop<A, B> for F {
    fn run(&self, start: usize, out: &mut [A], b: &[B]) {
        self(start, out, b);
    }
}

/// Calls `f(start, out, b)` with chunks of `out`, where they start, and as many elements of `b`, which may be broadcast.
#[inline(always)]
pub(crate) fn with_broadcast<A: Send, B: Copy + Sync + 'static>(
    out: &mut [A],
    b: &[B],
    how: Broadcast,
    f: impl Fn(usize, &mut [A], &[B]) + Sync,
) {
    with_broadcast_dyn(out, b, how, &f);
}

#[inline(never)]
fn with_broadcast_dyn<A: Send, B: Copy + Sync + 'static>(
    out: &mut [A],
    b: &[B],
    how: Broadcast,
    f: &dyn BroadcastLoop<A, B>,
) {
    // All chunks of `out`, with the same elements of `b` for each.
    let repeat = |start: usize, out: &mut [A], b: &[B]| {
        for (i, out) in out.chunks_mut(b.len()).enumerate() {
            f.run(start + i * b.len(), out, &b[..out.len()]);
        }
    };
    match how {
        Broadcast::None => {
            assert_eq!(b.len(), out.len(), "zip: lengths differ");
            parallel::elements(out, |range, out| f.run(range.start, out, &b[range]));
        }
        Broadcast::Scalar => parallel::elements(out, |range, out| {
            repeat(range.start, out, &scratch::filled(out.len().min(BLOCK), b[0]));
        }),
        Broadcast::Row(width) => {
            assert_whole_rows(out.len(), width);
            parallel::rows(out, width, |first, rows| {
                let copies = (rows.len() / width).min(BLOCK / width);
                if copies > 1 {
                    let copies = (0..copies).flat_map(|_| &b[..width]).copied();
                    repeat(first * width, rows, &scratch::collected(copies));
                } else {
                    repeat(first * width, rows, &b[..width]);
                }
            });
        }
        Broadcast::Column(width) => {
            assert_whole_rows(out.len(), width);
            assert!(b.len() >= out.len() / width, "zip: one element for each row");
            parallel::rows(out, width, |first, rows| {
                let mut block = scratch::filled(rows.len().min(BLOCK), b[first]);
                // Long rows one by one, and as many short rows at once as fit a block.
                let step = width * (block.len() / width).max(1);
                for (i, rows) in rows.chunks_mut(step).enumerate() {
                    let row = first + i * (step / width);
                    for (block, &b) in block.chunks_mut(width).zip(&b[row..]) {
                        block.fill(b);
                    }
                    repeat(row * width, rows, &block[..block.len().min(step)]);
                }
            });
        }
    }
}

fn assert_whole_rows(elements: usize, width: usize) {
    assert!(width > 0 && elements.is_multiple_of(width), "zip: not whole rows");
}

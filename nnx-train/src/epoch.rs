//! One pass over a data set, as an iterator that makes batches one by one.

use std::fmt;

use nnx_core::size::Size;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use crate::shift::{Shift, push_shifted};
use crate::{Batches, ImageBatch};

/// The batches of one epoch, made one by one.
///
/// ```
/// use nnx_core::size::U1;
/// use nnx_train::ImageSet;
///
/// let set = ImageSet::<U1, U1, U1>::new(vec![0; 5], vec![0; 5])?;
/// let mut epoch = set.batches(3)?.shuffled(0);
/// assert_eq!(epoch.len(), 2);
/// assert_eq!(epoch.next().unwrap().len(), 3);
/// assert_eq!(epoch.len(), 1);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
pub struct Epoch<'a, H: Size, W: Size, Classes: Size> {
    batches: Batches<'a, H, W, Classes>,
    table: [f32; 256],
    order: Vec<usize>,
    done: usize,
    rng: Xoshiro256PlusPlus,
}

impl<'a, H: Size, W: Size, Classes: Size> Epoch<'a, H, W, Classes> {
    pub(crate) fn new(
        batches: Batches<'a, H, W, Classes>,
        mut order: Vec<usize>,
        rng: Xoshiro256PlusPlus,
    ) -> Self {
        order.truncate(batches.images());
        Self { table: batches.normalize.table(), batches, order, done: 0, rng }
    }

    fn draw_shift(&mut self) -> Shift {
        let most = self.batches.max_shift;
        let mut draw = || self.rng.random_range(0..=2 * most).cast_signed() - most.cast_signed();
        Shift { down: draw(), right: draw() }
    }
}

impl<H: Size, W: Size, Classes: Size> Iterator for Epoch<'_, H, W, Classes> {
    type Item = ImageBatch<H, W>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.order.len().min(self.done + self.batches.size);
        let count = end - self.done;
        if count == 0 {
            return None;
        }
        let set = self.batches.set;
        let mut pixels = Vec::with_capacity(count * H::USIZE * W::USIZE);
        let mut labels = Vec::with_capacity(count);
        for position in self.done..end {
            let index = self.order[position];
            let shift = self.draw_shift();
            push_shifted(set.image(index), W::USIZE, shift, &self.table, &mut pixels);
            labels.push(i32::from(set.labels()[index]));
        }
        self.done = end;
        Some(ImageBatch::new(pixels, labels))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.order.len() - self.done).div_ceil(self.batches.size);
        (left, Some(left))
    }
}

impl<H: Size, W: Size, Classes: Size> ExactSizeIterator for Epoch<'_, H, W, Classes> {}

/// Says how far it is, not the order of all images.
impl<H: Size, W: Size, Classes: Size> fmt::Debug for Epoch<'_, H, W, Classes> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut epoch = f.debug_struct("Epoch");
        epoch.field("batches", &self.batches).field("done", &self.done).finish_non_exhaustive()
    }
}

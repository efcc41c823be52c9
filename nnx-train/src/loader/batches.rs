//! The iterator over batches.

use std::fmt;
use std::sync::Arc;

use super::Position;
use super::batcher::Made;
use super::plan::Plan;
use super::prefetch::Prefetch;
use crate::{DataError, Skipped};

/// The batches of an epoch, or of all epochs, one by one; made by [`Loader::epoch`](crate::Loader::epoch),
/// [`from_step`](crate::Loader::from_step) and [`resume`](crate::Loader::resume).
///
/// After an error there are no more batches.
pub struct Batches<B> {
    plan: Arc<dyn Plan<B>>,
    epoch: u64,
    /// The batch to come next.
    next: u64,
    endless: bool,
    maker: Option<Maker<B>>,
    skipped: Skipped,
    /// The items of the batch that was given last.
    items: usize,
    failed: bool,
}

/// Makes the batches of one epoch: on this thread, from the order of its items, or ahead, on worker threads.
enum Maker<B> {
    Here(Arc<Vec<usize>>),
    Ahead(Prefetch<Made<B>>),
}

impl<B: Send + 'static> Batches<B> {
    pub(crate) fn new(plan: Arc<dyn Plan<B>>, epoch: u64, next: u64, endless: bool) -> Self {
        let skipped = Skipped::default();
        Self { plan, epoch, next, endless, maker: None, skipped, items: 0, failed: false }
    }

    /// The position of the next batch. Batches that workers have made ahead don't count.
    pub fn position(&self) -> Position {
        self.plan.position_to_save(self.epoch, self.next)
    }

    /// The same without digests.
    pub(crate) fn place(&self) -> Position {
        self.plan.position(self.epoch, self.next)
    }

    /// The errors of the items that were left out so far; see [`Loader::skip_broken`](crate::Loader::skip_broken).
    pub fn skipped(&self) -> &Skipped {
        &self.skipped
    }

    /// The items of the batch that was given last: on one of several ranks those of its part.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// Makes the next batch of this epoch; none after the last.
    fn make(&mut self) -> Option<Made<B>> {
        let steps = self.plan.steps();
        if self.next >= steps {
            self.maker = None;
            if !self.endless {
                return None;
            }
            (self.epoch, self.next) = (self.epoch.wrapping_add(1), 0);
        }
        let (epoch, next) = (self.epoch, self.next);
        let plan = &self.plan;
        let maker = self.maker.get_or_insert_with(|| {
            let order = Arc::new(plan.order(epoch));
            let (workers, ahead) = plan.workers();
            let (plan, here) = (Arc::clone(plan), Arc::clone(&order));
            let make = move |index| plan.batch(epoch, index, &order);
            let threads = Prefetch::start(next..steps, workers, ahead, make);
            threads.map_or(Maker::Here(here), Maker::Ahead)
        });
        self.next += 1;
        Some(match maker {
            Maker::Here(order) => plan.batch(epoch, next, order),
            Maker::Ahead(prefetch) => prefetch.take(),
        })
    }
}

impl<B: Send + 'static> Iterator for Batches<B> {
    type Item = Result<B, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut empty = 0;
        while !self.failed {
            let made = self.make()?;
            self.skipped.add(&made.skipped);
            self.items = made.items;
            match made.batch {
                Ok(Some(batch)) => return Some(Ok(batch)),
                // An epoch without a single batch would loop forever.
                Ok(None) if empty == self.plan.steps() => {
                    self.failed = true;
                    return Some(Err(
                        crate::LoadingError::AllBroken(self.skipped.to_string()).into()
                    ));
                }
                Ok(None) => empty += 1,
                Err(error) => {
                    self.failed = true;
                    self.maker = None;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.plan.steps().saturating_sub(self.next) as usize;
        match (self.failed, self.endless) {
            (true, _) => (0, Some(0)),
            (false, true) => (0, None),
            // Batches whose items are all broken are left out.
            (false, false) => (0, Some(left)),
        }
    }
}

/// Prints the position, not the order of all items.
impl<B> fmt::Debug for Batches<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("epoch", &self.epoch)
            .field("next", &self.next)
            .field("steps", &self.plan.steps())
            .finish_non_exhaustive()
    }
}

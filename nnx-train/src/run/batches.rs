//! The batches of a run, until there is a reason to stop.

use std::sync::Arc;
use std::time::Duration;

use super::Run;
use crate::{Batches, DataError, Interrupt, LoadingError, Position, Stop, TrainError};

impl<B: Send + 'static> Run<'_, B> {
    /// The next batch to train on; none when the run is over.
    ///
    /// # Errors
    /// A batch that can't be made.
    pub fn next_batch(&mut self) -> Result<Option<B>, TrainError> {
        self.start();
        self.stop = self.stop.take().or_else(|| self.reason_to_stop());
        let mut empty = false;
        while self.stop.is_none() {
            let position = self.position;
            let plan = &self.plan;
            let batches = self.batches.get_or_insert_with(|| {
                Batches::new(Arc::clone(plan), position.epoch, position.batch, false)
            });
            if let Some(batch) = batches.next() {
                let batch = batch?;
                self.position = batches.place();
                self.own_items = batches.items();
                self.batch = (position.epoch, self.position.batch);
                let count = self.plan.count(&batch);
                self.count = count.unwrap_or_else(|| self.items_of(self.position.batch));
                return Ok(Some(batch));
            }
            // The epoch is over. It may have had no batches, if all items were left out.
            if std::mem::replace(&mut empty, true) {
                self.skipped.add(batches.skipped());
                return Err(
                    DataError::from(LoadingError::AllBroken(self.skipped.to_string())).into()
                );
            }
            self.next_epoch();
            self.stop = self.reason_to_stop();
        }
        Ok(None)
    }

    pub(super) fn next_epoch(&mut self) {
        if let Some(batches) = self.batches.take() {
            self.skipped.add(batches.skipped());
        }
        self.position = self.plan.position(self.position.epoch + 1, 0);
    }

    pub(super) fn reason_to_stop(&self) -> Option<Stop> {
        let Position { epoch, .. } = self.position;
        if self.settings.limit.is_reached(self.step, epoch) {
            Some(Stop::Finished)
        } else if self.settings.dry && self.step >= self.first_step + 2 {
            Some(Stop::DryRun)
        } else if let Some(stop) = self.outside_reason() {
            Some(stop)
        } else if self.settings.is_out_of_patience() {
            Some(Stop::NoImprovement)
        } else {
            None
        }
    }

    /// A reason that other ranks may not have: an interrupt, or the time. Several ranks have agreed on it.
    fn outside_reason(&self) -> Option<Stop> {
        match &self.agreed {
            Some(agreed) => agreed.stop.clone(),
            None => self.own_reason(),
        }
    }

    /// An interrupt of this process, or its time.
    pub(super) fn own_reason(&self) -> Option<Stop> {
        let elapsed = self.clock.as_ref().map_or(Duration::ZERO, |clock| clock.started.elapsed());
        if self.settings.interrupt.as_ref().is_some_and(Interrupt::is_requested) {
            return Some(Stop::Interrupted);
        }
        self.settings.time_limit.is_some_and(|limit| elapsed >= limit).then_some(Stop::TimeLimit)
    }

    /// The items of a batch, by its number from 1.
    fn items_of(&self, batch: u64) -> usize {
        let Position { items, batch_size, .. } = self.position;
        usize::try_from(items.saturating_sub((batch - 1) * batch_size).min(batch_size))
            .unwrap_or(usize::MAX)
    }
}

//! A run on one of several ranks.

use super::Run;
use crate::loader::Plan;
use crate::{Collective, Stop, TrainError};

/// The reason to end that ranks have agreed on, if there is one.
#[derive(Debug, Default)]
pub(super) struct Agreed {
    pub(super) stop: Option<Stop>,
}

impl<B: Send + 'static> Run<'_, B> {
    /// In a loop by hand on several ranks, before each [`next_batch`](Self::next_batch): ends all ranks after the same step
    /// where one of them is interrupted or has reached its time limit. Without it each rank would end by itself, and the
    /// others would wait for it. A [`Trainer`](crate::Trainer) does it.
    ///
    /// # Errors
    /// If a rank has ended.
    pub fn agree(&mut self, ranks: &(impl Collective + ?Sized)) -> Result<(), TrainError> {
        self.start();
        let own = self.own_reason().map_or(0, |stop| if stop == Stop::Interrupted { 2 } else { 1 });
        let all = ranks.all_gather(&[own])?;
        self.set_agreed(match all.iter().flatten().max() {
            Some(2) => Some(Stop::Interrupted),
            Some(1) => Some(Stop::TimeLimit),
            _ => None,
        });
        Ok(())
    }

    pub(crate) fn set_agreed(&mut self, stop: Option<Stop>) {
        self.agreed = Some(Agreed { stop });
        self.stop = self.stop.take().or_else(|| self.reason_to_stop());
    }

    /// The reason to end that this rank has, and that others may not have.
    pub(crate) fn asks_to_stop(&self) -> Option<Stop> {
        self.own_reason()
    }

    /// The items of this rank's part of the last batch.
    pub(crate) fn own_items(&self) -> usize {
        self.own_items
    }

    /// Takes this rank's part of each batch. Only the first rank records.
    pub(crate) fn share(&mut self, ranks: &dyn Collective) -> Result<(), TrainError> {
        let own = (ranks.rank(), ranks.size());
        if self.plan.shard() != own {
            if self.plan.shard().1 > 1 {
                return Err(TrainError::Setting(
                    "the loader is sharded for other ranks than those of `distributed`; leave `sharded` out, as the trainer does it",
                ));
            }
            self.plan = self.plan.sharded(own.0, own.1)?;
        }
        if own.0 > 0 {
            self.settings.recorders.clear();
        }
        self.agreed = Some(Agreed::default());
        Ok(())
    }

    pub(crate) fn plan(&self) -> &dyn Plan<B> {
        &*self.plan
    }
}

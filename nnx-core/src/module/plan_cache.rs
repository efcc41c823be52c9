//! The plans of a compiled model, or of a symbolic program, for inputs of several sizes.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use crate::program::Plan;

/// The most plans that are kept.
const MOST_PLANS: usize = 64;

/// Plans by what they are for: `K`, such as the sizes of the inputs. Several threads may use one cache.
pub(crate) struct PlanCache<K>(RwLock<Plans<K>>);

struct Plans<K> {
    found: HashMap<K, Arc<Plan>>,
    /// The plans, the oldest first.
    order: VecDeque<K>,
}

impl<K> Default for PlanCache<K> {
    fn default() -> Self {
        Self(RwLock::new(Plans { found: HashMap::new(), order: VecDeque::new() }))
    }
}

impl<K: Hash + Eq + Clone> PlanCache<K> {
    /// The plan for `key`.
    pub(crate) fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<Arc<Plan>>
    where
        K: Borrow<Q>,
    {
        self.0.read().unwrap_or_else(PoisonError::into_inner).found.get(key).cloned()
    }

    /// Adds a plan. If there are too many, the oldest one is dropped.
    pub(crate) fn insert(&self, key: K, plan: Arc<Plan>) {
        let mut plans = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if plans.found.insert(key.clone(), plan).is_none() {
            plans.order.push_back(key);
        }
        if plans.order.len() > MOST_PLANS
            && let Some(oldest) = plans.order.pop_front()
        {
            plans.found.remove(&oldest);
        }
    }

    /// The number of plans.
    pub(crate) fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).found.len()
    }
}

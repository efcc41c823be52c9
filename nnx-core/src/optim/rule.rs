//! What is done to each element, and how it is run on a block of them.

use std::fmt::Debug;
use std::ops::Range;

use crate::kernel::{Float, vectorize_small};

/// What is done to each element of an update, with `N` slots.
///
/// ```
/// use nnx_core::kernel::Float;
/// use nnx_core::optim::{Chain, Rule};
///
/// /// The sign of the gradient alone (`optax.sign_sgd`).
/// #[derive(Debug, Clone, Copy)]
/// struct Sign;
///
/// impl Rule<0> for Sign {
///     const SLOTS: [&str; 0] = [];
///     fn element<E: Float>(&self, _step: u64) -> impl Fn(E, E, [E; 0]) -> (E, [E; 0]) + Copy + Send + Sync + 'static {
///         |gradient: E, _parameter, slots| {
///             let sign = if gradient > E::ZERO { E::ONE } else if gradient < E::ZERO { -E::ONE } else { gradient };
///             (sign, slots)
///         }
///     }
/// }
/// let rule = Chain::new().then(Sign);
/// # let _ = rule;
/// ```
pub trait Rule<const N: usize>: Copy + Debug + Send + Sync + 'static {
    /// The names of the slots.
    const SLOTS: [&'static str; N];

    /// Refuses settings that make no sense, such as NaN, when the rule is put into a chain.
    ///
    /// # Panics
    /// On such a setting, with its name and what was expected. By default it refuses nothing.
    #[track_caller]
    fn check(&self) {}

    /// What the slots start with.
    fn start(&self) -> [f64; N] {
        [0.0; N]
    }

    /// The rule of one step, counted from 0: of an update, its parameter and its slots, the new update and
    /// the new slots.
    fn element<E: Float>(
        &self,
        step: u64,
    ) -> impl Fn(E, E, [E; N]) -> (E, [E; N]) + Copy + Send + Sync + 'static;
}

/// A rule on one block of elements: old updates, parameters, new updates, and slots one after the other, of
/// which the block is the range.
pub(super) type OnBlock<E> =
    Box<dyn Fn(&[E], &[E], &mut [E], &mut [&mut [E]], Range<usize>) + Send + Sync>;

/// A rule at a step, for elements of any type.
pub(super) trait Waiting: Send + Sync {
    fn for_f32(&self) -> OnBlock<f32>;
    fn for_f64(&self) -> OnBlock<f64>;
}

/// A rule at a step.
pub(super) struct At<R, const N: usize> {
    pub(super) rule: R,
    pub(super) step: u64,
}

impl<R: Rule<N>, const N: usize> At<R, N> {
    fn on_block<E: Float>(&self) -> OnBlock<E> {
        let element = self.rule.element::<E>(self.step);
        Box::new(move |old, params, new, slots, range| {
            let length = range.len();
            let mut slots = slots.iter_mut();
            let mut slots: [&mut [E]; N] =
                std::array::from_fn(|_| &mut slots.next().expect("`N` slots")[range.clone()]);
            let (old, params, new) = (&old[..length], &params[..length], &mut new[..length]);
            // The rule and the slots by value: behind a reference they might be what the loop writes,
            // and would be read again for every element, one at a time.
            vectorize_small::<E, _>(
                #[inline(always)]
                move || {
                    for i in 0..length {
                        let before = std::array::from_fn(|slot| slots[slot][i]);
                        let (update, after) = element(old[i], params[i], before);
                        new[i] = update;
                        for (slot, after) in slots.iter_mut().zip(after) {
                            slot[i] = after;
                        }
                    }
                },
            );
        })
    }
}

impl<R: Rule<N>, const N: usize> Waiting for At<R, N> {
    fn for_f32(&self) -> OnBlock<f32> {
        self.on_block()
    }
    fn for_f64(&self) -> OnBlock<f64> {
        self.on_block()
    }
}

/// The rule for the type of elements.
pub(super) trait For: Float {
    fn rule(waiting: &dyn Waiting) -> OnBlock<Self>;
}
impl For for f32 {
    fn rule(waiting: &dyn Waiting) -> OnBlock<Self> {
        waiting.for_f32()
    }
}
impl For for f64 {
    fn rule(waiting: &dyn Waiting) -> OnBlock<Self> {
        waiting.for_f64()
    }
}

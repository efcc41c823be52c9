//! Errors of data sets, batches and positions.

/// An error of a data set, a batch or a position; a variant of [`DataError`](crate::DataError).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadingError {
    /// An index that the set doesn't have.
    #[error("there is no item {index} in a set of {len}; indices are from 0 to less than {len}")]
    Index {
        /// The index.
        index: usize,
        /// Number of items.
        len: usize,
    },

    /// A set without items.
    #[error("the set has no items; nothing can be learned or measured from an empty set")]
    Empty,

    /// A batch of no items.
    #[error("batches of 0 items from a set of {len}; choose a size of at least 1")]
    BatchSize {
        /// Number of items in the set.
        len: usize,
    },

    /// The only batch would be dropped.
    #[error(
        "batches of {size} items from {len}, of which the last is dropped, so that none is left; choose a \
         size from 1 to {len}, or keep the last batch"
    )]
    NoBatch {
        /// The requested size.
        size: usize,
        /// Number of items in an epoch.
        len: usize,
    },

    /// A batch with too few items for all ranks.
    #[error(
        "batches of {size} items from a set of {len} can't be shared among {ranks} ranks; choose batches and a set of at least \
         {ranks} items, or fewer ranks"
    )]
    Shards {
        /// Number of items in a batch.
        size: usize,
        /// Number of items in the set.
        len: usize,
        /// Number of ranks.
        ranks: usize,
    },

    /// A rank's part of a batch has no item that can be read.
    #[error(
        "rank {rank} of {ranks} has no item of a batch, as all of its part are broken ({skipped}); leave broken items out of \
         the set by `without_broken`, or choose larger batches"
    )]
    EmptyPart {
        /// The rank.
        rank: usize,
        /// The number of ranks.
        ranks: usize,
        /// What was left out.
        skipped: String,
    },

    /// A split with an empty part.
    #[error(
        "a share of {share} of {len} items leaves nothing on one side; choose one above 0 and below 1, \
         such as 0.1"
    )]
    Share {
        /// The requested share.
        share: f64,
        /// Number of items.
        len: usize,
    },

    /// Two sets that are read side by side have different sizes.
    #[error(
        "{left} items on the left, {right} on the right; sets that are zipped are equally long"
    )]
    Zip {
        /// Number of items on the left.
        left: usize,
        /// Number of items on the right.
        right: usize,
    },

    /// The number of weights, classes or lengths isn't that of the items.
    #[error("{found} {what} for a set of {len} items; give one for each item")]
    Count {
        /// Which of them: weights, classes or lengths.
        what: &'static str,
        /// How many.
        found: usize,
        /// Number of items.
        len: usize,
    },

    /// A weight is negative, infinite or NaN.
    #[error(
        "weight {weight} of item {index}; weights are finite and at least 0, and their sum is above 0 and finite"
    )]
    Weight {
        /// The weight.
        weight: f64,
        /// The index of the item.
        index: usize,
    },

    /// A label that isn't one of the classes.
    #[error(
        "label {label}, expected less than {classes} (the number of classes); \
         check the data, or use a Label<dim!({})>",
        label.saturating_add(1)
    )]
    Label {
        /// The label.
        label: usize,
        /// Number of classes according to the type.
        classes: usize,
    },

    /// Items of different sizes in one batch.
    #[error(
        "item {item} of the batch has the sizes {found}, the first has {expected}; \
         give items equal sizes, or pad them: Sequence"
    )]
    Ragged {
        /// The index of the item in its batch.
        item: usize,
        /// Its sizes.
        found: String,
        /// The sizes of the first item.
        expected: String,
    },

    /// The position was saved from a loader with different settings.
    #[error(
        "the position is that of a loader with {what} {found}, but this one has {expected}; resume with the \
         data, batch size and seed that the run was started with"
    )]
    Position {
        /// The setting that differs.
        what: &'static str,
        /// The value in the position.
        found: u64,
        /// The value of the loader.
        expected: u64,
    },

    /// A position of a loader with another order of the items.
    #[error(
        "the position is that of a loader with another order of the items; resume with the sampler, weights, classes or \
         lengths that the run was started with"
    )]
    PositionOrder,

    /// A position of a loader with other items.
    #[error(
        "the position is that of a loader with other items: they, or how they are changed, differ in at least one of those \
         that were compared; resume with the data that the run was started with, or add `without_digest()` to the loader if \
         items are made anew each time"
    )]
    PositionContents,

    /// Broken items are left out, and an epoch has no other.
    #[error("no item of an epoch can be read: {0}")]
    AllBroken(
        /// The errors of the items that were left out.
        String,
    ),
}

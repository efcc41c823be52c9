//! Why ranks can't go on together.

/// Why ranks can't go on together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CollectiveError {
    /// A rank has ended while others wait for it.
    #[error("rank {rank} of {size} has ended while the others wait for it; its own error says why")]
    Lost {
        /// The rank.
        rank: usize,
        /// The number of ranks.
        size: usize,
    },

    /// Ranks give different numbers of values.
    #[error(
        "rank {rank} gives {found} bytes where rank 0 gives {expected}; all ranks need the same model, and the same \
         calls in the same order"
    )]
    Lengths {
        /// The rank.
        rank: usize,
        /// The number of bytes of rank 0.
        expected: usize,
        /// Its number of bytes.
        found: usize,
    },

    /// Ranks make different calls.
    #[error(
        "rank {rank} calls `{found}` where rank 0 calls `{expected}`; all ranks make the same calls in the same order, \
         unless one has failed: then its own error says why"
    )]
    Calls {
        /// The rank.
        rank: usize,
        /// The call of rank 0.
        expected: &'static str,
        /// Its call.
        found: &'static str,
    },

    /// A rank runs another program.
    #[error("rank {rank} has {what} {found}, but rank 0 has {expected}; {fix}")]
    Differs {
        /// The rank.
        rank: usize,
        /// What differs.
        what: String,
        /// The value of rank 0.
        expected: String,
        /// Its value.
        found: String,
        /// What to do.
        fix: String,
    },

    /// A rank has failed, and so all end.
    #[error("rank {rank} of {size} has failed: {message}")]
    Failed {
        /// The rank.
        rank: usize,
        /// The number of ranks.
        size: usize,
        /// Its error.
        message: String,
    },

    /// MPI can't be used.
    #[error("MPI can't be started: {0}")]
    Mpi(String),
}

impl CollectiveError {
    /// An error unless all ranks give as many bytes as rank 0.
    pub(super) fn check_lengths(lengths: impl Iterator<Item = usize>) -> Result<(), Self> {
        let mut lengths = lengths.enumerate();
        let expected = lengths.next().map_or(0, |(_, length)| length);
        match lengths.find(|(_, length)| *length != expected) {
            Some((rank, found)) => Err(Self::Lengths { rank, expected, found }),
            None => Ok(()),
        }
    }
}

//! Why there is no symbolic program, or none for some lengths.

/// A symbolic program that can't be recorded, or lengths for which there is no program.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SymbolicError {
    /// Recordings of other lengths differ by more than sizes that are polynomials of them.
    #[error(
        "the program isn't one of any length: {place}: {problem}; record a program for each length, or take other lengths by \
         `Length::multiple_of`"
    )]
    Differs {
        /// Where: the step with its operation, or the part of the program.
        place: String,
        /// The problem.
        problem: String,
    },
    /// Lengths for which there is no program.
    #[error("the symbolic program {problem}")]
    Lengths {
        /// What it takes, and what was found.
        problem: String,
    },
}

//! What a product does with its output before it leaves the cache: a bias, and elementwise functions (the epilogue of
//! a fused product; oneDNN's post-ops).

use std::fmt::Debug;

/// Elementwise functions of an output, applied while parts of it are in a cache.
#[allow(unreachable_pub, reason = "named by a sealed trait, which is public")]
pub trait PostOps<E>: Debug + Sync {
    /// Updates the elements of the output from `offset` on. Each element is passed once, when it is complete.
    fn run(&self, offset: usize, out: &mut [E]);
}

/// What follows the sums of a product.
#[derive(Debug, Clone, Copy)]
pub struct Finish<'a, E> {
    /// Added to each row; an element for each column.
    pub(crate) bias: Option<&'a [E]>,
    /// Applied last.
    pub(crate) post: Option<&'a dyn PostOps<E>>,
}

impl<'a, E> Finish<'a, E> {
    /// Nothing.
    pub(crate) const NOTHING: Self = Self { bias: None, post: None };

    /// A bias, if there is one.
    pub(crate) fn bias(bias: Option<&'a [E]>) -> Self {
        Self { bias, post: None }
    }

    /// For some columns of the output, from `from` on.
    pub(crate) fn of_columns(&self, from: usize, columns: usize) -> Self {
        Self { bias: self.bias.map(|bias| &bias[from..][..columns]), ..*self }
    }

    /// Applies what follows the bias to the elements from `offset` on.
    pub(crate) fn post(&self, offset: usize, out: &mut [E]) {
        if let Some(post) = self.post {
            post.run(offset, out);
        }
    }
}

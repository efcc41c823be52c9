//! What becomes of a product's sums before they are written.

use super::matrix::{Layout, Output};
use crate::kernel::Float;

/// What follows a product while its elements are still at hand: `C = f(A B + bias + residual)`.
#[derive(Debug, Clone, Copy)]
pub struct Epilogue<'a, E> {
    /// One number for each column.
    pub(crate) bias: Option<&'a [E]>,
    /// A matrix of the product's size, with contiguous rows.
    pub(crate) residual: Option<Layout<'a, E>>,
    /// The function of each element.
    pub(crate) activation: Activation<'a, E>,
}

/// A function of each element, as the last step of a product.
#[cfg_attr(not(test), allow(dead_code, reason = "what layers may fuse; tests hold all of it"))]
#[derive(Clone, Copy)]
pub(crate) enum Activation<'a, E> {
    None,
    /// 0 where `x <= 0`, else `x`.
    Relu,
    /// Any other: it is given pieces of rows while these are in the nearest caches.
    Each(&'a (dyn Fn(&mut [E]) + Sync)),
}

impl<E> std::fmt::Debug for Activation<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Relu => "Relu",
            Self::Each(_) => "Each",
        })
    }
}

impl<'a, E: Float> Epilogue<'a, E> {
    /// The sums as they are.
    pub(crate) const NONE: Self = Self { bias: None, residual: None, activation: Activation::None };

    /// Panics if an operand doesn't have the product's size.
    pub(crate) fn check(&self, rows: usize, columns: usize) {
        if let Some(bias) = self.bias {
            assert_eq!(bias.len(), columns, "a bias for each of {columns} columns");
        }
        if let Some(residual) = self.residual {
            assert_eq!(residual.column, 1, "rows of a residual are contiguous");
            residual.check(rows, columns);
        }
    }

    /// What belongs to the part of the product from (row, column) on, with so many columns.
    #[inline]
    pub(super) fn part(&self, [row, column]: [usize; 2], columns: usize) -> Self {
        Self {
            bias: self.bias.map(|bias| &bias[column..][..columns]),
            residual: self.residual.map(|residual| residual.from(row, column)),
            activation: self.activation,
        }
    }

    /// All steps, on elements that have been written: where a product has no tiles.
    pub(super) fn apply(&self, c: &mut Output<'_, E>) {
        for i in 0..c.rows() {
            let row = c.row(i);
            if let Some(bias) = self.bias {
                row.iter_mut().zip(bias).for_each(|(x, &bias)| *x += bias);
            }
            if let Some(residual) = self.residual {
                let residual = &residual.data[i * residual.row..];
                row.iter_mut().zip(residual).for_each(|(x, &residual)| *x += residual);
            }
            if let Activation::Relu = self.activation {
                row.iter_mut().for_each(|x| *x = if *x <= E::ZERO { E::ZERO } else { *x });
            }
        }
        self.apply_last(c);
    }

    /// The step that tiles leave to their caller.
    pub(super) fn apply_last(&self, c: &mut Output<'_, E>) {
        if let Activation::Each(function) = self.activation {
            for i in 0..c.rows() {
                function(c.row(i));
            }
        }
    }
}

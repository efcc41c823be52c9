//! B of a gather GEMM, packed in panels: a panel has the columns of one tile, of all rows of B.
//!
//! The microkernel reads the same few columns of one row of B after the other. In a row-major matrix these are a whole row
//! apart, 2 KB for 512 columns, so that every second row is on another page, where the CPU doesn't prefetch. In a panel
//! they are adjacent.

use super::{GatherOperands, panel_width};
use crate::kernel::aligned::Aligned;
use crate::kernel::level::{Kernel, Level, Simd};

/// The least number of elements that are worth packing: fewer stay in L2.
const MIN_ELEMENTS: usize = 64 * 1024;

/// B of a gather GEMM whose row `p` is row `p` of a matrix: all rows of the first columns, then of the next ones.
pub(crate) struct PackedRows {
    elements: Aligned,
    row: usize,
}

impl PackedRows {
    /// Whether a matrix of this size is packed.
    pub(crate) fn suits(rows: usize, columns: usize) -> bool {
        rows.saturating_mul(columns) >= MIN_ELEMENTS
    }

    /// Packs `b`, row-major with this number of columns.
    pub(crate) fn new(b: &[f32], columns: usize) -> Self {
        Level::active().run(Pack { b, columns })
    }

    /// The panels, for [`GatherOperands::b`].
    pub(crate) fn elements(&self) -> &[f32] {
        &self.elements
    }

    /// The elements between two rows, for [`GatherOperands::panel`].
    pub(crate) fn row(&self) -> usize {
        self.row
    }
}

/// [`PackedRows::new`] for a level.
pub(super) struct Pack<'a> {
    pub(super) b: &'a [f32],
    pub(super) columns: usize,
}

impl Kernel for Pack<'_> {
    type Output = PackedRows;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> PackedRows {
        let Self { b, columns } = self;
        let panels = panels::<S>(columns);
        let widest = panels.clone().map(|(_, width)| width).max().unwrap_or(0);
        // Whole vectors, so that rows don't straddle cache lines.
        let (k, row) = (b.len() / columns, widest.next_multiple_of(S::LANES));
        let mut elements = Aligned::zeroed(panels.clone().count() * k * row, "packed weights");
        for ((column, width), panel) in panels.zip(elements.chunks_exact_mut(k * row)) {
            for (from, to) in b.chunks_exact(columns).zip(panel.chunks_exact_mut(row)) {
                to[..width].copy_from_slice(&from[column..][..width]);
            }
        }
        PackedRows { elements, row }
    }
}

/// The first column and the width of each panel.
fn panels<S: Simd>(columns: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    let mut column = 0;
    std::iter::from_fn(move || {
        let (first, width) = (column, panel_width::<S>(columns - column, false));
        column += width;
        (width > 0).then_some((first, width))
    })
}

/// Panics unless all panels are within B. [`GatherOperands::check`] has passed.
pub(super) fn check<S: Simd>(x: GatherOperands<'_, f32>, row: usize) {
    let k = x.k_offsets.len();
    let panels = panels::<S>(x.columns).inspect(|(_, width)| assert!(*width <= row)).count();
    let packed = k.checked_mul(row).and_then(|panel| panel.checked_mul(panels));
    assert!(!x.depthwise && packed == Some(x.b.len()), "all panels are within B");
    let last = x.k_offsets.iter().map(|offset| offset.b).max();
    assert!(last.is_none_or(|last| last + row <= k * row), "all rows are within their panel");
}

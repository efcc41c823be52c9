//! Gather GEMM: a matrix product whose operands are addressed through lists of offsets.
//!
//! ```text
//! C[out_offsets[i] + j] = Σ over p of  A[row_offsets[i] + k_offsets[p].a] B[k_offsets[p].b + j]
//! ```
//!
//! It computes convolutions as implicit GEMM (Chetlur et al. 2014, "cuDNN: Efficient Primitives for Deep
//! Learning"). The im2col matrix of an image has a row for each output position, and its elements have the
//! same offsets from the window's first pixel in every row. So a convolution and both of its gradients read
//! images in place, and no im2col matrix is written. In a depthwise convolution the element of A moves with
//! the column: `A[row_offsets[i] + k_offsets[p].a + j]`.
//!
//! **Summation order.** k is split into k-blocks of equal length, at most 384. The products of a k-block
//! are added in order, starting from 0, or for the first k-block from the bias. Then the sums of the
//! k-blocks are added in order.
//!
//! It shares the [`microkernel`](super::microkernel) with [`gemm`](super::gemm), whose elements are constant
//! strides apart. GEMM passes no lists of offsets: loading an offset for each k takes more instructions, and
//! a dense product would have to build the lists first. The loops around the microkernel differ too.
//! [`gemm`](super::gemm) packs operands into contiguous panels; here the lists already say where they are. A large B
//! that serves many products is packed once, see [`PackedRows`]: the rows of a panel are otherwise pages apart.

mod packed;
mod panel;
#[cfg(test)]
mod tests;

pub(crate) use self::packed::PackedRows;
use self::panel::Panel;
use super::Float;
use super::level::{Kernel, Level, Simd, vectorize};
use super::microkernel::{self, Epilogue};

/// The longest k-block: the microkernel sums one in registers before it adds the sums to C.
const KC: usize = 384;

/// An index along k: the offset of the element of A from the start of its row, and the offset of the row of B.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KOffset {
    pub(crate) a: usize,
    pub(crate) b: usize,
}

/// The operands, and the offsets of their elements.
#[derive(Debug, Clone, Copy)]
pub struct GatherOperands<'a, E> {
    pub(crate) a: &'a [E],
    pub(crate) b: &'a [E],
    /// The offset of each row of A.
    pub(crate) row_offsets: &'a [usize],
    pub(crate) k_offsets: &'a [KOffset],
    pub(crate) columns: usize,
    /// The elements between two rows of a panel, if B is that of [`PackedRows`].
    pub(crate) panel: Option<usize>,
    /// Whether the element of A moves with the column, as in a depthwise convolution.
    pub(crate) depthwise: bool,
}

/// The initial value of the sums.
#[derive(Debug, Clone, Copy)]
pub enum Init<'a, E> {
    Zero,
    /// The bias: an element for each column.
    Bias(&'a [E]),
    /// The present elements of C, to which the product is added.
    Output,
}

/// A float type with a gather GEMM on one thread.
pub trait GatherGemm: Sized {
    /// Computes the product; row `i` of C starts at `out_offsets[i]`. Rows of C must not overlap.
    ///
    /// Panics if an offset is out of the range of its slice.
    #[doc(hidden)]
    fn gather_gemm(
        x: GatherOperands<'_, Self>,
        c: &mut [Self],
        out_offsets: &[usize],
        init: Init<'_, Self>,
    );
}

impl GatherGemm for f32 {
    #[inline]
    fn gather_gemm(
        x: GatherOperands<'_, f32>,
        c: &mut [f32],
        out_offsets: &[usize],
        init: Init<'_, f32>,
    ) {
        Level::active().run(SerialGather { x, c, out_offsets, init });
    }
}

impl GatherGemm for f64 {
    fn gather_gemm(
        x: GatherOperands<'_, f64>,
        c: &mut [f64],
        out_offsets: &[usize],
        init: Init<'_, f64>,
    ) {
        reference(x, c, out_offsets, init);
    }
}

impl<'a, E> Init<'a, E> {
    /// The bias, or zero without one.
    pub(crate) fn bias(bias: Option<&'a [E]>) -> Self {
        bias.map_or(Self::Zero, Self::Bias)
    }
}

impl<E: Float> Init<'_, E> {
    /// Writes the initial value to a row of C.
    fn write(&self, row: &mut [E]) {
        match self {
            Self::Zero => row.fill(E::ZERO),
            Self::Bias(bias) => row.copy_from_slice(bias),
            Self::Output => {}
        }
    }
}

impl<E> GatherOperands<'_, E> {
    /// Panics if an element of an operand, of the bias or of C is out of the range of its slice.
    fn check(&self, c: &[E], out_offsets: &[usize], init: Init<'_, E>) {
        if let Init::Bias(bias) = init {
            assert_eq!(bias.len(), self.columns, "a bias for each column");
        }
        assert_eq!(self.row_offsets.len(), out_offsets.len(), "an output offset for each row");
        let a_columns = if self.depthwise { self.columns } else { 1 };
        let a = self.k_offsets.iter().map(|offset| offset.a).max().unwrap_or(0);
        let b = self.k_offsets.iter().map(|offset| offset.b).max().unwrap_or(0);
        let row = max_offset(self.row_offsets);
        let exceeds = |offsets: [usize; 3], length: usize| {
            offsets.into_iter().try_fold(0usize, usize::checked_add).is_none_or(|end| end > length)
        };
        let no_rows = self.row_offsets.is_empty();
        let empty = self.k_offsets.is_empty() || no_rows || self.columns == 0;
        let b_columns = self.panel.unwrap_or(self.columns);
        assert!(empty || !exceeds([a, row, a_columns], self.a.len()), "an offset beyond A");
        assert!(empty || !exceeds([b, 0, b_columns], self.b.len()), "an offset beyond B");
        let out = max_offset(out_offsets);
        assert!(no_rows || !exceeds([out, 0, self.columns], c.len()), "a row beyond C");
    }
}

/// The largest offset, or 0.
fn max_offset(offsets: &[usize]) -> usize {
    vectorize(|| offsets.iter().copied().fold(0, usize::max))
}

/// The scalar reference implementation; also the kernel of `f64`.
fn reference<E: Float>(
    x: GatherOperands<'_, E>,
    c: &mut [E],
    out_offsets: &[usize],
    init: Init<'_, E>,
) {
    x.check(c, out_offsets, init);
    assert_eq!(x.panel, None, "rows of f32 alone are packed");
    for (&row, &out) in x.row_offsets.iter().zip(out_offsets) {
        let c = &mut c[out..][..x.columns];
        init.write(c);
        for &KOffset { a, b } in x.k_offsets {
            let a = &x.a[row + a..];
            for (j, (c, &b)) in c.iter_mut().zip(&x.b[b..]).enumerate() {
                *c += a[if x.depthwise { j } else { 0 }] * b;
            }
        }
    }
}

/// The product of `f32`, on one thread.
struct SerialGather<'a, 'c> {
    x: GatherOperands<'a, f32>,
    c: &'c mut [f32],
    out_offsets: &'a [usize],
    init: Init<'a, f32>,
}

impl Kernel for SerialGather<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { x, c, out_offsets, init } = self;
        x.check(c, out_offsets, init);
        if let Some(row) = x.panel {
            packed::check::<S>(x, row);
        }
        if x.k_offsets.is_empty() {
            out_offsets.iter().for_each(|&out| init.write(&mut c[out..][..x.columns]));
        }
        // SAFETY: `check` found all offsets within their slices, and a bias of `columns` elements; `packed::check` found
        // all panels within B.
        unsafe { k_blocks(simd, x, c, out_offsets, init) };
    }
}

/// The loops around the microkernel: over k-blocks, over panels of a few vectors of columns, and over tiles
/// of rows. The rows of B of a k-block stay in L1 or L2 across all rows of A.
///
/// # Safety
/// [`GatherOperands::check`] has passed with these arguments, and [`packed::check`] if B is packed.
unsafe fn k_blocks<S: Simd>(
    simd: S,
    x: GatherOperands<'_, f32>,
    c: &mut [f32],
    out_offsets: &[usize],
    init: Init<'_, f32>,
) {
    let count = x.k_offsets.len().div_ceil(KC).max(1);
    let kc = x.k_offsets.len().div_ceil(count).max(1);
    for (block, k_offsets) in x.k_offsets.chunks(kc).enumerate() {
        let (bias, add) = match init {
            _ if block > 0 => (None, true),
            Init::Zero => (None, false),
            Init::Bias(bias) => (Some(bias), false),
            Init::Output => (None, true),
        };
        let (mut column, mut index) = (0, 0);
        while column < x.columns {
            let b = x.panel.map_or(column, |row| index * x.k_offsets.len() * row);
            let width = panel_width::<S>(x.columns - column, x.depthwise);
            let bias = bias.map(|bias| &bias[column..][..width]);
            let mut row = 0;
            while row < x.row_offsets.len() {
                let x = GatherOperands { k_offsets, ..x };
                let panel = Panel { x, row, column, b, width, epilogue: Epilogue { add, bias } };
                // SAFETY: `x` has some of the k offsets that the caller has checked, and the panel some columns.
                row += unsafe { panel.run(simd, c, out_offsets) };
            }
            column += width;
            index += 1;
        }
    }
}

/// The width of the next panel when `columns` are left: as in GEMM, but four vectors if all panels can have
/// four, so that whole rows of B are read. A depthwise product loads both factors for each FMA, and one
/// vector of many rows is fastest.
fn panel_width<S: Simd>(columns: usize, depthwise: bool) -> usize {
    let wide = panel::max_vectors::<S>() == 4 && columns.div_ceil(S::LANES).is_multiple_of(4);
    match depthwise {
        true => columns.min(S::LANES),
        false if wide => columns.min(4 * S::LANES),
        false => microkernel::panel_width::<S>(columns),
    }
}

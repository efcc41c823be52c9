//! QR decomposition by Householder reflections.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_left_in_place_scratch,
    apply_block_householder_sequence_on_the_left_in_place_with_conj,
};
use faer::linalg::qr::no_pivoting::factor::{
    qr_in_place, qr_in_place_scratch, recommended_block_size,
};
use faer::{Conj, Mat, Par};

use super::{all_finite, matrix, write};

/// The factors of `A = Q R` of (m, n) with m at least n: `Q` of (m, n), followed by `R` of (n, n).
pub(crate) fn qr(a: &[f64], [m, n]: [usize; 2], out: &mut [f64]) {
    if !all_finite(a) {
        return out.fill(f64::NAN);
    }
    let mut factors = matrix(a, m);
    let block = recommended_block_size::<f64>(m, n);
    let mut reflections = Mat::zeros(block, n);
    let scratch = qr_in_place_scratch::<f64>(m, n, block, Par::Seq, Default::default());
    let mut memory = MemBuffer::new(scratch);
    qr_in_place(
        factors.as_mut(),
        reflections.as_mut(),
        Par::Seq,
        MemStack::new(&mut memory),
        Default::default(),
    );
    let (of_q, of_r) = out.split_at_mut(m * n);
    write(factors.as_ref().subrows(0, n), of_r);
    for (i, row) in of_r.chunks_exact_mut(n).enumerate() {
        row[..i].fill(0.0);
    }
    let mut q = Mat::identity(m, n);
    let scratch = apply_block_householder_sequence_on_the_left_in_place_scratch::<f64>(m, block, n);
    let mut memory = MemBuffer::new(scratch);
    apply_block_householder_sequence_on_the_left_in_place_with_conj(
        factors.as_ref(),
        reflections.as_ref(),
        Conj::No,
        q.as_mut(),
        Par::Seq,
        MemStack::new(&mut memory),
    );
    write(q.as_ref(), of_q);
}

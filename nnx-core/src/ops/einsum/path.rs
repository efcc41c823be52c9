//! The order in which an einsum contracts its operands.
//!
//! The cost of contracting a pair is the product of the sizes of all axes that it has, which is the number of
//! multiplications, and the number of elements of its result.

use super::Axes;
use crate::array::MAX_RANK;

/// The most operands for which all orders are compared: 3^8 pairs of sets of operands.
const OPTIMAL: usize = 8;

/// Pairs to contract, in order: each result is appended to the list of operands. `axes` are those
/// of the operands, `sizes` those of the axes. `None` if in every order that is considered a result has too many axes.
pub(super) fn path(axes: &[Axes], output: Axes, sizes: &[usize]) -> Option<Vec<(usize, usize)>> {
    match axes.len() {
        0 | 1 => Some(Vec::new()),
        2..=OPTIMAL => optimal(axes, output, sizes),
        _ => greedy(axes, output, sizes),
    }
}

/// The number of elements of a tensor with these axes.
#[allow(clippy::cast_precision_loss, reason = "a cost that is compared")]
fn elements(axes: Axes, sizes: &[usize]) -> f64 {
    let chosen = sizes.iter().enumerate().filter(|(name, _)| axes & 1 << name != 0);
    chosen.map(|(_, &size)| size as f64).product()
}

fn fits(axes: Axes) -> bool {
    axes.count_ones() as usize <= MAX_RANK
}

/// A set of operands, one bit for each, that has been contracted to one tensor.
#[derive(Clone, Copy)]
struct Contracted {
    cost: f64,
    axes: Axes,
    /// The set of operands on the left of the last pair.
    left: usize,
}

/// The cheapest order of all: for each set of operands the cheapest last pair, sets in ascending order.
fn optimal(axes: &[Axes], output: Axes, sizes: &[usize]) -> Option<Vec<(usize, usize)>> {
    let all = (1_usize << axes.len()) - 1;
    let union = |operands: usize| {
        let chosen = axes.iter().enumerate().filter(|(i, _)| operands & 1 << i != 0);
        chosen.fold(0, |union, (_, &axes)| union | axes)
    };
    let none = Contracted { cost: f64::INFINITY, axes: 0, left: 0 };
    let mut best = vec![none; all + 1];
    for operands in 1..=all {
        let kept = union(operands) & (output | union(all & !operands));
        if operands.is_power_of_two() {
            best[operands] = Contracted { cost: 0.0, axes: kept, left: 0 };
            continue;
        }
        let own = elements(kept, sizes);
        // All subsets that contain the lowest operand, so that each pair of subsets occurs once.
        let mut left = (operands - 1) & operands;
        while left > 0 && fits(kept) {
            let (a, b) = (best[left], best[operands & !left]);
            let cost = a.cost + b.cost + own + elements(a.axes | b.axes, sizes);
            if left & operands & operands.wrapping_neg() != 0 && cost < best[operands].cost {
                best[operands] = Contracted { cost, axes: kept, left };
            }
            left = (left - 1) & operands;
        }
    }
    let mut pairs = Vec::new();
    (best[all].cost < f64::INFINITY).then(|| {
        list(&best, all, axes.len(), &mut pairs);
        pairs
    })
}

/// Appends the pairs that contract a set of operands, in order, so that the last pair gives the result. Returns the
/// index of the resulting tensor.
fn list(
    best: &[Contracted],
    operands: usize,
    count: usize,
    pairs: &mut Vec<(usize, usize)>,
) -> usize {
    if operands.is_power_of_two() {
        return operands.trailing_zeros() as usize;
    }
    let left = best[operands].left;
    let pair = (list(best, left, count, pairs), list(best, operands & !left, count, pairs));
    pairs.push(pair);
    count + pairs.len() - 1
}

/// Always the pair whose result has the fewest elements more than both operands; of several, the cheapest.
fn greedy(axes: &[Axes], output: Axes, sizes: &[usize]) -> Option<Vec<(usize, usize)>> {
    let mut tensors: Vec<Option<Axes>> = axes.iter().copied().map(Some).collect();
    let mut pairs = Vec::new();
    for _ in 1..axes.len() {
        let mut best: Option<((f64, f64), (usize, usize), Axes)> = None;
        let remaining: Vec<(usize, Axes)> =
            tensors.iter().enumerate().filter_map(|(i, axes)| axes.map(|axes| (i, axes))).collect();
        for (at, &(i, a)) in remaining.iter().enumerate() {
            for &(j, b) in &remaining[at + 1..] {
                let others = remaining.iter().filter(|(k, _)| ![i, j].contains(k));
                let kept = (a | b) & others.fold(output, |all, (_, axes)| all | axes);
                let growth = elements(kept, sizes) - elements(a, sizes) - elements(b, sizes);
                let cost = (growth, elements(a | b, sizes));
                if fits(kept) && best.is_none_or(|(least, ..)| cost < least) {
                    best = Some((cost, (i, j), kept));
                }
            }
        }
        let (_, (i, j), kept) = best?;
        (tensors[i], tensors[j]) = (None, None);
        tensors.push(Some(kept));
        pairs.push((i, j));
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The multiplications of a path, and the most axes of a result.
    fn cost(axes: &[Axes], output: Axes, sizes: &[usize], pairs: &[(usize, usize)]) -> (f64, u32) {
        let mut tensors: Vec<Option<Axes>> = axes.iter().copied().map(Some).collect();
        let (mut sum, mut most) = (0.0, 0);
        for &(i, j) in pairs {
            let (a, b) = (tensors[i].take().expect("once"), tensors[j].take().expect("once"));
            let kept = (a | b) & tensors.iter().flatten().fold(output, |all, axes| all | axes);
            (sum, most) = (sum + elements(a | b, sizes), most.max(kept.count_ones()));
            tensors.push(Some(kept));
        }
        assert_eq!(tensors.iter().flatten().count(), 1, "one result");
        (sum, most)
    }

    /// A chain of matrices: `(n0, n1), (n1, n2), ..`
    fn chain(count: usize) -> (Vec<Axes>, Axes) {
        ((0..count).map(|i| 0b11 << i).collect(), 1 | 1 << count)
    }

    #[test]
    fn a_chain_of_matrices_is_multiplied_from_its_narrow_end() {
        let (axes, output) = chain(3);
        assert_eq!(path(&axes, output, &[1, 100, 100, 100]), Some(vec![(0, 1), (3, 2)]));
        assert_eq!(path(&axes, output, &[100, 100, 100, 1]), Some(vec![(1, 2), (0, 3)]));
    }

    #[test]
    fn the_textbook_chain_of_six_matrices_costs_15125() {
        // The example of Cormen et al., Introduction to Algorithms, section 15.2.
        let (axes, output) = chain(6);
        let sizes = [30, 35, 15, 5, 10, 20, 25];
        let pairs = path(&axes, output, &sizes).expect("a path");
        assert_eq!(cost(&axes, output, &sizes, &pairs).0, 15125.0);
    }

    #[test]
    fn many_operands_are_contracted_without_large_results() {
        let (axes, output) = chain(20);
        let sizes: Vec<usize> = (0..=20).map(|i| 2 + i * 7 % 5).collect();
        let pairs = path(&axes, output, &sizes).expect("a path");
        let (sum, most) = cost(&axes, output, &sizes, &pairs);
        assert!(most == 2 && sum < 20.0 * 216.0, "{sum} multiplications, {most} axes");
    }

    #[test]
    fn results_of_too_many_axes_are_avoided_or_refused() {
        // Operands of 6 axes: the first two together have 12, but each has 4 in common with one of the others.
        let axes =
            [0b1111_1100_0000, 0b0000_0011_1111, 0b1111_0000_0000_0000 | 0b1111_0000_0000, 0b1111];
        let output = 0b1111_0000_0011_0000 | 0b1100_0000;
        let pairs = path(&axes, output, &[2; 16]).expect("a path");
        assert!(cost(&axes, output, &[2; 16], &pairs).1 <= 8);
        // Operands that share no axis.
        assert_eq!(path(&[0b11_1111, 0b11_1111 << 6], 0b1111_1111_1111, &[2; 12]), None);
        let many: Vec<Axes> = (0..12).map(|i| 1 << i).collect();
        assert_eq!(path(&many, 0b1111_1111_1111, &[2; 12]), None);
    }

    #[test]
    fn sizes_beyond_every_memory_and_of_zero_have_a_path() {
        let (axes, output) = chain(4);
        assert!(path(&axes, output, &[usize::MAX; 5]).is_some());
        assert!(path(&axes, output, &[0; 5]).is_some());
    }
}

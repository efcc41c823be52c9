//! Operations on arrays of any rank.

use nnx_core::array::Array;
use nnx_core::ops::{Affine, Comparison, DynTensor, PadMode};

use super::{Case, Draw, case, product};

/// Operations on arrays of random sizes.
pub(super) fn arrays(draw: &mut Draw, list: &mut Vec<Case>) {
    let one = |mut list: Vec<DynTensor>| list.remove(0);
    let rank = 1 + draw.below(4);
    let dims = draw.mild(rank);
    let axis = draw.below(rank);
    let with = |axis: usize, size: u128| -> Option<Vec<usize>> {
        let mut sizes = dims.clone();
        sizes[axis] = usize::try_from(size).ok()?;
        Some(sizes)
    };
    let without: Vec<usize> = (0..rank).filter(|&i| i != axis).map(|i| dims[i]).collect();

    let rank_of_target = draw.below(5);
    let target = draw.sizes(rank_of_target);
    let same = product(&target) == product(&dims);
    let to = target.clone();
    case! { list; format!("reshape {target:?}");
    [&dims] => same.then(|| target.clone()), Some(1.0); vec![];
    move |x| one(x).reshape(&to) }

    let stretched: Vec<usize> = (draw.one_in(2).then(|| draw.size()).into_iter())
        .chain(dims.iter().map(|&size| if size == 1 { draw.size() } else { size }))
        .collect();
    let to = stretched.clone();
    case! { list; format!("broadcast_to {to:?}");
    [&dims] => Some(stretched), Some(1.0); vec![];
    move |x| one(x).broadcast_to(&to) }

    let (start, length) = (draw.size(), draw.size());
    let fits = start as u128 + length as u128 <= dims[axis] as u128;
    case! { list; format!("slice {axis}, {start}, {length}");
    [&dims] => fits.then(|| with(axis, length as u128).expect("a usize")), Some(1.0); vec![];
    move |x| one(x).slice(axis, start, length) }

    let (front, behind) = (draw.size(), draw.size());
    let padded = with(axis, front as u128 + dims[axis] as u128 + behind as u128)
        .filter(|sizes| isize::try_from(sizes[axis]).is_ok());
    let padded_by_itself = padded.clone().filter(|_| dims[axis] > 0);
    case! { list; format!("pad {axis}, {front}, {behind}");
    [&dims] => padded, None; vec![];
    move |x| one(x).pad(axis, front, behind) }

    if let Some(padded) = padded_by_itself {
        // The indices are a list of `usize`.
        let indices = vec![padded[axis].saturating_mul(2)];
        case! { list; format!("pad_with {axis}, {front}, {behind}");
        [&dims] => Some(padded), Some(1.0); vec![indices];
        move |x| one(x).pad_with(axis, front, behind, PadMode::Wrap) }
    }

    let times = draw.size();
    let repeated = with(axis, dims[axis] as u128 * times as u128);
    case! { list; format!("repeat {axis}, {times}");
    [&dims] => repeated.filter(|sizes| isize::try_from(sizes[axis]).is_ok()), Some(1.0); vec![];
    move |x| one(x).repeat(axis, times) }

    let other = with(axis, draw.size() as u128).expect("a usize");
    let total = with(axis, dims[axis] as u128 + other[axis] as u128);
    case! { list; format!("concat {axis}");
    [&dims, &other] => total.filter(|sizes| isize::try_from(sizes[axis]).is_ok()), Some(1.0); vec![];
    move |x| DynTensor::concat(x, axis).unwrap_or_else(|error| panic!("{error}")) }

    let mut order: Vec<usize> = (0..rank).collect();
    order.rotate_left(axis);
    let permuted = order.iter().map(|&i| dims[i]).collect();
    case! { list; format!("permute {order:?}");
    [&dims] => Some(permuted), Some(1.0); vec![];
    move |x| one(x).permute(&order) }

    #[allow(clippy::cast_precision_loss, reason = "exact below 2^24")]
    let count = dims[axis] as f32;
    case! { list; format!("sum {axis}");
    [&dims] => Some(without.clone()), Some(count); vec![];
    move |x| one(x).sum(&[axis]) }
    case! { list; "sum_all".to_owned();
    [&dims] => Some(vec![]), None; vec![];
    move |x| one(x).sum_all() }
    case! { list; format!("mean {axis}");
    [&dims] => Some(without.clone()), (dims[axis] > 0).then_some(1.0); vec![];
    move |x| one(x).mean(&[axis]) }
    case! { list; format!("max {axis}");
    [&dims] => (dims[axis] > 0).then(|| without.clone()), Some(1.0); vec![];
    move |x| one(x).max(&[axis]) }
    case! { list; format!("variance {axis}");
    [&dims] => Some(without.clone()), (dims[axis] > 0).then_some(0.0); vec![];
    move |x| one(x).var(&[axis], 0) }
    case! { list; format!("layer_norm {axis}");
    [&dims] => Some(dims.clone()), Some(0.0); vec![];
    move |x| one(x).layer_norm(&[axis], 1e-5, Affine::default()) }
    let last = dims[rank - 1];
    case! { list; "layer_norm with a scale".to_owned();
        [&dims, &[last]] => Some(dims.clone()), Some(0.0); vec![];
        move |mut x| {
        let scale = Some(x.remove(1));
        one(x).layer_norm(&[rank - 1], 1e-5, Affine { scale, bias: None })
    } }
    case! { list; "softmax".to_owned();
    [&dims] => Some(dims.clone()), None; vec![];
    move |x| one(x).softmax() }
    case! { list; "logsumexp".to_owned();
    [&dims] => Some(dims[..rank - 1].to_vec()), None; vec![];
    move |x| one(x).logsumexp() }
    case! { list; "exp, compared".to_owned();
        [&dims] => Some(dims.clone()), Some(1.0); vec![];
        move |x| {
        let x = one(x).exp();
        let full = |value: f32| DynTensor::from(Array::full(value, &x.dims()));
        let mask = x.clone().compare(Comparison::Greater, full(0.0));
        mask.select(full(1.0), x.clone())
    } }
    let column: Vec<usize> = dims[..rank - 1].iter().copied().chain([1]).collect();
    case! { list; "add, broadcast".to_owned();
    [&column, &[last]] => Some(dims.clone()), Some(2.0); vec![];
    move |mut x| x.remove(0) + x.remove(0) }

    let rows = draw.size();
    let picked: Vec<usize> = [rows].iter().chain(&dims[1..]).copied().collect();
    case! { list; format!("gather {rows}");
    [&dims] => (dims[0] > 0 || rows == 0).then_some(picked), Some(1.0); vec![vec![rows]];
    move |x| one(x).gather(Array::full(0i32, &[rows]).into()) }
    let width = draw.size();
    let put = dims.iter().copied().chain([width]).collect();
    case! { list; format!("put {width}");
        [&dims] => (width > 0 || dims.contains(&0)).then_some(put), None; vec![];
        move |x| {
        let x = one(x);
        let indices = Array::full(0i32, &x.dims()).into();
        x.put(indices, width)
    } }

    // A long sum is correct, but would take too long.
    let inner = if draw.one_in(4) { draw.size() } else { draw.below(4) };
    if inner <= 1 << 16 {
        let (m, n) = (draw.size(), draw.size());
        let work = [m, inner, n];
        #[allow(clippy::cast_precision_loss, reason = "exact below 2^24")]
        let value = Some(inner as f32);
        case! { list; format!("matmul {work:?}");
        [&[m, inner], &[inner, n]] => Some(vec![m, n]), value; vec![];
        |mut x| x.remove(0).matmul(x.remove(0)) }
        let b = draw.size();
        case! { list; format!("matmul {b} {work:?}");
        [&[b, m, inner], &[b, inner, n]] => Some(vec![b, m, n]), value; vec![vec![b, 2]];
        |mut x| x.remove(0).matmul(x.remove(0)) }
        case! { list; format!("linear {b} {work:?}");
        [&[b, m, inner], &[inner, n], &[n]] => Some(vec![b, m, n]), value.map(|value| value + 1.0); vec![];
        |mut x| x.remove(0).linear(x.remove(0), Some(x.remove(0))) }
        case! { list; format!("einsum {b} {work:?}");
            [&[b, m, inner], &[inner, n]] => Some(vec![n, b, m]), value; vec![];
            |mut x| {
            let y = DynTensor::einsum("bmk,kn->nbm", vec![x.remove(0), x.remove(0)]);
            y.unwrap_or_else(|error| panic!("{error}"))
        } }
    }
}

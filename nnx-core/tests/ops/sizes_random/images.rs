//! Operations on images of one or two spatial axes, under windows of which few numbers are huge.

use nnx_core::ops::DynTensor;
use nnx_core::size::AxisWindow;

use super::{Case, Draw, MOST, case, product};
use crate::numbers::window;

/// Operations on images of one or two spatial axes.
pub(super) fn images(draw: &mut Draw, list: &mut Vec<Case>) {
    let one = |mut list: Vec<DynTensor>| list.remove(0);
    let axes = 1 + draw.below(2);
    let x = draw.mild(axes + 2);
    let (batch, sizes, channels) = (x[0], x[1..=axes].to_vec(), x[axes + 1]);
    let image = |sizes: &[usize], channels: usize| -> Vec<usize> {
        [batch].iter().chain(sizes).chain([&channels]).copied().collect()
    };

    let factors = draw.sizes(axes);
    let upsampled: Option<Vec<usize>> = (sizes.iter().zip(&factors))
        .map(|(&n, &factor)| n.checked_mul(factor).filter(|&n| isize::try_from(n).is_ok()))
        .collect();
    let by = factors.clone();
    case! { list; format!("upsample {factors:?}");
    [&x] => upsampled.map(|sizes| image(&sizes, channels)), Some(1.0); vec![];
    move |x| one(x).upsample(&by) }

    let target = draw.sizes(axes);
    let resized = sizes.iter().zip(&target).all(|(&n, &size)| n == size || n > 0);
    // Axes are resized in turn: this is the shape after the first one.
    let halfway: Vec<usize> = target[..1].iter().chain(&sizes[1..]).copied().collect();
    // The indices are a list of `usize`.
    let indices = target.iter().map(|&size| vec![size.saturating_mul(2)]);
    let written = indices.chain([image(&halfway, channels)]).collect();
    let to = target.clone();
    case! { list; format!("resize_nearest {target:?}");
    [&x] => resized.then(|| image(&target, channels)), Some(1.0); written;
    move |x| one(x).resize_nearest(&to) }

    // Windows with few huge settings.
    let windows: Vec<[usize; 5]> = (0..axes)
        .map(|_| {
            let huge = draw.below(10);
            std::array::from_fn(|i| match i {
                _ if i == huge => draw.size(),
                0..3 => 1 + draw.below(3),
                _ => draw.below(3),
            })
        })
        .collect();
    let spans = windows.iter().zip(&sizes).map(|(&[size, stride, dilation, low, high], &n)| {
        let reach = (size.max(1) as u128 - 1) * dilation as u128 + 1;
        let padded = n as u128 + low as u128 + high as u128;
        let positions =
            padded.checked_sub(reach).map_or(0, |room| room / stride.max(1) as u128 + 1);
        (padded.max(reach), positions)
    });
    let spans: Vec<(u128, u128)> = spans.collect();
    let narrow = |size: u128| usize::try_from(size).unwrap_or(usize::MAX);
    let padded: Vec<usize> = spans.iter().map(|&(padded, _)| narrow(padded)).collect();
    let positions: Vec<usize> = spans.iter().map(|&(_, positions)| narrow(positions)).collect();
    let moves = windows.iter().all(|window| !window[..3].contains(&0));
    // A padded image that kernels might copy, some times and as f64, is refused if it doesn't fit into memory, also in
    // an empty batch.
    let one_image = |sizes: &[usize], channels: usize| -> Vec<usize> {
        [1].iter().chain(sizes).chain([&channels]).copied().collect()
    };
    let copied = product(&one_image(&padded, channels.max(1)));
    let room = copied.and_then(|n| n.checked_mul(8 * 32)).is_some_and(|bytes| bytes <= MOST);
    let gives = |channels: usize| (moves && room).then(|| image(&positions, channels));
    let written = one_image(&padded, channels.max(1));
    let row: Vec<AxisWindow> = windows.iter().copied().map(window).collect();
    let spread: [AxisWindow; 1] = [row[0]];
    if axes == 1 {
        let outputs = draw.below(3);
        let kernel = [windows[0][0], channels, outputs];
        case! { list; format!("conv {windows:?}");
        [&x, &kernel] => gives(outputs), None; vec![written.clone(), kernel.to_vec()];
        move |mut x| x.remove(0).conv(x.remove(0), None, spread, 1) }
        let kernel = [windows[0][0], outputs, channels];
        let (padded, length) = transposed(windows[0], sizes[0]).unwrap_or((u128::MAX, 0));
        let one_image = one_image(&[narrow(padded)], outputs.max(1));
        let room = product(&one_image).and_then(|n| n.checked_mul(8 * 32));
        let output =
            room.is_some_and(|bytes| bytes <= MOST).then(|| image(&[narrow(length)], outputs));
        case! { list; format!("conv_transpose {windows:?}");
        [&x, &kernel] => output, None; vec![one_image, kernel.to_vec()];
        move |mut x| x.remove(0).conv_transpose(x.remove(0), spread, 1, true) }
        case! { list; format!("max_pool {windows:?}");
        [&x] => gives(channels), None; vec![written.clone()];
        move |x| one(x).max_pool(spread) }
        case! { list; format!("avg_pool {windows:?}");
        [&x] => gives(channels), None; vec![written.clone()];
        move |x| one(x).avg_pool(spread, false) }
    } else {
        let both: [AxisWindow; 2] = [row[0], row[1]];
        case! { list; format!("sum_pool {windows:?}");
        [&x] => gives(channels), None; vec![written.clone()];
        move |x| one(x).sum_pool(both) }
    }
    let positive = !sizes.contains(&0) && !target.contains(&0);
    let fits =
        sizes.iter().zip(&target).all(|(n, size)| n.checked_mul(size.saturating_add(1)).is_some());
    // The gradient counts the elements of windows, of one image.
    let one_channel =
        |sizes: &[usize]| -> Vec<usize> { [1].iter().chain(sizes).chain([&1]).copied().collect() };
    let written = vec![one_channel(&target), one_channel(&sizes)];
    let output = (positive && fits).then(|| image(&target, channels));
    case! { list; format!("adaptive_avg_pool {target:?}");
    [&x] => output, Some(1.0); written;
    move |x| one(x).adaptive_avg_pool(&target) }
}

/// For a transposed convolution along an axis of size `n`: the size of the padded output, which is the input of the
/// convolution that is transposed, and the size of the output. `None` if there is none.
fn transposed([size, stride, dilation, low, high]: [usize; 5], n: usize) -> Option<(u128, u128)> {
    if [size, stride, dilation].contains(&0) {
        return None;
    }
    let most = (size as u128 - 1) * dilation as u128;
    if n == 0 {
        return Some((most + 1, 0));
    }
    // Padding beyond the window's extent is added at the end.
    let within = most.min(low as u128) + most.min(high as u128);
    let spread = (n as u128 - 1) * stride as u128 + 1;
    let length = (spread + within).saturating_sub(most);
    let padded = length + 2 * most - within;
    // Checks that the output size of that convolution is the input size of this one.
    let fits = padded == spread + most || (padded - most - 1) / stride as u128 == n as u128 - 1;
    let output = length + low as u128 + high as u128 - within;
    (fits && spread + within < 1 << 63 && output < 1 << 63).then_some((padded, output))
}

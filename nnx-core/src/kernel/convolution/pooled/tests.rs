use super::*;
use crate::kernel::convolution::{Geometry, forward};
use crate::kernel::parallel::threads::with_threads;
use crate::kernel::pooling::Coverage;

/// Twice an element, and its index among all elements.
#[derive(Debug)]
struct TwiceAndIndex;
impl PostOps<f32> for TwiceAndIndex {
    fn run(&self, offset: usize, out: &mut [f32]) {
        for (i, out) in out.iter_mut().enumerate() {
            *out = 2.0 * *out + ((offset + i) % 1000) as f32 * 1e-2;
        }
    }
}

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
}

/// Windows of `size` and `stride` over images, with `pad` zeros around them.
fn windows([height, width]: [usize; 2], size: usize, stride: usize, pad: usize) -> Geometry {
    let count = |input: usize| (input + 2 * pad - size) / stride + 1;
    Geometry {
        rank: 2,
        input: [1, height, width],
        output: [1, count(height), count(width)],
        kernel_size: [1, size, size],
        stride: [1, stride, stride],
        dilation: [1; 3],
        pad_before: [0, pad, pad],
    }
}

/// Channels in and out, groups, and the size, stride and padding of the kernel.
const KERNELS: [([usize; 3], [usize; 3]); 8] = [
    ([3, 5, 1], [3, 1, 1]),
    ([16, 24, 1], [3, 1, 1]),
    ([16, 16, 1], [3, 1, 0]),
    ([16, 17, 1], [3, 1, 2]),
    ([4, 6, 1], [1, 1, 0]),
    ([3, 8, 1], [5, 2, 2]),
    ([16, 16, 16], [3, 1, 1]),
    ([128, 96, 1], [3, 2, 1]),
];

/// Compares all ways to cut the images with the convolution and the pool by themselves.
fn compare(shape: &ConvShape, pool: ImagePool, images: usize, infinite: Option<usize>) -> usize {
    let g = &shape.geometry;
    let mut x = numbers(images * g.input.iter().product::<usize>() * shape.in_channels);
    if let Some(index) = infinite {
        x[index] = f32::INFINITY;
    }
    let points = g.kernel_size.iter().product::<usize>() * shape.in_channels / shape.groups;
    let (k, bias) = (numbers(points * shape.out_channels), numbers(shape.out_channels));
    let finish = Finish { bias: Some(&bias), post: Some(&TwiceAndIndex) };
    let image = g.output.iter().product::<usize>() * shape.out_channels;
    let mut between = vec![f32::NAN; images * image];
    forward(shape, &x, &k, finish, &mut between);
    let positions = pool.output().iter().product::<usize>();
    let mut expected = vec![f32::NAN; images * positions * shape.out_channels];
    pool.apply(shape.out_channels, &between, &mut expected);
    let prepared = PreparedKernel::new(shape, &k, images).expect("more than one channel");
    let conv = PooledConv { shape, prepared: &prepared, pool: &pool };
    let axis = g.output.iter().position(|&size| size != 1).unwrap_or(2);
    let mut cut = 0;
    for most in [1, 2, 3, 5].map(|parts| image / parts + 1).into_iter().chain([3 * image]) {
        for threads in [1, 3] {
            let blocks = with_threads(threads, || Blocks::new(&conv, images, most));
            let Some(blocks) = blocks else { continue };
            cut += usize::from(blocks.positions < pool.output()[axis]);
            let mut found = vec![f32::NAN; expected.len()];
            with_threads(threads, || conv.compute_blocks(blocks, [&x, &k], finish, &mut found));
            let same = found
                .iter()
                .zip(&expected)
                .all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
            assert!(same, "{shape:?}, {pool:?}, {images} images, {blocks:?}, {threads} threads");
        }
    }
    cut
}

#[test]
fn blocks_have_the_bits_of_a_convolution_and_a_pool_of_its_output() {
    let mut cut = 0;
    for ([in_channels, out_channels, groups], [size, stride, pad]) in KERNELS {
        for sizes in [[9, 8], [33, 12], [40, 7]] {
            let geometry = windows(sizes, size, stride, pad);
            let shape = ConvShape { geometry, in_channels, out_channels, groups };
            let between = [geometry.output[1], geometry.output[2]];
            let halves = Coverage::Window(windows(between, 2, 2, 0));
            let overlapping = Coverage::Window(windows(between, 3, 2, 1));
            let pools = [
                ImagePool::Max(halves),
                ImagePool::Max(overlapping),
                ImagePool::Sum(overlapping),
                ImagePool::Mean(overlapping, None),
                ImagePool::Mean(halves, Some(4)),
                ImagePool::MeanOfAll(geometry.output),
                ImagePool::SumOfAll(geometry.output),
            ];
            for (index, pool) in pools.into_iter().enumerate() {
                cut += compare(&shape, pool, 1 + index % 4, None);
            }
        }
    }
    assert!(cut > 100, "images are cut: {cut}");
}

#[test]
fn infinities_are_computed_as_without_blocks() {
    for ([in_channels, out_channels, groups], [size, stride, pad]) in KERNELS {
        let geometry = windows([25, 10], size, stride, pad);
        let shape = ConvShape { geometry, in_channels, out_channels, groups };
        let between = [geometry.output[1], geometry.output[2]];
        let pool = ImagePool::Max(Coverage::Window(windows(between, 2, 2, 0)));
        let elements = geometry.input.iter().product::<usize>() * in_channels;
        // In the middle of two images, and in a line that no window of the pool reads.
        for index in [elements, 2 * elements - 1] {
            compare(&shape, pool, 2, Some(index));
        }
    }
}

#[test]
fn an_image_is_cut_along_its_outermost_axis_alone() {
    // Each kernel has the height of the image: one line of outputs, whose inputs have three lines.
    let shape = |in_channels| ConvShape {
        geometry: windows([3, 60], 3, 1, 0),
        in_channels,
        out_channels: 16,
        groups: 1,
    };
    let pairs = Geometry { kernel_size: [1, 1, 2], stride: [1, 1, 2], ..windows([1, 58], 1, 1, 0) };
    let pairs = Geometry { output: [1, 1, 29], ..pairs };
    for in_channels in [3, 16] {
        let pool = ImagePool::Max(Coverage::Window(pairs));
        assert_eq!(compare(&shape(in_channels), pool, 2, None), 0);
    }
    // A padded pool makes two lines of one.
    let geometry = windows([1, 60], 1, 1, 0);
    let shape = ConvShape { geometry, in_channels: 4, out_channels: 16, groups: 1 };
    let padded = ImagePool::Max(Coverage::Window(windows([1, 60], 2, 1, 1)));
    assert_eq!(compare(&shape, padded, 2, None), 0);
}

#[test]
fn outputs_in_the_padding_alone_are_not_cut() {
    // Windows of the last lines read zeros alone.
    let mut geometry = windows([40, 6], 3, 1, 1);
    geometry.output[1] += 4;
    let shape = ConvShape { geometry, in_channels: 16, out_channels: 16, groups: 1 };
    let between = [geometry.output[1], geometry.output[2]];
    let pool = ImagePool::Max(Coverage::Window(windows(between, 2, 2, 0)));
    assert_eq!(compare(&shape, pool, 2, None), 0);
}

#[test]
fn an_image_that_does_not_fit_is_not_pooled_in_blocks_as_a_whole() {
    let shape = |sizes| ConvShape {
        geometry: windows(sizes, 3, 1, 1),
        in_channels: 3,
        out_channels: 64,
        groups: 1,
    };
    let (small, large) = (shape([30, 30]), shape([100, 100]));
    let mean = |shape: &ConvShape| ImagePool::MeanOfAll(shape.geometry.output);
    let fits = |shape: &ConvShape, pool: &ImagePool| {
        let points = shape.geometry.kernel_size.iter().product::<usize>() * shape.in_channels;
        let k = numbers(points * shape.out_channels);
        let prepared = PreparedKernel::new(shape, &k, 1).expect("more than one channel");
        PooledConv { shape, prepared: &prepared, pool }.fits()
    };
    assert!(fits(&small, &mean(&small)));
    assert!(!fits(&large, &mean(&large)));
    let halves = ImagePool::Max(Coverage::Window(windows([100, 100], 2, 2, 0)));
    assert!(fits(&large, &halves));
    // A line of this image alone is too large.
    let wide = shape([8, 3000]);
    let halves = ImagePool::Max(Coverage::Window(windows([8, 3000], 2, 2, 0)));
    assert!(!fits(&wide, &halves));
}

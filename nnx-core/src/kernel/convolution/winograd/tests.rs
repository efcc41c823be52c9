//! Every level against the direct convolution in `f64`, within the error bound of the module's
//! documentation.

use super::*;
use crate::kernel::convolution;
use crate::kernel::parallel::threads::with_threads;

/// Values in (-1, 1) whose pattern doesn't repeat with the sizes.
fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + seed * 104_729 + 17) % 2003) as f32 / 1001.5 - 1.0).collect()
}

fn geometry(
    [height, width]: [usize; 2],
    pad_before: [usize; 2],
    pad_after: [usize; 2],
) -> Geometry {
    let output =
        [height + pad_before[0] + pad_after[0] - 2, width + pad_before[1] + pad_after[1] - 2];
    Geometry {
        rank: 2,
        input: [1, height, width],
        output: [1, output[0], output[1]],
        kernel_size: [1, 3, 3],
        stride: [1; 3],
        dilation: [1; 3],
        pad_before: [0, pad_before[0], pad_before[1]],
    }
}

/// The operands of a convolution.
struct Case {
    shape: ConvShape,
    x: Vec<f32>,
    k: Vec<f32>,
    dy: Vec<f32>,
}

impl Case {
    fn new(images: usize, geometry: Geometry, [in_channels, out_channels]: [usize; 2]) -> Self {
        let pixels = |sizes: [usize; 3]| images * sizes.iter().product::<usize>();
        let x = values(pixels(geometry.input) * in_channels, 1);
        let k = values(9 * in_channels * out_channels, 2);
        let dy = values(pixels(geometry.output) * out_channels, 3);
        Self { shape: ConvShape { geometry, in_channels, out_channels, groups: 1 }, x, k, dy }
    }

    fn forward(&self) -> (WinogradPass<'_, f32>, Vec<f64>) {
        let mut y = vec![f64::NAN; self.dy.len()];
        convolution::forward(&self.shape, &wide(&self.x), &wide(&self.k), Finish::NOTHING, &mut y);
        (self.forward_with(Finish::NOTHING), y)
    }

    fn forward_with<'a>(&'a self, finish: Finish<'a, f32>) -> WinogradPass<'a, f32> {
        WinogradPass::Forward { x: &self.x, k: Weights::Points(&self.k), finish }
    }

    fn input_gradient(&self) -> (WinogradPass<'_, f32>, Vec<f64>) {
        let mut dx = vec![f64::NAN; self.x.len()];
        convolution::input_gradient(&self.shape, &wide(&self.dy), &wide(&self.k), &mut dx);
        (WinogradPass::InputGradient { dy: &self.dy, k: &self.k }, dx)
    }

    fn kernel_gradient(&self) -> (WinogradPass<'_, f32>, Vec<f64>) {
        let mut dk = vec![f64::NAN; self.k.len()];
        convolution::kernel_gradient(&self.shape, &wide(&self.x), &wide(&self.dy), &mut dk);
        (WinogradPass::KernelGradient { x: &self.x, dy: &self.dy }, dk)
    }
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

/// The largest error of a pass over all levels; the outputs start as NaN.
fn errors(case: &Case, (what, expected): (WinogradPass<'_, f32>, Vec<f64>)) -> f64 {
    let error_at = |level: Level| {
        let mut found = vec![f32::NAN; expected.len()];
        assert!(run(level, &case.shape, what, 1, &mut found), "{level:?}: Winograd applies");
        let differences = found.iter().zip(&expected).map(|(&x, y)| (f64::from(x) - y).abs());
        differences.fold(
            0.0,
            |worst: f64, error| if error > worst || error.is_nan() { error } else { worst },
        )
    };
    Level::all().into_iter().map(error_at).fold(0.0, f64::max)
}

const EPSILON: f64 = f32::EPSILON as f64;

#[test]
fn all_directions_are_within_the_bound_for_any_sizes_and_paddings() {
    let sizes = [[8, 8], [7, 9], [3, 11], [14, 5]];
    let paddings = [[[1, 1], [1, 1]], [[0, 0], [0, 0]], [[2, 0], [1, 2]], [[0, 1], [2, 0]]];
    for channels in (16..=67).step_by(3) {
        let [pad_before, pad_after] = paddings[channels % 4];
        let g = geometry(sizes[channels / 3 % 4], pad_before, pad_after);
        let case = Case::new(5, g, [channels, 83 - channels]);
        let bound =
            |terms: usize, others: usize| (terms as f64 + 12.0) * EPSILON * 81.0 * others as f64;
        let shape = case.shape;
        let positions = case.dy.len() / shape.out_channels;
        let error = errors(&case, case.forward());
        assert!(
            error <= bound(shape.in_channels, shape.in_channels),
            "{shape:?}: forward {error:e}"
        );
        let error = errors(&case, case.input_gradient());
        assert!(error <= bound(shape.out_channels, shape.out_channels), "{shape:?}: dx {error:e}");
        let error = errors(&case, case.kernel_gradient());
        assert!(error <= bound(positions, positions), "{shape:?}: dk {error:e}");
    }
}

/// The root of the mean squared error.
fn rms_error(found: &[f32], expected: &[f64]) -> f64 {
    let square = |(&x, y): (&f32, &f64)| (f64::from(x) - y).powi(2);
    (found.iter().zip(expected).map(square).sum::<f64>() / found.len() as f64).sqrt()
}

#[test]
fn errors_are_as_large_as_those_of_the_direct_convolution() {
    let case = Case::new(8, geometry([16, 16], [1, 1], [1, 1]), [64, 48]);
    let Case { shape, x, k, dy } = &case;
    // The same convolution, computed directly.
    let geometry = Geometry { dilation: [2, 1, 1], ..shape.geometry };
    let direct = ConvShape { geometry, ..*shape };
    let compare = |(what, expected): (WinogradPass<'_, f32>, Vec<f64>), found: &mut [f32]| {
        let error = rms_error(found, &expected);
        assert!(run(Level::active(), shape, what, 1, found));
        let ratio = rms_error(found, &expected) / error;

        assert!(ratio <= 3.0, "{ratio} times the error of the direct convolution");
    };
    let mut y = vec![f32::NAN; dy.len()];
    convolution::forward(&direct, x, k, Finish::NOTHING, &mut y);
    compare(case.forward(), &mut y);
    let mut dx = vec![f32::NAN; x.len()];
    convolution::input_gradient(&direct, dy, k, &mut dx);
    compare(case.input_gradient(), &mut dx);
    let mut dk = vec![f32::NAN; k.len()];
    convolution::kernel_gradient(&direct, x, dy, &mut dk);
    compare(case.kernel_gradient(), &mut dk);
}

#[test]
fn integers_are_exact_at_every_level() {
    let mut case = Case::new(3, geometry([9, 12], [1, 1], [1, 1]), [19, 33]);
    let whole = |x: &[f32], by: f32| -> Vec<f32> { x.iter().map(|x| (x * by).round()).collect() };
    (case.x, case.k, case.dy) = (whole(&case.x, 9.0), whole(&case.k, 5.0), whole(&case.dy, 6.0));
    assert_eq!(errors(&case, case.forward()), 0.0);
    assert_eq!(errors(&case, case.input_gradient()), 0.0);
    assert_eq!(errors(&case, case.kernel_gradient()), 0.0);

    let bias = whole(&values(33, 5), 7.0);
    let (_, mut expected) = case.forward();
    for (expected, bias) in expected.iter_mut().zip(bias.iter().cycle()) {
        *expected += f64::from(*bias);
    }
    let with_bias = case.forward_with(Finish::bias(Some(&bias)));
    assert_eq!(errors(&case, (with_bias, expected)), 0.0);
}

#[test]
fn infinities_and_nan_are_those_of_the_direct_convolution() {
    for special in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX] {
        let mut case = Case::new(2, geometry([9, 8], [1, 1], [1, 1]), [16, 17]);
        let (pixels, gradients) = (case.x.len(), case.dy.len());
        case.x[pixels / 3] = special;
        case.dy[gradients / 2] = special;
        let check = |found: &[f32], expected: Vec<f64>| {
            for (&x, y) in found.iter().zip(expected) {
                // Beyond the largest f32, both are infinite.
                let (same, near) = (f64::from(x) == f64::from(y as f32), (f64::from(x) - y).abs());
                assert!(
                    same || x.is_nan() && y.is_nan() || near <= 1e-4 * y.abs().max(1.0),
                    "{x} {y}"
                );
            }
        };
        let mut y = vec![0.0; gradients];
        convolution::forward(&case.shape, &case.x, &case.k, Finish::NOTHING, &mut y);
        check(&y, case.forward().1);
        let mut dx = vec![0.0; pixels];
        convolution::input_gradient(&case.shape, &case.dy, &case.k, &mut dx);
        check(&dx, case.input_gradient().1);
        let mut dk = vec![0.0; case.k.len()];
        convolution::kernel_gradient(&case.shape, &case.x, &case.dy, &mut dk);
        check(&dk, case.kernel_gradient().1);
        // Winograd reports that a result isn't finite, and the direct convolution computes everything again.
        for what in [case.forward().0, case.input_gradient().0, case.kernel_gradient().0] {
            let mut out = vec![0.0; pixels.max(gradients).max(dk.len())];
            let length = match what {
                WinogradPass::Forward { .. } => gradients,
                WinogradPass::InputGradient { .. } => pixels,
                WinogradPass::KernelGradient { .. } => dk.len(),
            };
            let finite = run(Level::active(), &case.shape, what, 1, &mut out[..length]);
            assert!(!finite || special == f32::MAX, "{special} in {what:?}");
        }
    }
}

#[test]
fn other_kernels_and_few_channels_or_tiles_are_computed_directly() {
    let serves = |g: Geometry, channels: [usize; 2]| {
        let case = Case::new(4, g, channels);
        let what = case.forward_with(Finish::NOTHING);
        f32::winograd(&case.shape, what, &mut vec![0.0; case.dy.len()])
    };
    let same = geometry([8, 8], [1, 1], [1, 1]);
    assert!(serves(same, [16, 16]));
    assert!(!serves(same, [15, 16]), "few channels");
    assert!(!serves(geometry([2, 4], [1, 1], [1, 1]), [16, 16]), "few tiles");
    assert!(!serves(Geometry { dilation: [1, 2, 1], ..same }, [16, 16]), "a dilation");
    assert!(
        !serves(Geometry { pad_before: [0, 3, 1], ..same }, [16, 16]),
        "padding larger than the kernel allows"
    );
    assert!(!serves(Geometry { output: [2, 8, 8], ..same }, [16, 16]), "padding after the depth");

    // There are 16 tiles per image.
    for (images, serve) in [(31, false), (32, true)] {
        let case = Case::new(images, same, [16, 16]);
        let what = WinogradPass::KernelGradient { x: &case.x, dy: &case.dy };
        let found = f32::winograd(&case.shape, what, &mut vec![0.0; case.k.len()]);
        assert_eq!(found, serve, "the kernel's gradient of {images} images");
    }
}

#[test]
fn threads_that_share_channels_give_the_bits_of_one_thread() {
    let same = geometry([8, 8], [1, 1], [1, 1]);
    // Where 33 or 65 channels are shared, one is left over, which isn't a product of its own.
    for channels in [32, 33, 48, 65] {
        for channels in [[64, channels], [channels, 64]] {
            let case = Case::new(1, same, channels);
            let passes =
                [(case.forward().0, case.dy.len()), (case.input_gradient().0, case.x.len())];
            for (pass, length) in passes {
                let bits = |threads: usize| {
                    let mut out = vec![f32::NAN; length];
                    let compute = || run(Level::active(), &case.shape, pass, 1, &mut out);
                    assert!(with_threads(threads, compute), "Winograd applies");
                    out.into_iter().map(f32::to_bits).collect::<Vec<_>>()
                };
                let one = bits(1);
                assert!([2, 3, 4].map(bits).iter().all(|other| *other == one), "{channels:?}");
            }
        }
    }
}

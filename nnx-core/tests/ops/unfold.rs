//! Windows of images as vectors and their sum back: those of PyTorch (`tests/goldens/unfold.safetensors`), against
//! convolutions and their adjoint for all paddings, and the rows of the table by which gradients are checked.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::io::load_state;
use nnx_core::module::Path;
use nnx_core::ops::DynTensor;
use nnx_core::size::{AxisWindow, Edge};

use crate::numbers::Values::Between;
use crate::numbers::{elements, tensor, windows};
use crate::table::{ANY, Row, rows};

fn window(size: usize, stride: usize, dilation: usize, edge: Edge) -> AxisWindow {
    AxisWindow { size, stride, dilation, input_dilation: 1, edge }
}

pub(crate) fn unfoldings() -> Vec<Row> {
    rows! {
        "unfold", x [2, 4, 3, 2] ANY => x.unfold([window(2, 1, 1, Edge::Valid), window(3, 2, 1, Edge::Same)]);
        "unfold, circular", x [1, 5, 2] ANY => x.unfold([window(3, 1, 1, Edge::Circular)]);
        "fold", x [1, 3, 6] ANY => x.fold([window(3, 2, 1, Edge::Same)], &[1, 5, 2]);
    }
}

fn numbers(dims: &[usize], seed: usize) -> DynTensor {
    tensor(Between(-1.0, 1.0).take(dims.iter().product(), seed), dims)
}

#[track_caller]
fn assert_near(found: &DynTensor, expected: &DynTensor, name: &str) {
    assert_eq!(found.dims(), expected.dims(), "{name}");
    for (found, expected) in elements(found).into_iter().zip(elements(expected)) {
        assert!((found - expected).abs() < 2e-6, "{name}: {found} instead of {expected}");
    }
}

#[test]
fn windows_and_their_sums_are_those_of_pytorch() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/goldens/unfold.safetensors");
    let state = load_state(file).unwrap_or_else(|error| panic!("{error}"));
    let get = |name: &str| {
        let entry = state.get(&Path::parse(name)).unwrap_or_else(|| panic!("no golden `{name}`"));
        DynTensor::from(entry.array.clone())
    };
    let cases: Vec<String> = state
        .iter()
        .filter_map(|(path, _)| path.to_string().strip_suffix("/rows").map(str::to_owned))
        .collect();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let numbers: Vec<usize> =
            case.split([' ', 'x']).map(|number| number.parse().expect("a number")).collect();
        let axis = |i: usize| {
            let padding = numbers[6 + i];
            window(numbers[i], numbers[2 + i], numbers[4 + i], Edge::Zeros(padding, padding))
        };
        let windows = [axis(0), axis(1)];
        let rows = get("image").unfold(windows);
        assert_near(&rows, &get(&format!("{case}/rows")), &case);
        assert_near(&rows.fold(windows, &[2, 7, 6, 3]), &get(&format!("{case}/image")), &case);
    }
}

/// All paddings, with other numbers for each.
fn cases() -> Vec<AxisWindow> {
    [
        Edge::Valid,
        Edge::Same,
        Edge::Symmetric,
        Edge::Zeros(2, 1),
        Edge::Causal,
        Edge::Circular,
        Edge::Reflect,
    ]
    .into_iter()
    .enumerate()
    .map(|(i, edge)| window(1 + (i + 1) % 3, 1 + i % 2, 1 + i % 3 / 2, edge))
    .collect()
}

#[test]
fn the_product_with_a_kernel_is_the_convolution() {
    for (i, first) in cases().into_iter().enumerate() {
        for second in cases() {
            let windows = [first, second];
            let x = numbers(&[2, 7, 6, 3], i);
            let kernel = numbers(&[first.size, second.size, 3, 4], i + 1);
            let points = first.size * second.size * 3;
            let rows = x.clone().unfold(windows);
            let found = rows.matmul(kernel.clone().reshape(&[points, 4]));
            assert_near(&found, &x.conv(kernel, None, windows, 1), &format!("{windows:?}"));
        }
    }
    // Volumes, and zeros between the elements.
    let wide = AxisWindow { input_dilation: 2, ..window(2, 1, 1, Edge::Valid) };
    let windows = [window(2, 1, 1, Edge::Valid), wide, window(3, 2, 1, Edge::Same)];
    let (x, kernel) = (numbers(&[1, 3, 4, 5, 2], 3), numbers(&[2, 2, 3, 2, 3], 4));
    let found = x.clone().unfold(windows).matmul(kernel.clone().reshape(&[24, 3]));
    assert_near(&found, &x.conv(kernel, None, windows, 1), "volumes");
}

#[test]
fn fold_is_the_adjoint_of_unfold() {
    for first in cases() {
        for second in cases() {
            let windows = [first, second];
            let x = numbers(&[2, 5, 6, 2], 0);
            let rows = x.clone().unfold(windows);
            let y = numbers(&rows.dims(), 1);
            let dot = |a: DynTensor, b: DynTensor| elements(&(a * b).sum_all())[0];
            let (left, right) = (dot(rows, y.clone()), dot(x, y.fold(windows, &[2, 5, 6, 2])));
            assert!((left - right).abs() < 1e-9, "{windows:?}: {left} and {right}");
        }
    }
}

#[test]
fn empty_images_and_images_shorter_than_the_window_have_no_windows() {
    let three = [window(3, 1, 1, Edge::Valid)];
    for dims in [[2, 0, 2], [0, 5, 2], [2, 2, 2], [2, 5, 0]] {
        let rows = numbers(&dims, 0).unfold(three);
        let count = dims[1].saturating_sub(2);
        assert_eq!(*rows.dims(), [dims[0], count, 3 * dims[2]]);
        let back = rows.fold(three, &dims);
        assert_eq!(*back.dims(), dims);
        assert_eq!(elements(&back), vec![0.0; dims.iter().product()]);
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let text = |call: &dyn Fn() -> DynTensor| {
        let payload = catch_unwind(AssertUnwindSafe(call)).expect_err("windows that don't fit");
        payload.downcast_ref::<String>().expect("a formatted text").clone()
    };
    assert_eq!(
        text(&|| numbers(&[2, 3], 0).unfold([window(2, 1, 1, Edge::Valid)])),
        "`unfold` takes images (batch, width, channels), found (2, 3) of f64"
    );
    assert_eq!(
        text(&|| numbers(&[1, 2, 6], 0).fold([window(3, 2, 1, Edge::Same)], &[1, 5, 2])),
        "`fold` takes the windows of images (1, 5, 2), which have shape (1, 3, 6), found (1, 2, 6) of f64"
    );
    assert_eq!(
        text(&|| numbers(&[1, 2, 6], 0)
            .fold(windows([3, 0, 1, 1, 1], [3, 2, 1, 1, 1]), &[1, 5, 5, 2])),
        "`fold` takes windows of a size, stride and dilation of at least 1, found 3, 0 and 1"
    );
}

//! Errors of products, and of windows over images.

use nnx_core::array::DType;
use nnx_core::size::{AxisWindow, Edge};

use super::{panic_text, zeros};
use crate::numbers::{indices, windows};

#[test]
fn products_name_both_shapes() {
    let takes =
        "`matmul` takes (.., M, K) times (K, N) or (.., K, N) of one floating-point type, found ";
    for (a, b, found) in [
        (zeros(&[2, 3]), zeros(&[4, 2]), "(2, 3) of f32 and (4, 2) of f32"),
        (zeros(&[3]), zeros(&[4, 2]), "(1, 3) of f32 and (4, 2) of f32"),
        (zeros(&[2, 3]), zeros(&[3]), "(2, 3) of f32 and (3,) of f32"),
        (zeros(&[2, 3]), zeros(&[3, 2]).cast(DType::F64), "(2, 3) of f32 and (3, 2) of f64"),
        (zeros(&[5, 2, 3]), zeros(&[4, 3, 2]), "(5, 2, 3) of f32 and (4, 3, 2) of f32"),
        (zeros(&[2, 3]), zeros(&[4, 3, 2]), "(2, 3) of f32 and (4, 3, 2) of f32"),
    ] {
        assert_eq!(panic_text(|| a.matmul(b)), format!("{takes}{found}"));
    }
    let takes = "`linear` takes (.., In), (In, Out) and (Out,) of one floating-point type, found ";
    for (x, w, b, found) in [
        (&[2, 3][..], &[4, 2][..], &[2][..], "(2, 3) of f32, (4, 2) of f32 and (2,) of f32"),
        (&[2, 3], &[3, 2], &[3], "(2, 3) of f32, (3, 2) of f32 and (3,) of f32"),
        (&[2, 3], &[3, 2], &[1, 2], "(2, 3) of f32, (3, 2) of f32 and (1, 2) of f32"),
        (&[2, 3], &[2, 3, 2], &[2], "(2, 3) of f32, (2, 3, 2) of f32 and (2,) of f32"),
    ] {
        let [x, w, b] = [x, w, b].map(zeros);
        assert_eq!(panic_text(|| x.linear(w, Some(b))), format!("{takes}{found}"));
    }
    let bias = zeros(&[2]).cast(DType::F64);
    let found = "(2, 3) of f32, (3, 2) of f32 and (2,) of f64";
    let text = panic_text(|| zeros(&[2, 3]).linear(zeros(&[3, 2]), Some(bias)));
    assert_eq!(text, format!("{takes}{found}"));
}

#[test]
fn products_of_vectors_name_both_shapes() {
    panics! {
        zeros(&[2, 3]).dot(zeros(&[3])) =>
            "`dot` takes two inputs of the same shape and floating-point type, found (2, 3) of f32 and (3,) of f32";
        zeros(&[]).dot(zeros(&[])) => "`dot` takes vectors (.., N), found ()";
        zeros(&[2, 4]).cross(zeros(&[2, 4])) => "`cross` takes vectors of 3 elements, found (2, 4)";
        zeros(&[2, 4]).outer(zeros(&[3, 4])) =>
            "`outer` takes vectors (.., M) and (.., N) with the same leading axes, found (2, 4) and (3, 4)";
        zeros(&[2, 3]).trace() => "`diagonal` takes square matrices, found (2, 3)";
    }
}

#[test]
fn windows_over_images_name_both_shapes() {
    let plain = |size| windows([size, 1, 1, 0, 0], [size, 1, 1, 0, 0]);
    let conv =
        |x: &[usize], k: &[usize], groups: usize| zeros(x).conv(zeros(k), None, plain(3), groups);
    panics! {
        conv(&[2, 5, 4, 3], &[3, 2, 3, 8], 1) =>
            "`conv` takes shapes (2, 5, 4, 3) and (3, 3, 3, 8) of one floating-point type, found (2, 5, 4, 3) of f32 and (3, 2, 3, 8) of f32";
        conv(&[2, 5, 5, 4], &[3, 3, 4, 8], 2) =>
            "`conv` takes shapes (2, 5, 5, 4) and (3, 3, 2, 8) of one floating-point type, found (2, 5, 5, 4) of f32 and (3, 3, 4, 8) of f32";
        conv(&[2, 5, 5, 4], &[3, 3, 1, 8], 3) =>
            "`conv` takes groups that divide the channels, found 3 groups of 4 input and 8 output channels";
        conv(&[2, 5, 5, 4], &[3, 3, 1, 8], 0) =>
            "`conv` takes groups that divide the channels, found 0 groups of 4 input and 8 output channels";
        zeros(&[1, 5, 5, 3]).conv(zeros(&[3, 3, 3, 8]), Some(zeros(&[3])), plain(3), 1) =>
            "`conv` takes a bias (8,) of f32, found (3,) of f32";
        zeros(&[1, 5, 5, 3]).conv(zeros(&[3, 3, 3, 8]), None, [plain(3)[0]; 1], 1) =>
            "`conv` takes images (batch, width, channels), found (1, 5, 5, 3) of f32";
        zeros(&[1, 5, 3]).conv(zeros(&[3, 3, 3, 8]), None, plain(3), 1) =>
            "`conv` takes images (batch, height, width, channels), found (1, 5, 3) of f32";
        zeros(&[1, 5, 3]).conv(zeros(&[3, 3, 8]), None, [], 1) =>
            "`conv` takes images of one to three spatial axes, found windows over 0";
        zeros(&[1, 5, 3]).max_pool([plain(2)[0]; 4]) =>
            "`max_pool` takes images of one to three spatial axes, found windows over 4";
        zeros(&[1, 5, 3]).adaptive_avg_pool(&[1, 1, 1, 1]) =>
            "`avg_pool` takes images of one to three spatial axes, found windows over 4";
        zeros(&[1, 5, 3]).conv(zeros(&[2, 3, 8]), None, [AxisWindow { stride: 0, edge: Edge::Same, ..plain(2)[0] }], 1) =>
            "`conv` takes windows of a size, stride and dilation of at least 1, found 2, 0 and 1";
        zeros(&[1, 5, 3]).conv(zeros(&[2, 3, 8]), None, [AxisWindow { input_dilation: 0, ..plain(2)[0] }], 1) =>
            "`conv` takes a dilation of the input of at least 1, found 0";
        zeros(&[1, 5, 3]).max_pool([AxisWindow { input_dilation: 2, ..plain(2)[0] }]) =>
            "`max_pool` takes no `Circular` or `Reflect` padding and no dilation of the input";
        zeros(&[1, 5, 3]).sum_pool([AxisWindow { edge: Edge::Circular, ..plain(2)[0] }]) =>
            "`sum_pool` takes no `Circular` or `Reflect` padding and no dilation of the input";
        zeros(&[1, 5, 3]).conv_transpose(zeros(&[2, 3]), [plain(2)[0]], 1, false) =>
            "`conv_transpose` takes a kernel of 3 axes for windows over 1, found (2, 3)";
        zeros(&[1, 5, 3]).conv_transpose(zeros(&[2, 3, 4]), [AxisWindow { stride: 0, ..plain(2)[0] }], 1, false) =>
            "`conv_transpose` takes windows of a size, stride and dilation of at least 1, found 2, 0 and 1";
        zeros(&[1, 5, 4]).conv_transpose(zeros(&[2, 2, 3]), [plain(2)[0]], 2, false) =>
            "`conv_transpose` takes groups that divide the channels, found 2 groups of 3 output channels";
        zeros(&[1, 5, 4]).conv_transpose(zeros(&[2, 2, 3]), [plain(2)[0]], 0, false) =>
            "`conv_transpose` takes groups that divide the channels, found 0 groups of 3 output channels";
        zeros(&[1, 5, 3]).conv_transpose(zeros(&[2, 2, 3]), [plain(2)[0]], 2, true) =>
            "`conv_transpose` takes groups that divide the channels, found 2 groups of 4 input and 3 output channels";
        zeros(&[1, 3, 3, 2]).conv_transpose(zeros(&[3, 3, 3, 1]), plain(3), 1, true) =>
            "`conv_transpose` takes shapes (1, 3, 3, 2) and (3, 3, 3, 2) of one floating-point type, found (1, 3, 3, 2) of f32 and (3, 3, 3, 1) of f32";
        zeros(&[5, 5, 3]).max_pool(plain(2)) =>
            "`max_pool` takes images (batch, height, width, channels), found (5, 5, 3) of f32";
        indices(&[0], &[1, 1, 1, 1]).sum_pool(plain(1)) =>
            "`sum_pool` takes floating-point images (batch, 1, 1, channels), found (1, 1, 1, 1) of i32";
        zeros(&[1, 5, 5, 3]).max_pool(windows([2, 2, 1, 0, 0], [2, 0, 1, 0, 0])) =>
            "`max_pool` takes windows of a size, stride and dilation of at least 1, found 2, 0 and 1";
        zeros(&[1, 5, 5, 3]).conv(zeros(&[3, 3, 3, 8]), None, windows([3, 1, 0, 0, 0], [3, 1, 1, 0, 0]), 1) =>
            "`conv` takes windows of a size, stride and dilation of at least 1, found 3, 1 and 0";
    }
}

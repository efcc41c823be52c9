//! Values and gradients of JAX and Flax: `tests/goldens/ops.safetensors`, made by `make_ops.py` there. Elementwise
//! functions are compared in `tests/flax/functions.rs`.

use std::collections::BTreeSet;

use nnx_core::ops::DynTensor;
use nnx_core::size::{AxisWindow, Edge};
use safetensors::SafeTensors;

use crate::gradcheck::gradients;
use crate::numbers::{elements, tensor};

type Unary = fn(DynTensor) -> DynTensor;

fn file() -> Vec<u8> {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/goldens/ops.safetensors");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn golden(file: &SafeTensors<'_>, name: &str) -> DynTensor {
    let view = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(view.dtype(), safetensors::Dtype::F32, "{name}");
    let (numbers, _) = view.data().as_chunks::<4>();
    tensor(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(), view.shape())
}

/// Compares an operation with everything stored of `name`: output and gradients.
fn compare(
    file: &SafeTensors<'_>,
    name: &str,
    inputs: &[DynTensor],
    operation: impl Fn(&[DynTensor]) -> DynTensor,
) {
    let cotangent = golden(file, &format!("{name}/cotangent"));
    let near = |what: &str, found: &DynTensor, tolerance: f64| {
        let name = format!("{name}/{what}");
        let expected = golden(file, &name);
        assert_eq!(found.signature(), expected.signature(), "{name}");
        let expected = elements(&expected);
        let scale = expected.iter().fold(1.0f64, |max, x| max.max(x.abs()));
        for (i, (found, expected)) in elements(found).iter().zip(expected).enumerate() {
            let near = (found - expected).abs() <= tolerance * scale;
            assert!(near, "{name}, element {i}: {found} instead of {expected}");
        }
    };
    near("output", &operation(inputs), 2e-6);
    let (_, found) = gradients(|inputs| operation(&inputs) * cotangent.clone(), inputs.to_vec());
    for (i, found) in found.iter().enumerate() {
        near(&format!("gradient {i}"), found, 5e-6);
    }
}

/// The names under a prefix, each once and without its last part.
fn names(file: &SafeTensors<'_>, prefix: &str) -> BTreeSet<String> {
    let under = file.names().into_iter().filter(|name| name.starts_with(prefix));
    under.filter_map(|name| name.strip_suffix("/output")).map(str::to_owned).collect()
}

/// The number after `key=` in a name.
fn option(name: &str, key: &str) -> usize {
    let (_, after) =
        name.split_once(&format!("{key}=")).unwrap_or_else(|| panic!("{key} of {name}"));
    after.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// A window padded as JAX pads: by a name, or explicitly.
fn window(
    name: &str,
    size: usize,
    stride: usize,
    dilation: usize,
    axis: usize,
    explicit: (usize, usize),
) -> AxisWindow {
    let padding = if name.contains("SAME") {
        let reach = (size - 1) * dilation + 1;
        let total = ((axis.div_ceil(stride) - 1) * stride + reach).saturating_sub(axis);
        (total / 2, total - total / 2)
    } else if name.contains("explicit") {
        explicit
    } else {
        (0, 0)
    };
    AxisWindow {
        size,
        stride,
        dilation,
        input_dilation: 1,
        edge: Edge::Zeros(padding.0, padding.1),
    }
}

#[test]
fn the_softmax_family_agrees_with_flax() {
    let bytes = file();
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let x = golden(&file, "rows/input");
    let operations: [(&str, Unary); 3] = [
        ("softmax", |x| x.softmax()),
        ("log_softmax", |x| x.log_softmax()),
        ("logsumexp", |x| x.logsumexp()),
    ];
    for (name, operation) in operations {
        compare(&file, &format!("rows/{name}"), std::slice::from_ref(&x), |x| {
            operation(x[0].clone())
        });
    }
}

#[test]
fn pools_agree_with_flax() {
    let bytes = file();
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let x = golden(&file, "pool/input");
    let all = names(&file, "pool/");
    assert!(all.len() >= 24, "{} pools", all.len());
    for name in all {
        let (size, stride) = (option(&name, "window"), option(&name, "stride"));
        let [_, height, width, _] = *x.dims() else { panic!("four axes") };
        let windows = [height, width].map(|axis| window(&name, size, stride, 1, axis, (0, 0)));
        compare(&file, &name, std::slice::from_ref(&x), |x| {
            let x = x[0].clone();
            if name.contains("max") {
                x.max_pool(windows)
            } else if name.contains("min") {
                -(-x).max_pool(windows)
            } else if name.contains("without padding") {
                let ones = x.clone().mul_scalar(0.0).add_scalar(1.0).stop_gradient();
                x.sum_pool(windows) / ones.sum_pool(windows)
            } else {
                x.sum_pool(windows).mul_scalar(1.0 / (size * size) as f64)
            }
        });
    }
}

#[test]
fn convolutions_agree_with_jax() {
    let bytes = file();
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let image = golden(&file, "conv/image");
    let [_, height, width, _] = *image.dims() else { panic!("four axes") };
    let all = names(&file, "conv/");
    assert!(all.len() >= 60, "{} convolutions", all.len());
    for name in all {
        let (stride, dilation, groups) =
            (option(&name, "stride"), option(&name, "dilation"), option(&name, "groups"));
        let size = name.trim_start_matches("conv/").split(' ').next().expect("the size");
        let kernel = golden(&file, &format!("conv/kernel {size} groups={groups}"));
        let [h, w, ..] = *kernel.dims() else { panic!("four axes") };
        let windows = [
            window(&name, h, stride, dilation, height, (2, 1)),
            window(&name, w, stride, dilation, width, (0, 3)),
        ];
        compare(&file, &name, &[image.clone(), kernel], |x| {
            x[0].clone().conv(x[1].clone(), None, windows, groups)
        });
    }
}

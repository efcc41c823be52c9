//! Benchmarks of elementwise functions, of one input and of two.

use std::hint::black_box;

use nnx::prelude::*;

use crate::work::{Work, numbers, sizes_in};

type Rows = Tensor![Batch, 512];

/// `erf_`, `2048x512`: the function of elements from 0.5 to 1.5, or of those of its domain.
pub(crate) fn named(function: &str, sizes: &str) -> Option<Work> {
    let [batch, 512] = sizes_in(sizes)? else { return None };
    let function = function.strip_suffix('_')?;
    let x = filled(batch, 1.0);
    one(function, &x).or_else(|| two(function, x))
}

/// Random elements within ½ of `middle`.
fn filled(batch: usize, middle: f32) -> Rows {
    let x = numbers(batch * 512).into_iter().map(|x| x + middle).collect();
    Tensor::from_shape_vec(&[batch, 512], x).expect("rows of 512")
}

fn one(function: &str, x: &Rows) -> Option<Work> {
    macro_rules! functions {
        ($($name:ident)* ; $($other:literal => $f:expr;)*) => {
            match function {
                $(stringify!($name) => Tensor::$name as fn(Rows) -> Rows,)*
                $($other => $f,)*
                _ => return None,
            }
        };
    }
    let f = functions! {
        neg exp log sqrt square abs sign exp2 expm1 log2 log10 log1p reciprocal rsqrt cbrt sinh cosh asinh acosh atanh
        floor ceil round trunc fract nan_to_num sin cos tan asin acos atan sinc erf erfc erfinv lgamma digamma
        relu relu6 selu hard_tanh hard_sigmoid hard_silu tanh sigmoid log_sigmoid silu softplus soft_sign gelu gelu_exact;
        "powf" => |x: Rows| x.powf(2.5);
        "clamp" => |x: Rows| x.clamp(0.7, 1.2);
        "leaky_relu" => |x: Rows| x.leaky_relu(0.01);
        "elu" => |x: Rows| x.elu(1.0);
        "celu" => |x: Rows| x.celu(0.5);
        "times_2" => |x: Rows| x * 2.0;
    };
    let middle = match function {
        "acosh" => 1.6,
        "atanh" | "asin" | "acos" | "erfinv" | "elu" | "celu" | "selu" => 0.0,
        _ => 1.0,
    };
    let x = if middle == 1.0 { x.clone() } else { filled(x.dims()[0], middle) };
    Some(Work::new(move || drop(black_box(f(x.clone())))))
}

fn two(function: &str, a: Rows) -> Option<Work> {
    macro_rules! functions {
        ($($name:ident)* ; $($other:literal => $f:expr;)*) => {
            match function {
                $(stringify!($name) => Tensor::$name as fn(Rows, Rows) -> Rows,)*
                $($other => $f,)*
                _ => return compared(function, a),
            }
        };
    }
    let f = functions! {
        maximum minimum pow atan2 hypot logaddexp fmod remainder copysign nextafter;
        "add" => |a: Rows, b| a + b;
        "mul" => |a: Rows, b| a * b;
        "div" => |a: Rows, b| a / b;
        "lerp" => |a: Rows, b: Rows| { let weight = b.clone(); a.lerp(b, weight) };
        "select" => |a: Rows, b| a.clone().lt(1.0).select(a, b);
    };
    let b = a.clone().flip::<1>() * 0.75 + 0.1;
    Some(Work::new(move || drop(black_box(f(a.clone(), b.clone())))))
}

/// Functions with results of type `bool`.
fn compared(function: &str, a: Rows) -> Option<Work> {
    let f: fn(Rows, &Rows) -> Tensor![Batch, 512; bool] = match function {
        "is_nan" => |a, _| a.is_nan(),
        "is_finite" => |a, _| a.is_finite(),
        "less" => |a, b| a.less(b),
        "equal" => |a, b| a.equal(b),
        _ => return None,
    };
    let b = a.clone().flip::<1>();
    Some(Work::new(move || drop(black_box(f(a.clone(), &b)))))
}

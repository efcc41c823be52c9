//! The losses, with their reference implementations.

use nnx_core::array::DType;
use nnx_core::nn;
use nnx_core::ops::DynTensor;
use nnx_core::tensor::{Real, Tensor};

use super::{INFINITY, Rows};
use crate::numbers::SplitMix64;

/// The loss of an element or of a row, with its derivatives by prediction and target.
pub(super) enum Reference {
    Element(fn(f64, f64) -> [f64; 3]),
    Row(fn(&[f64], &[f64]) -> (f64, Vec<f64>, Vec<f64>)),
}

/// A loss, its reference implementation, and the sources of predictions and targets with a weight above 0.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) loss: fn(DynTensor, DynTensor) -> DynTensor,
    pub(super) reference: Reference,
    pub(super) predictions: fn(&mut SplitMix64) -> f64,
    pub(super) targets: fn(&mut SplitMix64) -> f64,
    /// Errors are relative to at least this.
    pub(super) floor: f64,
}

/// A loss of typed tensors, of f32 or f64 as the input is.
macro_rules! untyped {
    ($loss:expr) => {
        |x: DynTensor, y: DynTensor| {
            fn of<E: Real, T>(
                loss: impl Fn(Tensor<Rows, E>, Tensor<Rows, E>) -> Tensor<T, E>,
                [x, y]: [DynTensor; 2],
            ) -> DynTensor {
                let [x, y] = [x, y].map(|x| Tensor::try_from(x).expect("rows of 4"));
                loss(x, y).into_dyn()
            }
            match x.dtype() {
                DType::F32 => of::<f32, _>($loss, [x, y]),
                _ => of::<f64, _>($loss, [x, y]),
            }
        }
    };
}

fn log_cosh(e: f64) -> f64 {
    let sinh = (e / 2.0).sinh();
    if e.abs() > 20.0 { e.abs() - std::f64::consts::LN_2 } else { (2.0 * sinh * sinh).ln_1p() }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn sigmoid(x: f64) -> f64 {
    if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }
}

/// `w x`, 0 where w is 0.
pub(super) fn weighted(w: f64, x: f64) -> f64 {
    if w == 0.0 { 0.0 } else { w * x }
}

pub(super) fn log_softmax(x: &[f64]) -> Vec<f64> {
    let max = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max == -INFINITY {
        return x.to_vec();
    }
    let total: f64 = x.iter().map(|x| (x - max).exp()).sum();
    x.iter().map(|x| x - max - total.ln()).collect()
}

fn cosine(x: &[f64], y: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let unit = |x: &[f64]| {
        let largest = x.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
        let scale = if largest == 0.0 { 1.0 } else { largest };
        let norm = scale * x.iter().map(|x| (x / scale).powi(2)).sum::<f64>().sqrt();
        (x.iter().map(|x| if norm == 0.0 { 0.0 } else { x / norm }).collect::<Vec<_>>(), norm)
    };
    let ((u, n), (v, m)) = (unit(x), unit(y));
    let cosine: f64 = u.iter().zip(&v).map(|(u, v)| u * v).sum();
    let slope = |u: &[f64], v: &[f64], n: f64| {
        u.iter().zip(v).map(|(u, v)| if n == 0.0 { *v } else { (v - u * cosine) / n }).collect()
    };
    (cosine, slope(&u, &v, n), slope(&v, &u, m))
}

/// The focal loss with a gamma of 2.
fn focal(x: f64, y: f64) -> [f64; 3] {
    let loss = weighted(y, softplus(-x)) + weighted(1.0 - y, softplus(x));
    let q = (1.0 - y) * sigmoid(x) + y * sigmoid(-x);
    let of = |slope: f64, rate: f64| slope * q * q + weighted(2.0 * q * rate, loss);
    let by_logit = weighted(1.0 - y, sigmoid(x)) - weighted(y, sigmoid(-x));
    let by_label = if x.is_infinite() { 0.0 } else { -x };
    [
        weighted(q * q, loss),
        of(by_logit, (1.0 - 2.0 * y) * sigmoid(x) * sigmoid(-x)),
        of(by_label, sigmoid(-x) - sigmoid(x)),
    ]
}

fn any_error(s: &mut SplitMix64) -> f64 {
    s.one_of(&[0.0, -0.0, 1.0, -1.5, 3e-4, -1e-4, 40.0, 1e-20, 1e9, -2e18])
}
fn any_target(s: &mut SplitMix64) -> f64 {
    s.one_of(&[0.0, 0.0, 1.0])
}
pub(super) fn any_logit(s: &mut SplitMix64) -> f64 {
    s.one_of(&[0.0, -INFINITY, 30.0, -80.0, 1e4, 1e-6, 2.0, -1e30])
}

pub(super) fn cases() -> Vec<Case> {
    let of_errors = |name, loss, reference| Case {
        name,
        loss,
        reference: Reference::Element(reference),
        predictions: any_error,
        targets: any_target,
        floor: 0.0,
    };
    vec![
        of_errors("squared_error", untyped!(nn::squared_error), |x, y| {
            [(x - y).powi(2), 2.0 * (x - y), -2.0 * (x - y)]
        }),
        of_errors("l2_loss", untyped!(nn::l2_loss), |x, y| [(x - y).powi(2) / 2.0, x - y, y - x]),
        of_errors("huber_loss", untyped!(|x, y| nn::huber_loss(x, y, 1.5)), |x, y| {
            let (e, size) = (x - y, (x - y).abs());
            let loss = if size <= 1.5 { e * e / 2.0 } else { 1.5 * (size - 0.75) };
            [loss, e.clamp(-1.5, 1.5), -e.clamp(-1.5, 1.5)]
        }),
        Case {
            predictions: |s| {
                s.one_of(&[1e-4, 3e-4, 2e38, -3e38, 0.5, -7.0, INFINITY, -INFINITY, 0.0])
            },
            ..of_errors("log_cosh", untyped!(nn::log_cosh), |x, y| {
                [log_cosh(x - y), (x - y).tanh(), -(x - y).tanh()]
            })
        },
        Case {
            predictions: |s| s.one_of(&[0.0, 1.0, -1.0, 0.5, -2.5, 1e30, INFINITY, -INFINITY]),
            targets: |s| s.one_of(&[1.0, -1.0, 0.0]),
            ..of_errors("hinge_loss", untyped!(nn::hinge_loss), |x, y| {
                let margin = 1.0 - weighted(y, x);
                let share = if margin == 0.0 { 0.5 } else { f64::from(u8::from(margin > 0.0)) };
                let moves = if y == 0.0 && !x.is_finite() { 0.0 } else { x };
                [margin.max(0.0), -weighted(y, share), -weighted(share, moves)]
            })
        },
        Case {
            predictions: |s| s.one_of(&[0.0, 3.0, -60.0, 1e4, INFINITY, -INFINITY, 1e-6]),
            targets: |s| s.one_of(&[0.0, 1.0, 0.0, 1.0, 0.25]),
            ..of_errors("binary", untyped!(nn::sigmoid_binary_cross_entropy), |x, y| {
                let loss = weighted(y, softplus(-x)) + weighted(1.0 - y, softplus(x));
                let slope = weighted(1.0 - y, sigmoid(x)) - weighted(y, sigmoid(-x));
                [loss, slope, if x.is_infinite() { 0.0 } else { -x }]
            })
        },
        Case {
            name: "probabilities",
            loss: untyped!(nn::softmax_cross_entropy_with_probabilities),
            reference: Reference::Row(|x, p| {
                let log = log_softmax(x);
                let loss = -p.iter().zip(&log).map(|(p, log)| weighted(*p, *log)).sum::<f64>();
                let total: f64 = p.iter().sum();
                let dx = log.iter().zip(p).map(|(log, p)| log.exp() * total - p).collect();
                let moved = |(log, p): (&f64, &f64)| match *log {
                    log if *p == 0.0 && log.is_infinite() => 0.0,
                    log => -log,
                };
                (loss, dx, log.iter().zip(p).map(moved).collect())
            }),
            predictions: any_logit,
            targets: |s| s.one_of(&[0.0, 0.0, 1.0, 0.25]),
            floor: 1.0,
        },
        Case {
            predictions: |s| s.one_of(&[0.0, 1.0, -1.0, 0.5, -2.5, 1e30, INFINITY, -INFINITY]),
            targets: |s| s.one_of(&[1.0, -1.0, 0.0]),
            ..of_errors("perceptron_loss", untyped!(nn::perceptron_loss), |x, y| {
                let margin = -weighted(y, x);
                let share = if margin == 0.0 { 0.5 } else { f64::from(u8::from(margin > 0.0)) };
                let moves = if y == 0.0 && !x.is_finite() { 0.0 } else { x };
                [margin.max(0.0), -weighted(y, share), -weighted(share, moves)]
            })
        },
        Case {
            predictions: |s| s.one_of(&[0.0, 1.0, -1.0, 0.5, -0.25, -2.5, 1e30, 1e4, -1e4]),
            targets: |s| s.one_of(&[0.0, 1.0, 0.25]),
            floor: 1.0,
            ..of_errors("sparsemax_loss", untyped!(nn::sparsemax_loss), |x, y| {
                let plus =
                    |x: f64| if x.abs() < 1.0 { (x + 1.0).powi(2) / 4.0 } else { x.max(0.0) };
                let loss = y * plus(-x) + (1.0 - y) * plus(x);
                [loss, ((x + 1.0) / 2.0).clamp(0.0, 1.0) - y, -x]
            })
        },
        Case {
            predictions: |s| s.one_of(&[0.0, 3.0, -60.0, 1e4, -1e4, INFINITY, -INFINITY, 1e-6]),
            targets: |s| s.one_of(&[0.0, 1.0, 0.0, 1.0, 0.25]),
            floor: 1.0,
            ..of_errors("focal", untyped!(|x, y| nn::sigmoid_focal_loss(x, y, None, 2.0)), focal)
        },
        Case {
            name: "poly_loss_cross_entropy",
            loss: untyped!(|x, y| nn::poly_loss_cross_entropy(x, y, 2.0)),
            reference: Reference::Row(|x, y| {
                let log = log_softmax(x);
                let term = |log: f64| -(log + 2.0 * log.exp_m1());
                let loss = y.iter().zip(&log).map(|(y, log)| weighted(*y, term(*log))).sum();
                let slopes = y.iter().zip(&log).map(|(y, log)| -y * (1.0 + 2.0 * log.exp()));
                let total: f64 = slopes.clone().sum();
                let dx = slopes.zip(&log).map(|(slope, log)| slope - log.exp() * total).collect();
                let moved = |(log, y): (&f64, &f64)| match *log {
                    log if *y == 0.0 && log.is_infinite() => 2.0,
                    log => term(log),
                };
                (loss, dx, log.iter().zip(y).map(moved).collect())
            }),
            predictions: any_logit,
            targets: |s| s.one_of(&[0.0, 0.0, 1.0, 0.25]),
            floor: 1.0,
        },
        Case {
            name: "generalized_kl_divergence",
            loss: untyped!(nn::generalized_kl_divergence),
            reference: Reference::Row(|x, p| {
                let each = x.iter().zip(p);
                let term =
                    |(x, p): (&f64, &f64)| weighted(*p, p.max(1e-300).ln() - x) + (x.exp() - p);
                let moved = |(x, p): (&f64, &f64)| match *p {
                    0.0 if !x.is_finite() => 0.0,
                    0.0 => -x,
                    p => p.ln() - x,
                };
                let dx = each.clone().map(|(x, p)| x.exp() - p).collect();
                (each.clone().map(term).sum(), dx, each.map(moved).collect())
            }),
            predictions: |s| s.one_of(&[0.0, -3.0, -80.0, -1e30, -INFINITY, 2.0, -1e-6]),
            targets: |s| s.one_of(&[0.0, 0.0, 1.0, 0.25, 7.0]),
            floor: 1.0,
        },
        Case {
            name: "kl_divergence",
            loss: untyped!(nn::kl_divergence),
            reference: Reference::Row(|x, p| {
                let each = x.iter().zip(p);
                let term = |(x, p): (&f64, &f64)| weighted(*p, p.max(1e-300).ln() - x);
                let moved = |(x, p): (&f64, &f64)| match *p {
                    0.0 if !x.is_finite() => 0.0,
                    0.0 => -x,
                    p => p.ln() - x + 1.0,
                };
                let loss = each.clone().map(term).sum();
                (loss, p.iter().map(|p| -p).collect(), each.map(moved).collect())
            }),
            // `inputs` replaces NaN by -1 where the target is not 0.
            predictions: |s| s.one_of(&[0.0, -3.0, -80.0, -1e30, -INFINITY, f64::NAN, -1e-6]),
            targets: |s| s.one_of(&[0.0, 0.0, 1.0, 0.25, 1e-30]),
            floor: 1.0,
        },
        Case {
            name: "kl_divergence_with_log_targets",
            loss: untyped!(nn::kl_divergence_with_log_targets),
            reference: Reference::Row(|x, y| {
                let each = x.iter().zip(y);
                let loss = each.clone().map(|(x, y)| weighted(y.exp(), y - x)).sum();
                let dy = each.map(|(x, y)| weighted(y.exp(), y - x + 1.0)).collect();
                (loss, y.iter().map(|y| -y.exp()).collect(), dy)
            }),
            predictions: |s| s.one_of(&[0.0, -3.0, -80.0, -1e30, -1e-6, -INFINITY, f64::NAN]),
            targets: |s| s.one_of(&[-INFINITY, -INFINITY, 0.0, -0.5, -5.0]),
            floor: 1.0,
        },
        Case {
            name: "cosine_similarity",
            loss: untyped!(|x, y| nn::cosine_similarity(x, y, 0.0)),
            reference: Reference::Row(cosine),
            predictions: |s| s.spread(-3, 3),
            targets: |s| s.spread(-3, 3),
            floor: 1.0,
        },
        Case {
            name: "cosine_distance of huge rows",
            loss: untyped!(|x, y| nn::cosine_distance(x, y, 0.0)),
            reference: Reference::Row(|x, y| {
                let (loss, dx, dy) = cosine(x, y);
                let [dx, dy] = [dx, dy].map(|slope| slope.into_iter().map(|x| -x).collect());
                (1.0 - loss, dx, dy)
            }),
            predictions: |s| s.spread(120, 127),
            targets: |s| s.spread(-100, -92),
            floor: 1.0,
        },
    ]
}

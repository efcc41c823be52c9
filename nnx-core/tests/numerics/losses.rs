//! Every loss against its reference implementation in f64, value and gradients, with inputs of any size. Examples of
//! weight 0 hold NaN and infinities: they add exactly 0.

use nnx_core::array::DType;
use nnx_core::grad::value_and_gradients;
use nnx_core::nn;
use nnx_core::ops::DynTensor;
use nnx_core::size::{Batch, U4};
use nnx_core::tensor::{Real, Tensor};

use crate::numbers::{FLOATS, Source, assert_near, elements, epsilon, tensor};

const INFINITY: f64 = f64::INFINITY;
const ROWS: usize = 24;
const WIDTH: usize = 4;
type Rows = (Batch, U4);

/// The loss of an element or of a row, with its derivatives by prediction and target.
enum Reference {
    Element(fn(f64, f64) -> [f64; 3]),
    Row(fn(&[f64], &[f64]) -> (f64, Vec<f64>, Vec<f64>)),
}

/// A loss, its reference implementation, and the sources of predictions and targets with a weight above 0.
struct Case {
    name: &'static str,
    loss: fn(DynTensor, DynTensor) -> DynTensor,
    reference: Reference,
    predictions: fn(&mut Source) -> f64,
    targets: fn(&mut Source) -> f64,
    /// What errors are relative to, at least.
    floor: f64,
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
fn weighted(w: f64, x: f64) -> f64 {
    if w == 0.0 { 0.0 } else { w * x }
}

fn log_softmax(x: &[f64]) -> Vec<f64> {
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

fn any_error(s: &mut Source) -> f64 {
    s.one_of(&[0.0, -0.0, 1.0, -1.5, 3e-4, -1e-4, 40.0, 1e-20, 1e9, -2e18])
}
fn any_target(s: &mut Source) -> f64 {
    s.one_of(&[0.0, 0.0, 1.0])
}
fn any_logit(s: &mut Source) -> f64 {
    s.one_of(&[0.0, -INFINITY, 30.0, -80.0, 1e4, 1e-6, 2.0, -1e30])
}

fn cases() -> Vec<Case> {
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

/// Predictions, targets and weights. What has the weight 0 may hold anything.
fn inputs(case: &Case, s: &mut Source) -> [Vec<f64>; 3] {
    const ANYTHING: [f64; 5] = [f64::NAN, INFINITY, -INFINITY, 3.0, 0.0];
    let outputs = if matches!(case.reference, Reference::Element(_)) { 1 } else { WIDTH };
    let [mut x, mut y, mut weights] = [vec![], vec![], vec![]];
    for _ in 0..ROWS * WIDTH / outputs {
        let weight = s.one_of(&[0.0, 1.0, 2.0, -1.5]);
        weights.push(weight);
        for _ in 0..outputs {
            let (mut prediction, target) = ((case.predictions)(s), (case.targets)(s));
            let counts = target != 0.0 && target != -INFINITY;
            if prediction.is_nan() && (counts || case.name.contains("log_targets") && target == 0.0)
            {
                prediction = -1.0;
            }
            x.push(if weight == 0.0 { s.one_of(&ANYTHING) } else { prediction });
            y.push(target);
        }
    }
    [x, y, weights]
}

/// The weighted losses, and the gradients of their sum.
fn expected(case: &Case, [x, y, w]: &[Vec<f64>; 3]) -> [Vec<f64>; 3] {
    match case.reference {
        Reference::Element(reference) => {
            let all: Vec<[f64; 3]> = x.iter().zip(y).map(|(x, y)| reference(*x, *y)).collect();
            [0, 1, 2].map(|k| all.iter().zip(w).map(|(of, w)| weighted(*w, of[k])).collect())
        }
        Reference::Row(reference) => {
            let mut all = [vec![], vec![], vec![]];
            for ((x, y), &w) in x.chunks(WIDTH).zip(y.chunks(WIDTH)).zip(w) {
                let (loss, dx, dy) = reference(x, y);
                all[0].push(weighted(w, loss));
                all[1].extend(dx.iter().map(|slope| weighted(w, *slope)));
                all[2].extend(dy.iter().map(|slope| weighted(w, *slope)));
            }
            all
        }
    }
}

/// The scale of element `i`'s error: its absolute value, or for losses over rows the largest of the row.
fn scale(case: &Case, exact: &[f64], i: usize) -> f64 {
    let (row, length) = match case.reference {
        Reference::Row(_) if exact.len() > ROWS => (i / WIDTH * WIDTH, WIDTH),
        _ => (i, 1),
    };
    let sizes = exact[row..][..length].iter().map(|x| x.abs()).filter(|x| x.is_finite());
    sizes.fold(case.floor, f64::max)
}

#[test]
fn every_loss_equals_its_reference_and_a_weight_of_zero_adds_zero() {
    for case in cases() {
        for dtype in FLOATS {
            let mut source = Source(7);
            for round in 0..20 {
                let input = inputs(&case, &mut source);
                // Inputs are rounded to the element type first, so that both sides compute with the same values.
                let rounded = |x: &Vec<f64>| elements(&tensor(x.clone(), &[x.len()], dtype));
                let input: [Vec<f64>; 3] = [0, 1, 2].map(|i| rounded(&input[i]));
                let [x, y] = [0, 1].map(|i: usize| tensor(input[i].clone(), &[ROWS, WIDTH], dtype));
                let dims: &[usize] = if input[2].len() == ROWS { &[ROWS] } else { &[ROWS, WIDTH] };
                let weights = tensor(input[2].clone(), dims, dtype);
                let losses = (case.loss)(x.clone(), y.clone()).weighted(weights.clone());
                let total =
                    |[x, y]: [DynTensor; 2]| (case.loss)(x, y).weighted(weights.clone()).sum_all();
                let (_, [dx, dy]) = value_and_gradients(total, [x, y]);
                let expected = expected(&case, &input);
                for (k, found) in [losses, dx, dy].iter().enumerate() {
                    for (i, (found, exact)) in elements(found).iter().zip(&expected[k]).enumerate()
                    {
                        // Beyond the type it is infinite.
                        let exact = rounded(&vec![*exact])[0];
                        let scale = scale(&case, &expected[k], i);
                        let allowed = 40.0 * epsilon(dtype) * scale + f64::from(f32::MIN_POSITIVE);
                        let what = ["loss", "gradient", "gradient of targets"][k];
                        let what = format!("{what} {i} of {} in {dtype}, round {round}", case.name);
                        assert_near(*found, exact, allowed, what);
                    }
                }
            }
        }
    }
}

#[test]
fn cross_entropy_of_classes_equals_its_reference_and_a_weight_of_zero_adds_zero() {
    let mut source = Source(3);
    for round in 0..40 {
        let (mut x, mut labels, mut weights) = (vec![], vec![], vec![]);
        for _ in 0..ROWS {
            weights.push(source.one_of(&[0.0, 1.0, -2.0]));
            labels.push(i32::try_from(source.below(WIDTH)).expect("a class"));
            for _ in 0..WIDTH {
                let masked = *weights.last().expect("a weight") == 0.0;
                x.push(if masked {
                    source.one_of(&[f64::NAN, INFINITY, 1.0])
                } else {
                    any_logit(&mut source)
                });
            }
        }
        let index = nnx_core::array::Array::new(labels.clone(), &[ROWS]).expect("a batch");
        let w = tensor(weights.clone(), &[ROWS], DType::F32);
        let loss = |x: DynTensor| x.softmax_cross_entropy(index.clone().into()).weighted(w.clone());
        let x = tensor(x, &[ROWS, WIDTH], DType::F32);
        let (_, [dx]) = value_and_gradients(|[x]| loss(x).sum_all(), [x.clone()]);
        let (found, dx, x) = (elements(&loss(x.clone())), elements(&dx), elements(&x));
        for (r, row) in x.chunks(WIDTH).enumerate() {
            let label = usize::try_from(labels[r]).expect("a class");
            let masked = row.iter().all(|x| *x == -INFINITY);
            let log = log_softmax(row);
            let exact = if masked { INFINITY } else { -log[label] };
            let what = format!("row {r}, round {round}");
            assert_near(found[r], weighted(weights[r], exact), 1e-5 * exact.abs().max(1.0), &what);
            for c in 0..WIDTH {
                let p = if masked { 0.0 } else { log[c].exp() };
                let exact = weighted(weights[r], p - f64::from(u8::from(c == label)));
                assert_near(dx[r * WIDTH + c], exact, 1e-5, format!("gradient of {what}"));
            }
        }
    }
}

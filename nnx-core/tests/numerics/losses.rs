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
    /// Errors are relative to at least this.
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

/// Predictions, targets and weights. Elements with weight 0 may have any value.
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
                        // A value beyond the range of the type is infinite.
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

/// Losses of rows of `(2, 3)`, of which the first has the weight 0.
#[test]
fn losses_of_labels_and_of_embeddings_with_a_weight_of_zero_have_a_gradient_of_zero() {
    use nnx_core::size::{U2, U3};
    use nnx_core::tensor::gradient;
    type Row = Tensor<(U2, U3)>;
    let labels = || Tensor::from([1, 2]);
    let triplet = |x: Row, options| {
        let other = Tensor::from([[0.0f32, 1.0, 2.0]; 2]);
        nn::triplet_margin_loss(x.clone(), other.clone(), other * 2.0, options)
    };
    let options = nn::TripletOptions::default().margin(50.0);
    let losses: [(&str, &dyn Fn(Row) -> Tensor<(U2,)>); 6] = [
        ("hinge", &|x| nn::multiclass_hinge_loss(x, labels())),
        ("perceptron", &|x| nn::multiclass_perceptron_loss(x, labels())),
        ("sparsemax", &|x| nn::multiclass_sparsemax_loss(x, labels())),
        ("triplet", &|x| triplet(x, options)),
        ("triplet of degree 3", &|x| triplet(x, options.norm_degree(3.0))),
        ("ctc", &|x| {
            let classes = Tensor::from([[1], [2]]);
            let (frames, mask) = (Tensor::from([[true], [true]]), Tensor::from([[true], [true]]));
            nn::ctc_loss(x.insert_axis::<1>(), frames, classes, mask, 0)
        }),
    ];
    for (name, loss) in losses {
        for anything in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 0.0] {
            let x = || Tensor::from([[anything, 1.0, anything], [1.0, 0.25, -1.0]]);
            let total = |x: Row| loss(x).weighted(Tensor::from([0.0, 1.0])).sum();
            let (value, slope) = (total(x()).item(), gradient(total, x()).to_vec());
            assert!(value.is_finite(), "{name} at {anything}: {value}");
            assert!(slope[..3].iter().all(|x| *x == 0.0), "{name} at {anything}: {slope:?}");
            assert!(slope[3..].iter().any(|x| *x != 0.0), "{name} at {anything}: {slope:?}");
        }
    }
}

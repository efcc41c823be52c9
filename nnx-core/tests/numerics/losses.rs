//! Every loss against its reference implementation in f64, value and gradients, with inputs of any size. Examples of
//! weight 0 hold NaN and infinities: they add exactly 0.

mod cases;

use cases::{Case, Reference, any_logit, cases, log_softmax, weighted};
use nnx_core::array::DType;
use nnx_core::grad::value_and_gradients;
use nnx_core::nn;
use nnx_core::ops::DynTensor;
use nnx_core::size::{Batch, U4};
use nnx_core::tensor::Tensor;

use crate::numbers::{FLOATS, SplitMix64, assert_near, elements, epsilon, tensor};

const INFINITY: f64 = f64::INFINITY;
const ROWS: usize = 24;
const WIDTH: usize = 4;
type Rows = (Batch, U4);

/// Predictions, targets and weights. Elements with weight 0 may have any value.
fn inputs(case: &Case, s: &mut SplitMix64) -> [Vec<f64>; 3] {
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
            let mut random = SplitMix64(7);
            for round in 0..20 {
                let input = inputs(&case, &mut random);
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
    let mut random = SplitMix64(3);
    for round in 0..40 {
        let (mut x, mut labels, mut weights) = (vec![], vec![], vec![]);
        for _ in 0..ROWS {
            weights.push(random.one_of(&[0.0, 1.0, -2.0]));
            labels.push(i32::try_from(random.below(WIDTH)).expect("a class"));
            for _ in 0..WIDTH {
                let masked = *weights.last().expect("a weight") == 0.0;
                x.push(if masked {
                    random.one_of(&[f64::NAN, INFINITY, 1.0])
                } else {
                    any_logit(&mut random)
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

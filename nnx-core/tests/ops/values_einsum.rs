//! Einsum against loops over all axes, and against NumPy and JAX: `tests/goldens/einsum.safetensors`, made by
//! `make_einsum.py` there.

use std::collections::BTreeSet;

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;
use safetensors::SafeTensors;

use crate::gradcheck::gradients;
use crate::numbers::Values::Between;
use crate::numbers::{elements, tensor};
use crate::plain::{FLOATS, Plain, all_indices, assert_same};

/// The sum over all values of all letters, whose sizes are given in the order of the alphabet.
fn loops(terms: &[Vec<usize>], output: &[usize], sizes: &[usize], operands: &[Plain]) -> Plain {
    let choose = |index: &[usize], term: &[usize]| -> Vec<usize> {
        term.iter().map(|&letter| index[letter]).collect()
    };
    let mut result = Plain::build(&choose(sizes, output), |_| 0.0);
    // A letter that no operand has isn't summed.
    let occurs = |letter: usize| terms.iter().flatten().any(|&other| other == letter);
    let sizes: Vec<usize> =
        sizes.iter().enumerate().map(|(i, &size)| if occurs(i) { size } else { 1 }).collect();
    for index in all_indices(&sizes) {
        let factors = terms.iter().zip(operands).map(|(term, x)| x.at(&choose(&index, term)));
        result.add(&choose(&index, output), factors.product());
    }
    result
}

/// Numbers that look random.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    /// Up to `most` of `letters`.
    fn some(&mut self, letters: &[usize], most: usize) -> Vec<usize> {
        let count = self.below(most + 1);
        (0..count).map(|_| letters[self.below(letters.len())]).collect()
    }
}

#[test]
fn random_equations_equal_loops_over_all_axes() {
    let mut draw = Draw(3);
    for case in 0..400 {
        let sizes: Vec<usize> = (0..5)
            .map(|_| [1, 2, 2, 3, 3, 4, 0][draw.below(if case % 9 == 0 { 7 } else { 6 })])
            .collect();
        let terms: Vec<Vec<usize>> =
            (0..=draw.below(4)).map(|_| draw.some(&[0, 1, 2, 3, 4], 3)).collect();
        let known: Vec<usize> =
            terms.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut output = if known.is_empty() { vec![] } else { draw.some(&known, 4) };
        let mut seen = BTreeSet::new();
        output.retain(|letter| seen.insert(*letter));
        let text = |term: &[usize]| -> String {
            term.iter()
                .map(|&letter| char::from(b'a' + u8::try_from(letter).expect("five")))
                .collect()
        };
        let all: Vec<String> = terms.iter().map(|term| text(term)).collect();
        let equation = format!("{}->{}", all.join(","), text(&output));
        let operands: Vec<Plain> = terms
            .iter()
            .enumerate()
            .map(|(seed, term)| {
                let dims: Vec<usize> = term.iter().map(|&letter| sizes[letter]).collect();
                Plain::numbers(&dims, Between(-1.0, 1.0), seed)
            })
            .collect();
        let expected = loops(&terms, &output, &sizes, &operands);
        for dtype in FLOATS {
            let x = operands.iter().map(|x| x.tensor(dtype)).collect();
            let y = DynTensor::einsum(&equation, x).unwrap_or_else(|error| panic!("{error}"));
            assert_same(&y, &expected, dtype, &format!("{equation} of sizes {sizes:?}"));
        }
    }
}

fn golden(file: &SafeTensors<'_>, name: &str) -> DynTensor {
    let view = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (numbers, _) = view.data().as_chunks::<8>();
    tensor(numbers.iter().map(|x| f64::from_le_bytes(*x)).collect(), view.shape())
}

fn assert_near(found: &DynTensor, expected: &DynTensor, name: &str) {
    assert_eq!(found.signature(), expected.signature(), "{name}");
    for (found, expected) in elements(found).iter().zip(elements(expected)) {
        assert!((found - expected).abs() < 1e-13, "{name}: {found} instead of {expected}");
    }
}

#[test]
fn values_are_those_of_numpy_and_gradients_those_of_jax() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/goldens/einsum.safetensors");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = SafeTensors::deserialize(&bytes).expect("the file of goldens");
    let names = file.names();
    let equations: Vec<&str> =
        names.iter().filter_map(|name| name.strip_suffix("/output")).collect();
    assert_eq!(equations.len(), 19);
    for equation in equations {
        let count = equation.matches(',').count() + 1;
        let inputs: Vec<DynTensor> =
            (0..count).map(|i| golden(&file, &format!("{equation}/input {i}"))).collect();
        let einsum = |inputs| DynTensor::einsum(equation, inputs).unwrap_or_else(|e| panic!("{e}"));
        assert_near(
            &einsum(inputs.clone()),
            &golden(&file, &format!("{equation}/output")),
            equation,
        );
        if count > 5 {
            continue;
        }
        let cotangent = golden(&file, &format!("{equation}/cotangent"));
        let (_, found) = gradients(|inputs| einsum(inputs) * cotangent.clone(), inputs);
        for (i, found) in found.iter().enumerate() {
            let name = format!("{equation}/gradient {i}");
            assert_near(found, &golden(&file, &name), &name);
        }
    }
}

#[test]
fn an_infinite_element_reaches_only_what_it_is_multiplied_into() {
    let x = tensor(vec![1.0, f64::INFINITY, 0.0, 2.0], &[2, 2]);
    let y = tensor(vec![1.0, 0.0], &[2]);
    let z = DynTensor::einsum("ij,j->i", vec![x.clone(), y.clone()]).expect("a product");
    assert!(elements(&z)[0].is_nan() && elements(&z)[1] == 0.0, "0 · ∞ is NaN");
    let z = DynTensor::einsum("ij,i->ij", vec![x, y]).expect("a product");
    assert_eq!(elements(&z)[..2], [1.0, f64::INFINITY]);
}

#[test]
fn wrong_equations_and_operands_are_refused_with_numbers() {
    let (x, y) = (tensor(vec![1.0f32; 6], &[2, 3]), tensor(vec![1.0f32; 8], &[2, 2, 2]));
    let error = |equation: &str, operands: &[&DynTensor]| {
        let operands = operands.iter().copied().cloned().collect();
        DynTensor::einsum(equation, operands).expect_err(equation).to_string()
    };
    let form = "`einsum` takes an equation of letters such as \"...ti,io->...to\", but ";
    for (equation, text) in [
        ("ij", "\"ij\" has no result: write it behind `->`"),
        ("i.->i", "\"i.->i\" has dots that aren't `...`"),
        ("...i...->...", "\"...i...->...\" has `...` twice in one term"),
        ("i1->i", "\"i1->i\" has other signs than letters, `...`, `,` and one `->`"),
        ("ij->i->", "\"ij->i->\" has other signs than letters, `...`, `,` and one `->`"),
        ("iß->i", "\"iß->i\" has other signs than letters, `...`, `,` and one `->`"),
    ] {
        assert_eq!(error(equation, &[&x]), format!("{form}{text}"));
    }
    for (equation, operands, text) in [
        ("ij,j->i", &[&x][..], "has an equation of 2 operands, found 1"),
        ("i->i", &[&x], "names 1 axes of operand 1, which has shape (2, 3)"),
        (
            "ij,...ijkl->...",
            &[&x, &y],
            "names at least 4 axes of operand 2, which has shape (2, 2, 2)",
        ),
        ("ij->ii", &[&x], "gives the axis `i` twice"),
        ("ij->k", &[&x], "gives an axis `k` that no operand has"),
        ("ij->...", &[&x], "gives `...`, which no operand has"),
        ("...j->j", &[&x], "has `...` in an operand: write it in the result, too"),
        ("ij,jkl->i", &[&x, &y], "has an axis `j` of 3 in operand 1 and of 2 in operand 2"),
        ("ii->i", &[&x], "has an axis `i` of 2 in operand 1 and of 3 in operand 1"),
        (
            "...,...i->...",
            &[&x, &y],
            "has an axis of `...`, the last but 0, of 3 in operand 1 and of 2 in operand 2",
        ),
        (
            "abc,def,ghi->abcdefghi",
            &[&y, &y, &y],
            "would have intermediate results of more than 8 axes in any order: contract some operands first",
        ),
    ] {
        assert_eq!(error(equation, operands), format!("`einsum` {text}"));
    }
    let wide = x.clone().cast(DType::F64);
    let text = "`einsum` takes operands of f32 or all of f64, found f32 and f64";
    assert_eq!(error("ij,ij->i", &[&x, &wide]), text);
    let integers = tensor(vec![1, 2], &[2]);
    let text = "`einsum` takes operands of f32 or all of f64, found i32 and i32";
    assert_eq!(error("i->i", &[&integers]), text);
}

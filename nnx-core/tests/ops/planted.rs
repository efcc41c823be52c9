//! Tests of the gradient checker: it rejects wrong gradient rules, and accepts a right one.

use nnx_core::array::{Array, ShapeError};
use nnx_core::ops::{Backward, DynTensor, Keeps, Operation, Signature};

use crate::gradcheck::check;
use crate::numbers::{Values, tensor};

/// `a b b` of two vectors, with a rule that may be wrong in one way.
#[derive(Debug, Clone, Copy)]
struct Planted {
    keeps: Keeps,
    rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    Right,
    /// The gradient is scaled by a wrong factor.
    Factor(f64),
    /// The gradients of the two operands are swapped.
    Swapped,
    /// The right gradient of first order, but detached: gradients of second order are wrong.
    Detached,
    /// A correct rule that reads the output: `y / a` and `2 y / b`.
    FromOutput,
    /// The gradient of the second input is missing.
    Forgotten,
}

impl Operation for Planted {
    fn name(&self) -> &'static str {
        "planted"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [a, b] if a == b => Ok(*a),
            _ => Err(ShapeError::operands("planted", "takes two inputs of one shape")),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [a, b] = [0, 1].map(|i| inputs[i].to_vec::<f64>().expect("f64"));
        let product = a.iter().zip(b).map(|(a, b)| a * b * b).collect();
        Array::new(product, &inputs[0].dims()).expect("as many elements as before")
    }
    fn keeps(&self) -> Keeps {
        self.keeps
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let index = if self.rule == Rule::Swapped { 1 - index } else { index };
        let [a, b] = [0, 1].map(|i| match self.rule {
            Rule::Detached => at.inputs[i].clone().stop_gradient(),
            _ => at.inputs[i].clone(),
        });
        let right = match (self.rule, index) {
            (Rule::FromOutput, 0) => at.output / &a,
            (Rule::FromOutput, _) => (at.output / &b).mul_scalar(2.0),
            (_, 0) => &b * &b,
            _ => (&a * &b).mul_scalar(2.0),
        };
        match self.rule {
            Rule::Factor(factor) => Some((&at.gradient * &right).mul_scalar(factor)),
            Rule::Forgotten if index == 1 => None,
            _ => Some(&at.gradient * &right),
        }
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        2 * output.elements() as u64
    }
}

fn verdict(keeps: Keeps, rule: Rule) -> Result<(), String> {
    let inputs = [0, 1].map(|seed| tensor(Values::Between(0.5, 2.0).take(4, seed), &[4]));
    let planted = Planted { keeps, rule };
    check(
        |inputs| DynTensor::try_apply_all(planted, inputs).expect("two inputs of one shape"),
        &inputs,
    )
}

#[test]
fn a_right_rule_of_ones_own_passes() {
    assert_eq!(verdict(Keeps::INPUTS, Rule::Right), Ok(()));
    assert_eq!(verdict(Keeps::BOTH, Rule::FromOutput), Ok(()));
}

#[test]
fn a_rule_that_is_off_by_a_factor_is_refused() {
    for factor in [1.01, 1.000_01, -1.0, 0.0] {
        let refused = verdict(Keeps::INPUTS, Rule::Factor(factor)).expect_err("a wrong rule");
        assert!(refused.starts_with("gradient 0 at element 0"), "{refused}");
    }
}

#[test]
fn a_rule_with_swapped_operands_is_refused() {
    assert!(verdict(Keeps::INPUTS, Rule::Swapped).is_err());
}

#[test]
fn a_forgotten_gradient_is_refused() {
    let refused = verdict(Keeps::INPUTS, Rule::Forgotten).expect_err("a wrong rule");
    assert!(refused.starts_with("gradient 1"), "{refused}");
}

#[test]
fn a_rule_that_reads_what_it_does_not_keep_is_refused() {
    for (keeps, rule) in [
        (Keeps::NOTHING, Rule::Right),
        (Keeps::OUTPUT, Rule::Right),
        (Keeps::INPUTS, Rule::FromOutput),
        (Keeps::OUTPUT, Rule::FromOutput),
    ] {
        let refused = verdict(keeps, rule).expect_err("a rule that reads what isn't kept");
        assert!(refused.contains("NaN"), "{refused}");
    }
}

#[test]
fn a_rule_that_is_right_only_once_is_refused_at_second_order() {
    let refused = verdict(Keeps::INPUTS, Rule::Detached).expect_err("no second order");
    assert!(refused.starts_with("gradient of the gradient"), "{refused}");
}

//! Fused operations, which plans make, as operations: shapes that they refuse, and their gradients.

use nnx::array::{Array, DType, Dims, ShapeError};
use nnx::grad::value_and_gradients;
use nnx::module::record;
use nnx::ops::{Backward, DynTensor, Keeps, Operation, Signature};
use nnx::prelude::*;
use nnx::program::{Memo, OperandView, Plan, Program, Rewrites};

/// The first step of a program, as an operation.
#[derive(Debug)]
struct First(Program);

impl First {
    fn operation(&self) -> &dyn Operation {
        self.0.iter().next().expect("a step").operation()
    }
}

impl Operation for First {
    fn name(&self) -> &'static str {
        self.operation().name()
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        self.operation().output(inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        self.operation().forward(inputs)
    }
    fn keeps(&self) -> Keeps {
        self.operation().keeps()
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        self.operation().gradient(at, index)
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        self.operation().flops(inputs, output)
    }
}

fn values(sizes: &[usize], seed: usize) -> DynTensor {
    let count: usize = sizes.iter().product();
    let value = |i: usize| ((i * 7 + seed * 11) % 13) as f32 / 13.0 - 0.4;
    Array::new((0..count).map(value).collect(), sizes).expect("as many elements").into()
}

/// The plan of one fused step of a function of these inputs. Its operands are the inputs in the order that is returned.
fn fused(inputs: &[DynTensor], f: impl Fn(&[DynTensor]) -> DynTensor) -> (First, Vec<usize>) {
    let run = |x: Vec<DynTensor>, _: &mut Pass| vec![f(&x)];
    let (program, _) = record(&Identity, inputs.to_vec(), run).expect("a program");
    let plan = Plan::with(&program, Rewrites::Exact, &Memo::default()).expect("a plan");
    assert_eq!(plan.steps(), 1, "{plan}");
    let first = First(plan.program().clone());
    assert_eq!(first.name(), "fused");
    let operands = first.0.iter().next().expect("a step").operands();
    let input = |operand: OperandView<'_>| match operand {
        OperandView::Value(value) => value,
        OperandView::Constant(_) => panic!("an input"),
    };
    let order = operands.map(input).collect();
    (first, order)
}

#[test]
fn gradients_are_those_of_the_operations() {
    let inputs = [values(&[3, 4], 1), values(&[4, 5], 2), values(&[5], 3), values(&[3, 5], 4)];
    type Function = fn(&[DynTensor]) -> DynTensor;
    let product: Function = |x| {
        let y = x[0].clone().linear(x[1].clone(), Some(x[2].clone()));
        (y.clone() * y.sigmoid() + x[3].clone()).tanh()
    };
    let expression: Function = |x| (x[0].clone().tanh() - x[1].clone()) * x[0].clone().exp();
    let pair = [values(&[3, 5], 5), values(&[3, 5], 6)];
    for (f, inputs) in [(product, &inputs[..]), (expression, &pair[..])] {
        for index in 0..inputs.len() {
            let with = |one: &DynTensor| {
                let mut all = inputs.to_vec();
                all[index] = one.clone();
                all
            };
            let run = |[x]: [DynTensor; 1]| {
                let (operation, order) = fused(inputs, f);
                let all = with(&x);
                let operands = order.iter().map(|&input| all[input].clone()).collect();
                DynTensor::try_apply_all(operation, operands).expect("an output").sum_all()
            };
            let (value, [found]) = value_and_gradients(run, [inputs[index].clone()]);
            let (same, [expected]) =
                value_and_gradients(|[x]| f(&with(&x)).sum_all(), [inputs[index].clone()]);
            assert_eq!(value.array(), same.array());
            let [found, expected] = [found, expected].map(|x| x.array().to_vec::<f32>());
            for (found, expected) in found.expect("f32").iter().zip(expected.expect("f32")) {
                assert!((found - expected).abs() < 1e-6, "input {index}: {found}, {expected}");
            }
        }
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let inputs = [values(&[3, 4], 1), values(&[3, 4], 2)];
    let (operation, _) = fused(&inputs, |x| (x[0].clone() + x[1].clone()).relu());
    let signature = |sizes: &[usize], dtype| Signature { dims: Dims::new(sizes), dtype };
    let message = |inputs: &[Signature]| operation.output(inputs).unwrap_err().to_string();
    let (x, wide) = (signature(&[3, 4], DType::F32), signature(&[3, 4], DType::F64));
    assert_eq!(operation.output(&[x, x]), Ok(x));
    assert_eq!(message(&[]), "`fused` takes 1 or more inputs, found 0");
    let expected = "`fused` takes inputs (3, 4) of f32 for its elementwise operations, found ";
    assert_eq!(message(&[x, signature(&[4], DType::F32)]), format!("{expected}(4,) of f32"));
    assert_eq!(message(&[wide, wide]), format!("{expected}(3, 4) of f64"));
}

#[test]
fn operations_of_a_fused_step_are_counted() {
    let inputs = [values(&[3, 4], 1), values(&[4, 5], 2), values(&[5], 3)];
    let f = |x: &[DynTensor]| x[0].clone().linear(x[1].clone(), Some(x[2].clone())).relu();
    let run = |x: Vec<DynTensor>, _: &mut Pass| vec![f(&x)];
    let (program, _) = record(&Identity, inputs.to_vec(), run).expect("a program");
    let plan = Plan::new(&program).expect("a plan");
    assert_eq!((plan.steps(), plan.flops()), (1, program.flops()), "{plan}");
}

//! Operations and formulas of a user that panic while a step is replayed.

use crate::prelude::*;
use nnx_core::array::{Array, ShapeError};
use nnx_core::ops::{Backward, DynTensor, Keeps, Operation, Signature};
use nnx_core::optim::{Chain, ElementwiseTransform};
use nnx_core::tensor::Real;

use crate::{bits, panic_of};

/// An operation of a user, which panics for a first element of 7. `denies` is its answer to `may_panic`.
#[derive(Debug)]
struct NotSeven {
    denies: bool,
}

impl Operation for NotSeven {
    fn name(&self) -> &'static str {
        "not_seven"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        Ok(inputs[0])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        assert_ne!(inputs[0].to_vec::<f32>().expect("f32")[0], 7.0, "a seven");
        inputs[0].clone()
    }
    fn may_panic(&self) -> bool {
        !self.denies
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(at.gradient.clone())
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

type Vectors = (Param<shape![3]>, Param<shape![3]>);

/// Changes both variables before the operation runs: the second by two steps, one before and one after it.
fn before_and_after(denies: bool) -> impl FnMut(&mut Vectors, Tensor![3]) -> Outcome {
    move |vectors, x| {
        let first = vectors.0.value().clone();
        let counted = DynTensor::apply(NotSeven { denies }, [(first.clone() + x).into_dyn()]);
        let second = vectors.1.value().clone();
        vectors.0.replace(first + 1.0);
        let counted: Tensor![3] = Tensor::try_from(counted.into_array())?;
        vectors.1.replace((second * 2.0).exp() + counted.clone());
        Ok(counted)
    }
}

type Outcome = Result<Tensor![3], nnx_core::Error>;

#[test]
fn an_operation_of_a_user_that_panics_leaves_the_variables_as_they_were() {
    let mut vectors: Vectors = (Param::new(Tensor::zeros()), Param::new(Tensor::ones()));
    let mut step = jit(before_and_after(false));
    step.call(&mut vectors, Tensor::ones()).expect("a step");
    let before = bits(&vectors);
    let message = panic_of(|| step.call(&mut vectors, Tensor::from([6.0, 0.0, 0.0])));
    assert!(message.contains("a seven"), "{message}");
    assert_eq!(bits(&vectors), before);
    step.call(&mut vectors, Tensor::ones()).expect("a step");
}

/// The operation panics although its `may_panic` is false. The panic reaches the caller; each element is old, new or
/// NaN.
#[test]
fn an_operation_that_denies_its_panic_leaves_variables_old_new_or_nan() {
    let mut vectors: Vectors = (Param::new(Tensor::zeros()), Param::new(Tensor::ones()));
    let mut step = jit(before_and_after(true));
    step.call(&mut vectors, Tensor::ones()).expect("a step");
    let old = vectors.clone();
    let message = panic_of(|| step.call(&mut vectors, Tensor::from([6.0, 0.0, 0.0])));
    assert!(message.contains("a seven"), "{message}");
    let allowed = |found: &Param<shape![3]>, old: &Param<shape![3]>, new: Option<f32>| {
        found.value().to_vec().iter().zip(old.value().to_vec()).all(|(found, old)| {
            found.is_nan() || *found == old || new.is_some_and(|new| *found == new)
        })
    };
    assert!(allowed(&vectors.0, &old.0, Some(2.0)), "{:?}", vectors.0);
    assert!(allowed(&vectors.1, &old.1, None), "{:?}", vectors.1);
    step.call(&mut vectors, Tensor::ones()).expect("the step can run again");
}

/// A momentum of a user, whose formula panics for a gradient of 9.
#[derive(Debug, Clone, Copy)]
struct NotNine;

impl ElementwiseTransform<1> for NotNine {
    const SLOTS: [&'static str; 1] = ["sum"];
    fn formula<E: Real>(
        &self,
        _: u64,
    ) -> impl Fn(E, E, [E; 1]) -> (E, [E; 1]) + Copy + Send + Sync + 'static {
        |gradient: E, _, [sum]| {
            assert!(gradient != E::from_f64(9.0), "a nine");
            (-(sum + gradient), [sum + gradient])
        }
    }
}

#[test]
fn a_formula_of_a_user_that_panics_leaves_the_variables_as_they_were() {
    // Longer than a block of the loop: the blocks before are computed when the last one panics.
    type Weights = (Param<shape![10_000]>, Param<shape![1]>);
    let mut weights: Weights = (Param::new(Tensor::ones()), Param::new(Tensor::ones()));
    let mut optimizer = Optimizer::new(&weights, Chain::new().then(NotNine));
    let mut step =
        jit(|(weights, optimizer): (&mut Weights, &mut Optimizer), x: Tensor![10_000]| {
            let (loss, grads) =
                loss_and_grad(weights, |weights, pass| (weights.0.get(pass) * x).sum())?;
            optimizer.update(weights, grads)?;
            Ok(loss)
        });
    let with_last = |last: f32| {
        let mut x = vec![1.0; 10_000];
        x[9_999] = last;
        <Tensor![10_000]>::from_vec(x).expect("as many elements")
    };
    step.call((&mut weights, &mut optimizer), with_last(1.0)).expect("a step");
    let before = (bits(&weights), bits(&optimizer));
    let message = panic_of(|| step.call((&mut weights, &mut optimizer), with_last(9.0)));
    assert!(message.contains("a nine"), "{message}");
    assert_eq!((bits(&weights), bits(&optimizer)), before);
    step.call((&mut weights, &mut optimizer), with_last(1.0)).expect("a step");
}

#[test]
fn operations_of_other_crates_may_panic_by_default() {
    #[derive(Debug)]
    struct Plain;
    impl Operation for Plain {
        fn name(&self) -> &'static str {
            "plain"
        }
        fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
            Ok(inputs[0])
        }
        fn forward(&self, inputs: &mut [Array]) -> Array {
            inputs[0].clone()
        }
        fn keeps(&self) -> Keeps {
            Keeps::NOTHING
        }
        fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
            None
        }
        fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
            0
        }
    }
    assert!(Plain.may_panic());
}

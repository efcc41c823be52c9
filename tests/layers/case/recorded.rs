//! Recorded programs and steps of a layer beside its runs.

use nnx::module::{ModuleVisitor, Visitor, VisitorMut, record};
use nnx::ops::DynTensor;
use nnx::prelude::*;
use nnx::program::{Memo, Plan, Rewrites};

use super::{Case, Subject, elements};

impl Case {
    /// Recorded training steps give the bits of the steps themselves: losses, outputs, gradients in Adam's slots, parameters,
    /// statistics and streams.
    pub(super) fn check_steps(&self, subject: &mut dyn Subject, x: &[DynTensor]) {
        let start = state_of(&Filter::everything(), subject);
        let mut subject = Borrowed(subject);
        let expected = three_steps(&mut subject, x, &start, &mut train);
        let mut step = jit(train);
        let found = three_steps(&mut subject, x, &start, &mut |modules, x| step.call(modules, x));
        assert!(found == expected, "{}: a recorded step gives other bits", self.name);
        assert_eq!(step.programs(), 1, "{}", self.name);
    }

    /// A recorded evaluation gives the same bits: of the recorded inputs, and of others. Rewrites that round are close.
    pub(super) fn check_program(&self, subject: &dyn Subject, x: &[DynTensor], output: &DynTensor) {
        let run = |x: Vec<DynTensor>, pass: &mut Pass| vec![subject.run(x, pass)];
        let (program, recorded) = record(subject, x.to_vec(), run).expect("a program");
        assert_eq!(
            recorded[0].array().to_le_bytes(),
            output.array().to_le_bytes(),
            "{}",
            self.name
        );
        let plans = [Rewrites::Nothing, Rewrites::Exact, Rewrites::All].map(|rewrites| {
            (rewrites, Plan::with(&program, rewrites, &Memo::default()).expect("a plan"))
        });
        let others = x
            .iter()
            .map(|x| if x.dtype().is_float() { x.clone().mul_scalar(-0.7) } else { x.clone() });
        for inputs in [x.to_vec(), others.collect()] {
            let expected = subject.run(inputs.clone(), &mut Pass::eval());
            let arrays: Vec<_> = inputs.into_iter().map(DynTensor::into_array).collect();
            for (rewrites, plan) in &plans {
                let found = plan.run(arrays.clone()).expect("a run");
                if *rewrites == Rewrites::All {
                    // NaN isn't near NaN.
                    let (mut found, mut expected) =
                        (found[0].to_vec::<f32>().expect("f32"), elements(&expected));
                    for (found, expected) in found.iter_mut().zip(&mut expected) {
                        if found.is_nan() && expected.is_nan() {
                            (*found, *expected) = (0.0, 0.0);
                        }
                    }
                    self.errors().compare("a plan's output", &found, &expected);
                    continue;
                }
                assert_eq!(
                    found[0].to_le_bytes(),
                    expected.array().to_le_bytes(),
                    "{}: the plan ({rewrites:?}) gives other bits than the layer:\n{program}\n{plan}",
                    self.name
                );
            }
        }
    }
}

/// One training step of a layer with Adam; of a layer without parameters, a pass that is committed.
fn train(
    (subject, optimizer): (&mut Borrowed<'_>, &mut Option<Optimizer>),
    x: List,
) -> Result<List, nnx::Error> {
    let Some(optimizer) = optimizer else {
        let mut pass = Pass::train();
        let output = subject.0.run(x.0, &mut pass);
        pass.commit(subject)?;
        return Ok(List(vec![output]));
    };
    let ((loss, output), grads) = loss_and_grad(subject, |subject, pass| {
        let output = subject.0.run(x.0, pass);
        let weights = output.clone().sin().stop_gradient();
        let loss = Tensor::<()>::try_from((output.clone() * weights).sum_all());
        loss.map(|loss| (loss, output.stop_gradient()))
    })?;
    optimizer.update(subject, grads)?;
    Ok(List(vec![loss.into_dyn(), output]))
}

/// The bits of all outputs and variables of three steps on different inputs; then the layer is as before.
fn three_steps<'a>(
    subject: &mut Borrowed<'a>,
    x: &[DynTensor],
    start: &State,
    step: &mut dyn FnMut(
        (&mut Borrowed<'a>, &mut Option<Optimizer>),
        List,
    ) -> Result<List, nnx::Error>,
) -> Vec<Vec<u8>> {
    let mut optimizer = (parameters(subject) > 0).then(|| Optimizer::new(subject, adam(1e-2)));
    let mut all = Vec::new();
    for scale in [1.0, -0.7, 0.3] {
        let scaled = |x: &DynTensor| match x.dtype().is_float() {
            true => x.clone().mul_scalar(scale),
            false => x.clone(),
        };
        let outputs = step((&mut *subject, &mut optimizer), List(x.iter().map(scaled).collect()));
        all.extend(outputs.expect("a step").0.iter().map(|y| y.array().to_le_bytes()));
        let everything = Filter::everything();
        for variables in [state_of(&everything, subject), state_of(&everything, &optimizer)] {
            all.extend(variables.iter().map(|(_, entry)| entry.array.to_le_bytes()));
        }
    }
    nnx::module::update_of(&Filter::everything(), subject, start).expect("its own state");
    all
}

/// A layer of any type, as a module with a size.
struct Borrowed<'a>(&'a mut dyn Subject);

impl Module for Borrowed<'_> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.0.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.0.visit_mut(visitor);
    }
    fn visit_modules(&mut self, _: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
    }
}

/// Tensors of any number.
struct List(Vec<DynTensor>);

impl nnx::tensor::Tensors for List {
    fn into_list(self, list: &mut Vec<DynTensor>) {
        list.extend(self.0);
    }
    fn from_list(list: &mut dyn Iterator<Item = DynTensor>) -> Self {
        Self(list.collect())
    }
}

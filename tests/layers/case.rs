//! Compares one layer with one set of options with its golden.

use std::marker::PhantomData;

use nnx::array::Element;
use nnx::grad::value_and_gradients;
use nnx::module::{ModuleVisitor, Visitor, VisitorMut, record};
use nnx::ops::DynTensor;
use nnx::prelude::*;
use nnx::program::{Memo, Plan, Rewrites};
use nnx::tensor::Inputs;

use crate::golden::{Errors, Golden};
pub(crate) use crate::panics::panic_of;

/// The goldens of one layer: see `tests/goldens/recorder.py` for the names.
pub(crate) struct Case {
    golden: Golden,
    name: &'static str,
    least: f64,
}

impl Case {
    /// The case `name` of a file. Numbers may be off by 1e-5 of the largest in their array.
    pub(crate) fn open(file: &'static str, name: &'static str) -> Self {
        Self { golden: Golden::open(file), name, least: f64::MIN_POSITIVE }
    }

    /// Arrays that are 0 but for rounding are measured by `least`: gradients of parameters that the output doesn't
    /// depend on. The call says why, in a comment.
    pub(crate) fn at_least(self, least: f64) -> Self {
        Self { least, ..self }
    }

    /// Compares numbers with those under `what`.
    pub(crate) fn compare_numbers(&self, what: &str, found: &[f32]) {
        self.errors().compare(what, found, &self.numbers(what));
    }

    /// Gives a layer the parameters under `start`: goldens of PyTorch aren't drawn from our seeds.
    pub(crate) fn load<M: Module>(&self, model: &mut M) {
        let mut start = state(model);
        for (path, entry) in &state(model) {
            let array = self.golden.array(&format!("{}/start/{path}", self.name));
            start.insert(path.clone(), nnx::module::Entry { array, ..entry.clone() });
        }
        update(model, &start).expect("the golden has the layer's parameters");
    }

    fn errors(&self) -> Errors {
        Errors::of(self.name, 1e-5).at_least(self.least)
    }

    /// The input of this index, of just this shape.
    pub(crate) fn input<S: Shape, E: Element>(&self, index: usize) -> Tensor<S, E> {
        self.golden.tensor(&format!("{}/input/{index}", self.name))
    }

    /// An additional array of the golden, such as `mask`.
    pub(crate) fn tensor<S: Shape, E: Element>(&self, what: &str) -> Tensor<S, E> {
        self.golden.tensor(&format!("{}/{what}", self.name))
    }

    /// Checks everything about a layer of one input.
    pub(crate) fn check<M, S, O>(&self, model: &mut M)
    where
        M: Module + Layer<Tensor<S>, Output = Tensor<O>>,
        S: Shape,
        O: Shape,
    {
        self.check_with(model, self.input::<S, f32>(0), |model, x, pass| model.forward(x, pass));
    }

    /// Everything about a layer: `x` are the inputs that gradients are wanted of, in order, and
    /// `forward` is one run.
    pub(crate) fn check_with<M, X, O>(
        &self,
        model: &mut M,
        x: X,
        forward: impl Fn(&M, X, &mut Pass) -> Tensor<O>,
    ) where
        M: Module,
        X: Inputs,
        O: Shape,
    {
        self.check_subject(&mut Typed { model, forward, inputs: PhantomData }, &x.into_list());
    }

    fn check_subject(&self, subject: &mut dyn Subject, x: &[DynTensor]) {
        let mut errors = self.errors();
        self.compare("start", &learned(subject), &mut errors);

        let cotangent = self.golden.array(&format!("{}/cotangent", self.name));
        let output = subject.run(x.to_vec(), &mut Pass::train());
        assert_eq!(output.dims(), cotangent.dims(), "{}: the shape of the output", self.name);
        errors.compare("output", &elements(&output), &self.numbers("output"));

        let weighted = |subject: &dyn Subject, x: Vec<DynTensor>, pass: &mut Pass| {
            (subject.run(x, pass) * DynTensor::from(cotangent.clone())).sum_all()
        };
        let expected = self.golden.names(&format!("{}/input gradient/", self.name));
        assert_eq!(x.len(), expected.len(), "as many inputs as Flax differentiated");
        for (i, name) in expected.iter().enumerate() {
            let of_one = |[one]: [DynTensor; 1]| {
                let x = x.iter().enumerate().map(|(j, x)| if i == j { &one } else { x }).cloned();
                weighted(subject, x.collect(), &mut Pass::train())
            };
            let (_, [slope]) = value_and_gradients(of_one, [x[i].clone()]);
            errors.compare(name, &elements(&slope), &self.golden.numbers(name));
        }

        if parameters(subject) > 0 {
            let as_it_was = state(subject);
            let found = grad(subject, |subject, pass| {
                Tensor::<()>::try_from(weighted(subject, x.to_vec(), pass)).expect("a sum")
            });
            self.compare("gradient", &found.expect("gradients"), &mut errors);
            update(subject, &as_it_was).expect("its own state");
        }
        for _ in 0..3 {
            let mut pass = Pass::train();
            let _ = subject.run(x.to_vec(), &mut pass);
            pass.commit(subject).expect("nothing failed");
        }
        let statistics = state_of(&Filter::kind::<kind::BatchStat>(), subject);
        self.compare("after", &statistics, &mut errors);
        self.compare_counts(subject);

        let evaluation = subject.run(x.to_vec(), &mut Pass::eval());
        errors.compare("evaluation", &elements(&evaluation), &self.numbers("evaluation"));
        self.check_program(subject, x, &evaluation);
        self.check_steps(subject, x);
    }

    /// Recorded training steps give the bits of the steps themselves: losses, outputs, gradients in Adam's slots, parameters,
    /// statistics and streams.
    fn check_steps(&self, subject: &mut dyn Subject, x: &[DynTensor]) {
        let start = state_of(&Filter::everything(), subject);
        let mut subject = Borrowed(subject);
        let expected = three_steps(&mut subject, x, &start, &mut train);
        let mut step = jit(train);
        let found = three_steps(&mut subject, x, &start, &mut |modules, x| step.call(modules, x));
        assert!(found == expected, "{}: a recorded step gives other bits", self.name);
        assert_eq!(step.programs(), 1, "{}", self.name);
    }

    /// A recorded evaluation gives the same bits: of the recorded inputs, and of others. Rewrites that round are close.
    fn check_program(&self, subject: &dyn Subject, x: &[DynTensor], output: &DynTensor) {
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

    fn numbers(&self, what: &str) -> Vec<f32> {
        self.golden.numbers(&format!("{}/{what}", self.name))
    }

    /// Compares a state with all arrays under `what`, by path.
    fn compare(&self, what: &str, found: &State, errors: &mut Errors) {
        let expected = self.golden.names(&format!("{}/{what}/", self.name));
        let names: Vec<String> =
            found.iter().map(|(path, _)| format!("{}/{what}/{path}", self.name)).collect();
        assert_eq!(names, expected, "the paths that Flax has");
        for ((_, entry), name) in found.iter().zip(&names) {
            assert_eq!(entry.array.dims(), self.golden.array(name).dims(), "{name}: the shape");
            let numbers = entry.array.to_vec().expect("f32");
            errors.compare(name, &numbers, &self.golden.numbers(name));
        }
    }

    /// The counters of the streams that the layers own. Their paths are not Flax's.
    fn compare_counts(&self, subject: &dyn Subject) {
        let counts = |arrays: Vec<nnx::array::Array>| {
            let mut counts: Vec<u32> =
                arrays.iter().map(|array| array.to_vec().expect("a counter")[0]).collect();
            counts.sort_unstable();
            counts
        };
        let expected = self.golden.names(&format!("{}/count/", self.name));
        let expected = counts(expected.iter().map(|name| self.golden.array(name)).collect());
        let found = state_of(&Filter::kind::<kind::RngCount>(), subject);
        let found = counts(found.iter().map(|(_, entry)| entry.array.clone()).collect());
        assert_eq!(found, expected, "{}: counters of the streams", self.name);
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

/// Parameters and statistics.
fn learned(subject: &dyn Subject) -> State {
    let filter = Filter::kind::<kind::Param>() | Filter::kind::<kind::BatchStat>();
    state_of(&filter, subject)
}

fn elements(x: &DynTensor) -> Vec<f32> {
    x.array().to_vec().expect("f32")
}

/// A layer and one run of it without their types, so that the check is compiled once and not for each
/// layer.
trait Subject: Module {
    fn run(&self, x: Vec<DynTensor>, pass: &mut Pass) -> DynTensor;
}

/// A layer and a way to run it.
struct Typed<'a, M, X, F> {
    model: &'a mut M,
    forward: F,
    inputs: PhantomData<fn(X)>,
}

impl<M: Module, X, F> Module for Typed<'_, M, X, F> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.model.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.model.visit_mut(visitor);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        self.model.visit_modules(visitor);
    }
}

impl<M, X, F, O> Subject for Typed<'_, M, X, F>
where
    M: Module,
    X: Inputs,
    F: Fn(&M, X, &mut Pass) -> Tensor<O>,
    O: Shape,
{
    fn run(&self, x: Vec<DynTensor>, pass: &mut Pass) -> DynTensor {
        (self.forward)(self.model, X::from_list(&mut x.into_iter()), pass).into_dyn()
    }
}

/// The number of cases of a file whose names begin so.
pub(crate) fn count(file: &'static str, beginning: &str) -> usize {
    let names = Golden::open(file).names(beginning);
    names.iter().filter(|name| name.ends_with("/output")).count()
}

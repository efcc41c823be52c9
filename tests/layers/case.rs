//! Compares one layer with one set of options with its golden.

mod recorded;

use std::cell::RefCell;
use std::marker::PhantomData;

use nnx::array::Element;
use nnx::grad::value_and_gradients;
use nnx::module::{ModuleVisitor, Visitor, VisitorMut};
use nnx::ops::DynTensor;
use nnx::prelude::*;
use nnx::tensor::Inputs;

use crate::golden::{Errors, Golden};
pub(crate) use crate::panics::panic_of;

/// The goldens of one layer: see `tests/goldens/recorder.py` for the names.
pub(crate) struct Case {
    golden: Golden,
    name: &'static str,
    least: f64,
    twice: bool,
}

impl Case {
    /// The case `name` of a file. Numbers may be off by 1e-5 of the largest in their array.
    pub(crate) fn open(file: &'static str, name: &'static str) -> Self {
        Self { golden: Golden::open(file), name, least: f64::MIN_POSITIVE, twice: false }
    }

    /// The case `name` of a file that `torch_recorder.py` made, with second gradients.
    pub(crate) fn of_torch(file: &'static str, name: &'static str) -> Self {
        Self { twice: true, ..Self::open(file, name) }
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
            let of_one = |one| weighted(subject, with(x, i, one), &mut Pass::train());
            let slope = slope_of(of_one, &x[i]);
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
        if self.twice {
            self.check_second_gradients(subject, x, &cotangent.into(), &mut errors);
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

    /// The gradients of the sum of the input's gradients, each times `direction/<i>`; the loss is `Σ output² cotangent`.
    fn check_second_gradients(
        &self,
        subject: &mut dyn Subject,
        x: &[DynTensor],
        cotangent: &DynTensor,
        errors: &mut Errors,
    ) {
        let expected = self.golden.names(&format!("{}/second input gradient/", self.name));
        assert_eq!(x.len(), expected.len(), "as many inputs as PyTorch differentiated twice");
        let total = |subject: &dyn Subject, x: &[DynTensor], pass: &mut Pass| {
            let pass = RefCell::new(pass);
            let slopes = (0..x.len()).map(|i| {
                let loss = |one| {
                    let y = subject.run(with(x, i, one), &mut pass.borrow_mut());
                    (y.square() * cotangent.clone()).sum_all()
                };
                let direction = self.golden.array(&format!("{}/direction/{i}", self.name));
                (slope_of(loss, &x[i]) * DynTensor::from(direction)).sum_all()
            });
            slopes.reduce(|sum, next| sum + next).expect("an input of floats")
        };
        for (i, name) in expected.iter().enumerate() {
            let of_one = |one| total(subject, &with(x, i, one), &mut Pass::train());
            let second = slope_of(of_one, &x[i]);
            errors.compare(name, &elements(&second), &self.golden.numbers(name));
        }
        if !x.is_empty() && parameters(subject) > 0 {
            let found = grad(subject, |subject, pass| {
                Tensor::<()>::try_from(total(subject, x, pass)).expect("a sum")
            });
            self.compare("second gradient", &found.expect("gradients"), errors);
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

/// These tensors, with another one at `i`.
fn with(x: &[DynTensor], i: usize, one: DynTensor) -> Vec<DynTensor> {
    let mut x = x.to_vec();
    x[i] = one;
    x
}

fn slope_of(f: impl Fn(DynTensor) -> DynTensor, x: &DynTensor) -> DynTensor {
    let (_, [slope]) = value_and_gradients(|[x]: [DynTensor; 1]| f(x), [x.clone()]);
    slope
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

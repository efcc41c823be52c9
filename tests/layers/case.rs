//! One layer under one setting, against everything that a golden says about it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx::array::Element;
use nnx::prelude::*;
use nnx::tensor::Inputs;

use crate::golden::{Errors, Golden};

/// The goldens of one layer: see `tests/goldens/recorder.py` for the names.
pub(crate) struct Case {
    golden: Golden,
    name: &'static str,
    tolerance: f64,
    least: f64,
}

impl Case {
    /// The case `name` of a file. Numbers may be off by 1e-5 of the largest in their array.
    pub(crate) fn open(file: &'static str, name: &'static str) -> Self {
        Self { golden: Golden::open(file), name, tolerance: 1e-5, least: f64::MIN_POSITIVE }
    }

    /// Another tolerance than 1e-5. The call says why, in a comment.
    #[allow(dead_code, reason = "for cases that say why")]
    pub(crate) fn within(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Arrays whose largest element is below `least` are measured by that: gradients that are 0 but for
    /// rounding. The call says why, in a comment.
    pub(crate) fn at_least(self, least: f64) -> Self {
        Self { least, ..self }
    }

    /// Numbers against those under `what`.
    pub(crate) fn compare_numbers(&self, what: &str, found: &[f32]) {
        self.errors().compare(what, found, &self.numbers(what));
    }

    fn errors(&self) -> Errors {
        Errors::of(self.name, self.tolerance).at_least(self.least)
    }

    /// The input of this index, of just this shape.
    pub(crate) fn input<S: Shape, E: Element>(&self, index: usize) -> Tensor<S, E> {
        self.golden.tensor(&format!("{}/input/{index}", self.name))
    }

    /// What the golden holds beside a layer's own, such as `mask`.
    pub(crate) fn tensor<S: Shape, E: Element>(&self, what: &str) -> Tensor<S, E> {
        self.golden.tensor(&format!("{}/{what}", self.name))
    }

    /// Everything about a layer of one input.
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
        X: Inputs + Clone,
        O: Shape,
    {
        let mut errors = self.errors();
        self.compare("start", &learned(model), &mut errors);

        let cotangent: Tensor<O> = self.golden.tensor(&format!("{}/cotangent", self.name));
        let output = forward(model, x.clone(), &mut Pass::train());
        errors.compare("output", &output.to_vec(), &self.numbers("output"));

        let weighted =
            |model: &M, x: X, pass: &mut Pass| (forward(model, x, pass) * cotangent.clone()).sum();
        let slopes = gradient(|x| weighted(model, x, &mut Pass::train()), x.clone());
        let expected = self.golden.names(&format!("{}/input gradient/", self.name));
        let slopes = slopes.into_list();
        assert_eq!(slopes.len(), expected.len(), "as many inputs as Flax differentiated");
        for (slope, name) in slopes.into_iter().zip(&expected) {
            let numbers = slope.array().to_vec().expect("f32");
            errors.compare(name, &numbers, &self.golden.numbers(name));
        }

        if parameters(model) > 0 {
            let as_it_was = state(model);
            let found =
                grad(model, |model, pass| weighted(model, x.clone(), pass)).expect("gradients");
            self.compare("gradient", &found, &mut errors);
            update(model, &as_it_was).expect("its own state");
        }
        for _ in 0..3 {
            let mut pass = Pass::train();
            let _ = forward(model, x.clone(), &mut pass);
            pass.commit(model).expect("nothing failed");
        }
        let statistics = state_of(&Filter::kind::<kind::BatchStat>(), model);
        self.compare("after", &statistics, &mut errors);
        self.compare_counts(model);

        let evaluation = forward(model, x, &mut Pass::eval());
        errors.compare("evaluation", &evaluation.to_vec(), &self.numbers("evaluation"));
    }

    fn numbers(&self, what: &str) -> Vec<f32> {
        self.golden.numbers(&format!("{}/{what}", self.name))
    }

    /// A state against all arrays under `what`, by path.
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
    fn compare_counts<M: Module>(&self, model: &M) {
        let counts = |arrays: Vec<nnx::array::Array>| {
            let mut counts: Vec<u32> =
                arrays.iter().map(|array| array.to_vec().expect("a counter")[0]).collect();
            counts.sort_unstable();
            counts
        };
        let expected = self.golden.names(&format!("{}/count/", self.name));
        let expected = counts(expected.iter().map(|name| self.golden.array(name)).collect());
        let found = state_of(&Filter::kind::<kind::RngCount>(), model);
        let found = counts(found.iter().map(|(_, entry)| entry.array.clone()).collect());
        assert_eq!(found, expected, "{}: counters of the streams", self.name);
    }
}

/// Parameters and statistics.
fn learned<M: Module>(model: &M) -> State {
    let filter = Filter::kind::<kind::Param>() | Filter::kind::<kind::BatchStat>();
    state_of(&filter, model)
}

/// The text of the panic of `f`.
pub(crate) fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).err().expect("a panic");
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| (*panic.downcast_ref::<&str>().expect("a panic with a text")).to_owned())
}

/// The number of cases of a file whose names begin so.
pub(crate) fn count(file: &'static str, beginning: &str) -> usize {
    let names = Golden::open(file).names(beginning);
    names.iter().filter(|name| name.ends_with("/output")).count()
}

//! Compares a model with the same model in Flax, from the same seed. `tests/goldens/make_models.py` writes the
//! goldens and says what they contain.

use nnx::array::Element;
use nnx::prelude::*;

use crate::golden::{Errors, Golden, compare_state, kept};

/// The allowed errors, each in units of the largest element of its array.
#[derive(Clone, Copy)]
pub(crate) struct Tolerances {
    /// Initial weights.
    pub(crate) weights: f64,
    /// The sums of weights, each in units of the sum of their absolute values.
    pub(crate) weight_sums: f64,
    /// Outputs, the loss, running statistics, and outputs that use them.
    pub(crate) outputs: f64,
    /// Gradients.
    pub(crate) gradients: f64,
    /// The unit for gradients whose largest element is smaller than this: some are 0 but for rounding.
    pub(crate) least_gradient: f64,
    /// Losses of ten steps of AdamW.
    pub(crate) losses: f64,
}

impl Tolerances {
    /// The summation order differs from Flax, so sums of hundreds of products in f32 have relative errors of
    /// about 1e-7. Measured errors were between 1e-7 and 6e-7; another processor may round differently.
    pub(crate) const OF_ROUNDING: Self = Self {
        weights: 2e-7,
        weight_sums: 1e-9,
        outputs: 2e-6,
        gradients: 2e-6,
        least_gradient: f64::MIN_POSITIVE,
        losses: 2e-6,
    };
}

/// A model, the goldens of the Flax model, and the batches of both.
pub(crate) struct FlaxReference<M, S, E = f32> {
    golden: Golden,
    name: &'static str,
    model: M,
    batches: Vec<Tensor<S, E>>,
    tolerances: Tolerances,
}

impl<M: Init, S: Shape> FlaxReference<M, S> {
    /// The model from `Rngs::new(0)`, and the goldens `<name>/..`.
    pub(crate) fn new(name: &'static str, tolerances: Tolerances) -> Self {
        Self::with_goldens("models", name, M::init(&mut Rngs::new(0)), tolerances)
    }
}

impl<M, S: Shape, E: Element> FlaxReference<M, S, E> {
    /// A model that was made from `Rngs::new(0)`, and the goldens `<name>/..` of a file.
    pub(crate) fn with_goldens(
        file: &'static str,
        name: &'static str,
        model: M,
        tolerances: Tolerances,
    ) -> Self {
        let golden = Golden::open(file);
        let batches = golden.names(&format!("{name}/input/"));
        let batches = batches.iter().map(|batch| golden.tensor(batch)).collect();
        Self { model, golden, name, batches, tolerances }
    }
}

impl<M, S: Shape, O: Shape, E: Element> FlaxReference<M, S, E>
where
    M: Module + Clone + Layer<Tensor<S, E>, Output = Tensor<O>>,
{
    /// The targets of the loss: labels or values.
    pub(crate) fn target<T: Shape, F: Element>(&self) -> Tensor<T, F> {
        self.golden.tensor(&format!("{}/target", self.name))
    }

    /// Compares weights, outputs, gradients, statistics and the losses of ten steps.
    pub(crate) fn check(self, loss: impl Fn(Tensor<O>) -> Tensor<()>) {
        let Tolerances { weights: starts, weight_sums, outputs, gradients, least_gradient, losses } =
            self.tolerances;
        let first = self.batches[0].clone();

        // Weights come from the same random bits. Only the last digit of the inverse error function differs.
        let mut errors = Errors::of("weights", starts);
        let weights = state_of(&Filter::kind::<kind::Param>(), &self.model);
        compare_state(&self.golden, &self.of("param"), &weights, &mut errors, weight_sums);

        let mut errors = Errors::of("outputs", outputs);
        let evaluation = self.model.infer(first.clone()).to_vec();
        let training = self.model.forward(first.clone(), &mut Pass::train()).to_vec();
        self.compare("evaluation", &evaluation, &mut errors);
        self.compare("output", &training, &mut errors);

        let step = |model: &mut M| {
            value_and_grad(model, |model, pass| loss(model.forward(first.clone(), pass)))
                .expect("gradients")
        };
        let (value, grads) = step(&mut self.model.clone());
        self.compare("loss", &[value], &mut errors);
        let mut errors = Errors::of("gradients", gradients).at_least(least_gradient);
        compare_state(&self.golden, &self.of("grad"), &grads, &mut errors, gradients);

        let mut model = self.model.clone();
        for batch in &self.batches {
            let mut pass = Pass::train();
            let _ = model.forward(batch.clone(), &mut pass);
            pass.commit(&mut model).expect("a pass over this model");
        }
        let mut errors = Errors::of("statistics", outputs);
        let after = state_of(&Filter::kind::<kind::BatchStat>(), &model);
        compare_state(&self.golden, &self.of("stat after"), &after, &mut errors, outputs);
        let evaluation = model.infer(first.clone()).to_vec();
        self.compare("evaluation after", &evaluation, &mut errors);

        let mut model = self.model.clone();
        let mut optimizer = Optimizer::new(&model, adamw(1e-3));
        let ten: Vec<f32> = (0..10)
            .map(|_| {
                let (value, grads) = step(&mut model);
                optimizer.update(&mut model, grads).expect("an update");
                value
            })
            .collect();
        self.compare("losses adamw", &ten, &mut Errors::of("losses", losses));
    }

    fn of(&self, what: &str) -> String {
        format!("{}/{what}", self.name)
    }

    fn compare(&self, what: &str, found: &[f32], errors: &mut Errors) {
        let name = self.of(what);
        errors.compare(&name, &kept(found.to_vec()), &self.golden.numbers(&name));
    }
}

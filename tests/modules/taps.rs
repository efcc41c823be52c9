//! Taps: values in a forward pass, by name, path and type, and gradients with respect to them.

use std::sync::atomic::{AtomicUsize, Ordering};

use nnx::array::ShapeError;
use nnx::module::{Tap, TensorType};
use nnx::ops::DynTensor;
use nnx::prelude::*;

tap! {
    /// Attention weights over any batch.
    pub Scores<B: Dim>: Tensor![B, 4, 4; f64];
    Mixed: Tensor![Batch, 4, 8; f64];
    Tokens: Tensor![3; i32]
}

/// A block that shows its attention.
#[derive(Module, Clone)]
struct Block {
    mix: Linear<U8, U8, f64>,
}

impl<B: Dim> Layer<Tensor![B, 4, 8; f64]> for Block {
    type Output = Tensor![B, 4, 8; f64];
    fn forward(&self, x: Tensor![B, 4, 8; f64], pass: &mut Pass) -> Self::Output {
        let y = self.mix.forward(x.clone(), pass);
        let scores: Tensor![B, 4, 4; f64] = y.clone().matmul(x.clone().transpose()).softmax();
        pass.within(self).tap::<Scores<B>>(&scores);
        x + scores.matmul(y)
    }
}

#[derive(Module)]
struct Net {
    blocks: Vec<Block>,
    norm: BatchNorm<U8, f64>,
}

impl Layer<Tensor![Batch, 4, 8; f64]> for Net {
    type Output = Tensor![Batch, 4, 8; f64];
    fn forward(&self, x: Tensor![Batch, 4, 8; f64], pass: &mut Pass) -> Self::Output {
        let x = self.blocks.forward(x, pass);
        pass.tap::<Mixed>(&x);
        self.norm.forward(x, pass)
    }
}

fn net() -> Net {
    let mut rngs = Rngs::new(0);
    let blocks = (0..3).map(|_| Block::init(&mut rngs)).collect();
    Net { blocks, norm: BatchNorm::init(&mut rngs) }
}

fn x() -> Tensor![Batch, 4, 8; f64] {
    Tensor::from_vec((0..64).map(|i| f64::from(i * 7 % 13) / 13.0 - 0.4).collect())
        .expect("two examples")
}

#[test]
fn a_capture_has_all_values_with_their_paths_and_types() {
    let net = net();
    let (y, captures) = capture(&net, |net, pass| net.forward(x(), pass)).expect("no error");
    assert_eq!(y.to_vec(), net.infer(x()).to_vec());
    assert_eq!(
        captures.to_string(),
        "blocks/0/Scores: (Batch, 4, 4) f64 of (2, 4, 4)\n\
         blocks/1/Scores: (Batch, 4, 4) f64 of (2, 4, 4)\n\
         blocks/2/Scores: (Batch, 4, 4) f64 of (2, 4, 4)\n\
         Mixed: (Batch, 4, 8) f64 of (2, 4, 8)"
    );
    let scores = captures.get::<Scores<Batch>>();
    assert_eq!((scores.len(), captures.len()), (3, 4));
    let rows = scores[1].clone().sum_axes::<Axis<2>>().to_vec();
    assert!(rows.iter().all(|sum| (sum - 1.0).abs() < 1e-12), "{rows:?}");
    let second = captures.get_in::<Scores<Batch>>("blocks/1").expect("the second block");
    assert_eq!(second.to_vec(), scores[1].to_vec());
    assert!(captures.get_in::<Scores<Batch>>("blocks/3").is_none());
    // The same tap of a different type is another tap.
    assert!(captures.get::<Scores<Time>>().is_empty());
    let mixed = &captures.get::<Mixed>()[0];
    assert_eq!(net.norm.infer(mixed.clone()).to_vec(), y.to_vec());
    assert!(captures.iter().all(|value| !value.tensor.is_tracked()));
}

#[test]
fn a_pass_captures_from_one_call_to_the_next_if_it_is_asked_to() {
    let mut net = net();
    let mut pass = Pass::train().capturing();
    net.forward(x(), &mut pass);
    assert_eq!(pass.captures(&net).len(), 4);
    assert!(pass.captures(&net).is_empty());
    net.forward(x(), &mut pass);
    net.forward(x(), &mut pass);
    let twice = pass.captures(&net);
    assert_eq!((twice.len(), twice.get::<Mixed>().len()), (8, 2));
    pass.commit(&mut net).expect("the model that was run");
    // Integers can be captured too; a pass that doesn't capture has no values.
    let tokens: Tensor![3; i32] = Tensor::from([1, 2, 3]);
    let (_, captures) = capture(&net, |_, pass| pass.tap::<Tokens>(&tokens)).expect("no error");
    assert_eq!(captures.get::<Tokens>()[0].to_vec(), [1, 2, 3]);
    let mut pass = Pass::train();
    net.forward(x(), &mut pass);
    assert!(pass.captures(&net).is_empty());
}

#[test]
fn a_module_that_is_none_of_the_model_has_an_empty_path() {
    let (net, other) = (net(), net().blocks[0].clone());
    let (_, captures) = capture(&net, |_, pass| other.forward(x(), pass)).expect("no error");
    assert_eq!(captures.iter().next().expect("one").path.to_string(), "Scores");
}

#[test]
fn an_error_of_the_pass_is_the_error_of_the_capture() {
    let fails = capture(&net(), |_, pass| pass.fail(nnx::Error::other("no data")));
    assert_eq!(fails.expect_err("an error").to_string(), "no data");
}

/// A tensor that counts its clones and conversions.
struct Counted(Tensor<()>);
static USES: AtomicUsize = AtomicUsize::new(0);
impl Clone for Counted {
    fn clone(&self) -> Self {
        USES.fetch_add(1, Ordering::Relaxed);
        Self(self.0.clone())
    }
}
impl TensorType for Counted {
    fn describe() -> String {
        USES.fetch_add(1, Ordering::Relaxed);
        "()".to_owned()
    }
    fn from_dyn(tensor: DynTensor) -> Result<Self, ShapeError> {
        USES.fetch_add(1, Ordering::Relaxed);
        Tensor::try_from(tensor).map(Self)
    }
    fn into_dyn(self) -> DynTensor {
        USES.fetch_add(1, Ordering::Relaxed);
        self.0.into_dyn()
    }
}
struct CountedTap;
impl Tap for CountedTap {
    type Value = Counted;
    const NAME: &'static str = "counted";
}

#[test]
fn a_tap_neither_copies_nor_converts_where_nobody_captures() {
    let x = Counted(Tensor::from(1.0));
    let mut pass = Pass::train();
    pass.tap::<CountedTap>(&x);
    pass.within(&x).tap::<CountedTap>(&x);
    let x = pass.perturb::<CountedTap>(x);
    let x = pass.within(&CountedTap).perturb::<CountedTap>(x);
    assert_eq!(USES.load(Ordering::Relaxed), 0);
    let mut pass = pass.capturing();
    pass.tap::<CountedTap>(&x);
    assert!(USES.load(Ordering::Relaxed) > 0 && pass.captures(&Relu).len() == 1);
}

/// A net whose attention in the second block is perturbed by `by`.
fn loss(net: &Net, by: Tensor![Batch, 4, 4; f64], pass: &mut Pass) -> Tensor<(), f64> {
    let x = net.blocks[0].forward(x(), pass);
    let y = net.blocks[1].mix.forward(x.clone(), pass);
    let scores: Tensor![Batch, 4, 4; f64] = y.clone().matmul(x.clone().transpose()).softmax() + by;
    pass.within(&net.blocks[1]).tap::<Scores<Batch>>(&scores);
    let x = net.blocks[2].forward(x + scores.matmul(y), pass);
    net.norm.forward(x, pass).powf(3.0).sum()
}

#[test]
fn the_gradient_of_a_tap_is_that_of_a_perturbation_added_to_it() {
    let mut net = net();
    let none: Tensor![Batch, 4, 4; f64] = Tensor::from_vec(vec![0.0; 32]).expect("two examples");
    let params = Filter::kind::<kind::Param>();
    let expected = grad_of(&params, &mut self::net(), |net, pass| loss(net, none.clone(), pass));
    let (value, grads) =
        value_and_gradients_of(&params, &mut net, none.clone(), loss).expect("gradients");
    // The gradients of parameters are the same as without taps, and statistics are updated.
    let difference = grads.params.difference(&expected.expect("gradients"));
    assert!(difference.is_empty(), "{difference}");
    assert_ne!(net.norm.mean.value().to_vec(), [0.0; 8]);
    let at = grads.taps.get_in::<Scores<Batch>>("blocks/1").expect("a gradient").to_vec();
    assert_eq!(at, grads.inputs.to_vec());
    assert!(grads.taps.iter().chain(grads.captures.iter()).all(|value| !value.tensor.is_tracked()));
    assert_eq!((grads.taps.len(), grads.captures.len()), (3, 3));
    // Central differences.
    let h = 1e-5;
    let run = |i: usize, by: f64| {
        let mut elements = vec![0.0; 32];
        elements[i] = by;
        let by = Tensor::from_vec(elements).expect("two examples");
        loss(&net, by, &mut Pass::train()).item()
    };
    for i in [0, 5, 17, 31] {
        let slope = (run(i, h) - run(i, -h)) / (2.0 * h);
        assert!((slope - at[i]).abs() < 1e-6 * (1.0 + slope.abs()), "{slope} {}", at[i]);
    }
    assert_eq!(value, run(0, 0.0));
}

#[test]
fn a_tap_that_is_the_loss_or_a_leaf_has_its_gradient() {
    tap!(Loss: Tensor<(), f64>; Input: Tensor![2; f64]);
    let mut model = Param::<shape![2], f64>::new(Tensor::from([3.0, 4.0]));
    let x = Tensor::from([1.0, 2.0]);
    let params = Filter::everything();
    let (_, grads) = value_and_gradients_of(&params, &mut model, x, |model, x, pass| {
        pass.tap::<Input>(&x);
        let loss = (x * model.get(pass)).sum();
        pass.tap::<Loss>(&loss);
        loss
    })
    .expect("gradients");
    assert_eq!(grads.taps.get::<Loss>()[0].item(), 1.0);
    assert_eq!(grads.taps.get::<Input>()[0].to_vec(), [3.0, 4.0]);
    assert_eq!(grads.inputs.to_vec(), [3.0, 4.0]);
    assert_eq!(grads.captures.get::<Loss>()[0].item(), 11.0);
}

#[test]
fn a_value_without_variables_has_a_gradient_if_it_is_perturbed() {
    tap!(Constant: Tensor![Batch, 4, 8; f64]; Given: Tensor![Batch, 4, 8; f64]);
    let mut net = net();
    let head = Filter::within("norm/scale");
    let (_, grads) = value_and_gradients_of(&head, &mut net, (), |net, (), pass| {
        let x = pass.frozen(|pass| net.blocks.forward(x(), pass));
        pass.tap::<Constant>(&x);
        let x = pass.perturb::<Given>(x);
        (net.norm.forward(x, pass) * x_weights()).sum()
    })
    .expect("gradients");
    // Taps before the leaf, and in and after the frozen blocks, have a value and no gradient.
    assert_eq!(grads.captures.len(), 5);
    let paths: Vec<String> = grads.taps.iter().map(|value| value.path.to_string()).collect();
    assert_eq!(paths, ["Given"]);
    let given = &grads.taps.get::<Given>()[0];
    assert!(given.to_vec().iter().any(|slope| *slope != 0.0));
    let features = grads.captures.get::<Given>()[0].clone();
    let expected =
        gradient(|x| (net.norm.forward(x, &mut Pass::train()) * x_weights()).sum(), features);
    assert_eq!(given.to_vec(), expected.to_vec());
}

fn x_weights() -> Tensor![Batch, 4, 8; f64] {
    x().square()
}

#[test]
fn a_tap_whose_value_is_not_used_has_the_gradient_zero() {
    tap!(Unused: Tensor![2; f64]);
    let mut model = Param::<shape![2], f64>::new(Tensor::from([3.0, 4.0]));
    let all = Filter::everything();
    let (_, grads) = value_and_gradients_of(&all, &mut model, (), |model, (), pass| {
        let x = model.get(pass);
        pass.tap::<Unused>(&x.clone().exp());
        x.sum()
    })
    .expect("gradients");
    assert_eq!(grads.taps.get::<Unused>()[0].to_vec(), [0.0; 2]);
}

#[test]
fn gradients_of_inputs_alone_need_no_variable() {
    let mut net = net();
    let nothing = Filter::nothing();
    let (_, grads) = value_and_gradients_of(&nothing, &mut net, (x(), x()), |net, (a, b), pass| {
        (net.forward(a, pass) * b.square()).sum()
    })
    .expect("gradients");
    assert!(grads.params.is_empty());
    let expected = self::net().forward(x(), &mut Pass::train()) * (x() * 2.0);
    assert_eq!(grads.inputs.1.to_vec(), expected.to_vec());
    assert_eq!(grads.taps.len(), 4);
}

#[test]
fn a_loss_that_depends_on_nothing_is_refused_and_changes_nothing() {
    let mut net = net();
    let before = state(&net);
    let params = Filter::kind::<kind::Param>();
    let error = value_and_gradients_of(&params, &mut net, x(), |net, _, pass| {
        net.norm.forward(x(), pass);
        Tensor::<(), f64>::from(1.0)
    });
    let expected = "the loss depends on none of 8 variables, 1 inputs and 0 taps: compute it from the `model`, the \
                    inputs and the `pass` that the closure is given";
    assert_eq!(error.map(|_| ()).expect_err("no gradient").to_string(), expected);
    let misspelled = Filter::kind::<kind::Param>().freezing(Filter::within("bolcks"));
    let error = value_and_gradients_of(&misspelled, &mut net, x(), |net, x, pass| {
        net.forward(x, pass).sum()
    });
    let text = error.map(|_| ()).expect_err("nothing frozen").to_string();
    assert_eq!(
        text,
        "nothing to freeze: the filter (within bolcks) selects no variable of this model"
    );
    let error = value_and_gradients_of(&params, &mut net, x(), |net, x, pass| {
        pass.fail(nnx::Error::other("no data"));
        net.forward(x, pass).sum()
    });
    assert_eq!(error.map(|_| ()).expect_err("an error").to_string(), "no data");
    assert!(state(&net).difference(&before).is_empty());
}

#[test]
fn the_attention_maps_of_a_gpt_are_captured_with_their_paths() {
    use nnx::models::{Gpt, GptOptions};
    use nnx::nn::AttentionWeights;
    type Maps = AttentionWeights<Batch, U2, Time, Time, f32>;
    let options = GptOptions::default().depth(3);
    let mut model = Gpt::<U7, U5, U8, U2>::with(&options, &mut Rngs::new(0));
    let tokens: Tensor![Batch, Time; i32] =
        Tensor::from_shape_vec(&[2, 4], vec![1, 2, 3, 4, 5, 6, 0, 1]).expect("two sequences");
    let (logits, captures) =
        capture(&model, |model, pass| model.forward(tokens.clone(), pass)).expect("no error");
    assert_eq!(logits.to_vec(), model.infer(tokens.clone()).to_vec());
    let paths: Vec<String> = captures.iter().map(|value| value.path.to_string()).collect();
    let at = |block: usize| format!("blocks/{block}/attention/AttentionWeights");
    assert_eq!(paths, [at(0), at(1), at(2)]);
    let map = captures.get_in::<Maps>("blocks/1/attention").expect("the second block").to_vec();
    // Rows of the first example and head: each token attends to itself and earlier ones.
    assert_eq!((map.len(), map[0], &map[1..4]), (2 * 2 * 4 * 4, 1.0, &[0.0; 3][..]));
    assert!(map.chunks(4).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));
    // The gradient with respect to these weights.
    let nothing = Filter::nothing();
    let error = value_and_gradients_of(&nothing, &mut model, (), |model, (), pass| {
        model.forward(tokens.clone(), pass).square().mean()
    });
    assert!(error.is_err(), "nothing is differentiated");
    let params = Filter::kind::<kind::Param>();
    let (_, grads) = value_and_gradients_of(&params, &mut model, (), |model, (), pass| {
        model.forward(tokens.clone(), pass).square().mean()
    })
    .expect("gradients");
    let slopes = grads.taps.get::<Maps>();
    assert_eq!(slopes.len(), 3);
    assert!(slopes.iter().all(|slope| slope.to_vec().iter().any(|slope| *slope != 0.0)));
}

#[test]
fn taps_in_a_layer_that_is_run_again_are_captured_and_differentiated() {
    tap!(Inner: Tensor![2, 3; f64]);
    #[derive(Module, Clone)]
    struct Body {
        layer: Linear<U3, U3, f64>,
        dropout: Dropout,
    }
    impl Layer<Tensor![2, 3; f64]> for Body {
        type Output = Tensor![2, 3; f64];
        fn forward(&self, x: Tensor![2, 3; f64], pass: &mut Pass) -> Self::Output {
            let x = self.dropout.forward(self.layer.forward(x, pass), pass);
            pass.within(self).tap::<Inner>(&x);
            x.square()
        }
    }
    let x: Tensor![2, 3; f64] = Tensor::ones();
    let plain: (Body,) = Init::init(&mut Rngs::new(0));
    let again: (Remat<Body>,) = Init::init(&mut Rngs::new(0));
    fn run<M: Module + Layer<Tensor![2, 3; f64], Output = Tensor![2, 3; f64]>>(
        mut model: M,
        x: &Tensor![2, 3; f64],
    ) -> (f64, State, Gradients<Tensor![2, 3; f64]>, State) {
        let params = Filter::kind::<kind::Param>();
        let (loss, grads) =
            value_and_gradients_of(&params, &mut model, x.clone(), |model, x, pass| {
                model.forward(x, pass).sum()
            })
            .expect("gradients");
        (loss, grads.params.clone(), grads, state(&model))
    }
    let ((loss, params, grads, after), (expected, expected_params, expected_grads, expected_after)) =
        (run(again, &x), run(plain, &x));
    assert_eq!(loss, expected);
    assert!(params.difference(&expected_params).is_empty());
    assert!(after.difference(&expected_after).is_empty());
    assert_eq!(grads.taps.iter().map(|tap| tap.path.to_string()).collect::<Vec<_>>(), ["0/Inner"]);
    let of = |grads: &Gradients<_>| grads.taps.get::<Inner>()[0].to_vec();
    assert_eq!(of(&grads), of(&expected_grads));
    assert!(of(&grads).iter().any(|&g| g != 0.0));
}

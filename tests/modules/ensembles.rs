//! Ensembles: what they share with as many models, training, files, members in and out.

use nnx::array::peak_bytes;
use nnx::models::{Gpt, GptOptions, LstmLanguageModel, SmallResNet};
use nnx::module::{EnsembleError, Path, RngStream, StateChange};
use nnx::prelude::*;
use nnx::size::rules::InsertAxis;
use nnx::tensor::Shared;

use crate::{panic_of, same};

#[derive(Module, Clone, Debug)]
struct Net {
    hidden: Linear<U3, U5>,
    norm: BatchNorm<U5>,
    dropout: Dropout,
    head: Linear<U5, U2>,
}
impl<B: Dim> Layer<Tensor![B, 3]> for Net {
    type Output = Tensor![B, 2];
    fn forward(&self, x: Tensor![B, 3], pass: &mut Pass) -> Self::Output {
        let x = self.norm.forward(self.hidden.forward(x, pass), pass).tanh();
        self.head.forward(self.dropout.forward(x, pass), pass)
    }
}

type Nets = Ensemble<Net, U4>;

fn nets() -> Nets {
    Nets::init(&mut Rngs::new(0))
}

fn x() -> Tensor![6, 3] {
    Tensor::from_vec((0..18).map(|i| (i * 7 % 11) as f32 / 5.0 - 1.0).collect()).expect("six rows")
}

fn near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(1.0f32, |max, x| max.max(x.abs()));
    for (i, (x, y)) in found.iter().zip(expected).enumerate() {
        assert!((x - y).abs() <= 2e-5 * scale, "element {i}: {x} instead of {y}");
    }
}

/// The part of a state that belongs to one member.
fn rows(all: &State, index: usize) -> State {
    all.map(|_, entry| entry.array.narrow(0, index, 1).reshape(&entry.array.dims()[1..]))
}

#[test]
fn members_train_as_models_of_their_own() {
    let mut nets = nets();
    let mut models: Vec<Net> = nets.members().collect();
    let mut optimizer = Optimizer::new(&nets, sgd(0.1));
    let mut optimizers: Vec<_> =
        models.iter().map(|model| Optimizer::new(model, sgd(0.1))).collect();
    for _ in 0..3 {
        let (_, grads) = value_and_grad(&mut nets, |nets, pass| {
            nets.forward(x(), pass).square().mean_axes::<(Axis<1>, Axis<2>)>().sum()
        })
        .expect("gradients");
        optimizer.update(&mut nets, grads).expect("updated");
        for (model, optimizer) in models.iter_mut().zip(&mut optimizers) {
            let (_, grads) =
                value_and_grad(model, |model, pass| model.forward(x(), pass).square().mean())
                    .expect("gradients");
            optimizer.update(model, grads).expect("updated");
        }
    }
    for (i, model) in models.iter().enumerate() {
        // Weights, statistics, and the counters of dropout.
        let difference = state(model).difference(&rows(&state(&nets), i));
        // Dropout draws the same masks, so only rounding differs.
        let near = |change: &StateChange| matches!(change, StateChange::Values { largest, .. } if *largest < 1e-4);
        assert!(difference.changed.iter().all(near), "{i}: {difference}");
        assert!(difference.missing.is_empty() && difference.added.is_empty());
    }
    let evaluation = nets.infer(x());
    for (i, model) in models.iter().enumerate() {
        near(&evaluation.clone().at::<0>(i.cast_signed()).to_vec(), &model.infer(x()).to_vec());
    }
}

#[test]
fn each_member_has_a_dropout_mask_of_its_own() {
    let layers = Ensemble::<Dropout, U3>::init(&mut Rngs::new(0));
    let ones: Tensor![40] = Tensor::ones();
    let masks = layers.forward(ones.clone(), &mut Pass::train());
    for i in 0..3 {
        let own = layers.member(i).forward(ones.clone(), &mut Pass::train());
        assert_eq!(masks.clone().at::<0>(i.cast_signed()).to_vec(), own.to_vec());
    }
    assert_ne!(masks.clone().at::<0>(0).to_vec(), masks.at::<0>(1).to_vec());
}

#[test]
fn each_member_may_have_an_input_of_its_own() {
    let nets = nets();
    let inputs: Tensor![4, 6, 3] = Tensor::stack::<0>([x(), x() * 2.0, x() + 1.0, -x()]);
    let found: Tensor![4, 6, 2] = nets.forward_each(inputs.clone(), &mut Pass::eval());
    for i in 0..4 {
        let own = nets.member(i).infer(inputs.clone().at::<0>(i.cast_signed()));
        near(&found.clone().at::<0>(i.cast_signed()).to_vec(), &own.to_vec());
    }
    // The labels are shared; each member has a loss of its own.
    let labels: Tensor![6; i32] = Tensor::from_vec(vec![0, 1, 0, 1, 1, 0]).expect("six labels");
    let losses: Tensor![4] =
        nets.map((inputs, Shared(labels)), &mut Pass::eval(), |net, (x, labels), pass| {
            softmax_cross_entropy(net.forward(x, pass), labels).mean()
        });
    assert_eq!(losses.to_vec().len(), 4);
}

#[test]
fn an_ensemble_is_one_model_to_states_files_and_tables() {
    let nets = nets();
    assert_eq!(parameters(&nets), 4 * parameters(&nets.member(0)));
    const { assert!(Nets::PARAMETERS == 4 * Net::PARAMETERS) };
    let table = summary(&nets).to_string();
    assert!(table.contains("hidden/kernel") && table.contains("(4, 3, 5) f32"), "{table}");
    assert!(modules(&nets).iter().any(|module| module.path.to_string() == "norm"));
    assert!(format!("{nets:?}").starts_with("Ensemble of 4 of"));

    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("nets.safetensors");
    nnx::io::save(&nets, &file).expect("saved");
    let stored = nnx::io::load_state(&file).expect("loaded");
    let kernel = stored.get(&Path::parse("hidden/kernel")).expect("one tensor");
    assert_eq!(*kernel.array.dims(), [4, 3, 5]);
    let loaded: Nets = nnx::io::from_file(&file).expect("loaded");
    assert!(same(&state(&loaded), &state(&nets)));

    // A clone is independent.
    let mut other = nets.clone();
    assert!(same(&state(&other), &state(&nets)));
    reseed(&mut other, &mut nnx::random::Stream::new(1));
    let key = |nets: &Nets| {
        state(nets).get(&Path::parse("dropout/stream/key")).expect("keys").array.to_vec::<u32>()
    };
    let (before, after) = (key(&nets).expect("u32"), key(&other).expect("u32"));
    assert!(before.chunks(2).zip(after.chunks(2)).all(|(a, b)| a != b));
    assert_ne!(after[..2], after[2..4]);
    let streams = split_streams(&mut other, 2);
    assert_eq!(streams[0].len(), 2);
    assert!(!streams[0].difference(&streams[1]).is_empty());
    other.set_member(0, &nets.member(1)).expect("it fits");
    assert!(!same(&state(&other), &state(&nets)));
}

#[test]
fn a_blank_ensemble_takes_no_memory() {
    type Wide = Linear<U256, U512>;
    let (ensemble, taken) = peak_bytes(|| Ensemble::<Wide, U8>::init(&mut Rngs::new(0).blank()));
    assert_eq!(parameters(&ensemble), 8 * (256 * 512 + 512));
    assert!(taken < 10_000, "{taken} bytes");
    // Members are copied one by one, not gathered first.
    let (_, taken) = peak_bytes(|| Ensemble::<Wide, U8>::init(&mut Rngs::new(0)));
    let one = 4 * (256 * 512 + 512);
    assert!(taken < 12 * one, "{taken} bytes for members of {one}");
}

#[test]
fn a_member_is_taken_out_and_put_in() {
    let mut nets = nets();
    let other = Net::init(&mut Rngs::new(9));
    nets.set_member(2, &other).expect("it fits");
    assert!(same(&state(&nets.member(2)), &state(&other)));
    assert!(!same(&state(&nets.member(1)), &state(&other)));
    let again = Nets::from_members(nets.members()).expect("of one type");
    assert!(same(&state(&again), &state(&nets)));
}

#[test]
fn what_isnt_a_variable_is_set_for_all() {
    let mut nets = nets();
    assert_eq!(for_each_mut::<Dropout>(&mut nets, |_, dropout| dropout.set_rate(0.0)), 1);
    assert_eq!(nets.member(3).dropout.rate(), 0.0);
    let mut pass = Pass::train();
    let _ = nets.forward(x(), &mut pass);
    pass.commit(&mut nets).expect("committed");
    assert_eq!(nets.member(0).dropout.infer(x()).to_vec(), x().to_vec());
}

#[test]
fn members_that_dont_fit_are_refused_by_name() {
    let model = || Net::init(&mut Rngs::new(0));
    let count = Nets::from_members([model(), model()]).unwrap_err();
    assert_eq!(count.to_string(), "an ensemble of 4 members can't be made of 2");
    assert_eq!(count, EnsembleError::Count { expected: 4, found: 2 });
    let layer = |n| vec![Linear::<U2, U2>::init(&mut Rngs::new(0)); n];
    let unlike =
        Ensemble::<Vec<Linear<U2, U2>>, U2>::from_members([layer(1), layer(2)]).unwrap_err();
    let text = unlike.to_string();
    assert!(text.starts_with("member 1 doesn't fit the ensemble: "), "{text}");
    assert!(text.contains("1/kernel"), "{text}");

    let mut nets =
        Ensemble::<Vec<Linear<U2, U2>>, U2>::from_members([layer(1), layer(1)]).expect("alike");
    let before = state(&nets);
    assert!(nets.set_member(1, &layer(2)).is_err());
    let index = nets.set_member(2, &layer(1)).unwrap_err().to_string();
    assert_eq!(index, "there is no member 2 in an ensemble of 2: members are counted from 0");
    assert!(same(&state(&nets), &before));
    assert_eq!(panic_of(|| nets.member(5)), index.replace("member 2", "member 5"));
}

/// A layer that draws noise from its own stream.
#[derive(Module, Clone)]
struct Noisy {
    #[module(init = RngStream::forked("noise", rngs))]
    stream: RngStream,
}
impl Layer<Tensor![3]> for Noisy {
    type Output = Tensor![3];
    fn forward(&self, x: Tensor![3], pass: &mut Pass) -> Self::Output {
        let noise: Tensor![3] = self.stream.sample(pass, Tensor::normal);
        x + noise
    }
}

#[test]
fn a_layer_draws_from_the_stream_of_each_member() {
    let noisy = Ensemble::<Noisy, U2>::init(&mut Rngs::new(0));
    let y = noisy.forward(Tensor::zeros(), &mut Pass::train());
    for i in 0..2 {
        let own = noisy.member(i).forward(Tensor::zeros(), &mut Pass::train());
        assert_eq!(y.clone().at::<0>(i.cast_signed()).to_vec(), own.to_vec());
    }
    let text = panic_of(|| {
        noisy.map(Shared(()), &mut Pass::train(), |member, (), pass| {
            let _ = member.stream.draw(pass);
            Tensor::<()>::from(0.0)
        })
    });
    assert!(
        text.starts_with("`RngStream::draw` gives one key, but each member of an `Ensemble`"),
        "{text}"
    );
    assert!(text.contains("`stream.sample(pass, |key| ..)`"), "{text}");
}

#[test]
fn a_pass_stays_as_it_was_after_a_panic_in_an_ensemble() {
    let nets = nets();
    let mut pass = Pass::eval();
    let text = panic_of(|| {
        nets.map(Shared(x()), &mut pass, |net, x, pass| {
            let _ = net.forward(x, pass).to_vec();
            Tensor::<()>::from(0.0)
        })
    });
    assert!(
        text.starts_with("`to_vec` has no batching rule: it reads the elements of a tensor"),
        "{text}"
    );
    assert_eq!(nets.forward(x(), &mut pass).to_vec(), nets.infer(x()).to_vec());
}

#[test]
fn an_ensemble_may_be_frozen_or_a_part_of_a_model() {
    #[derive(Module)]
    struct Mean {
        nets: Nets,
        head: Linear<U2, U1>,
    }
    let mut model = Mean::init(&mut Rngs::new(0));
    let before = state(&model.nets);
    let (_, grads) = value_and_grad(&mut model, |model, pass| {
        let y = pass.frozen(|pass| model.nets.forward(x(), pass)).mean_axes::<Axis<0>>();
        model.head.forward(y, pass).square().mean()
    })
    .expect("gradients");
    assert!(same(&state(&model.nets), &before));
    let zero = |path: &str| {
        grads.get(&Path::parse(path)).expect("a gradient").array.to_vec::<f32>().expect("f32")
    };
    assert!(zero("nets/head/kernel").iter().all(|&g| g == 0.0));
    assert!(zero("head/kernel").iter().any(|&g| g != 0.0));
}

/// Compares all members with separate models in training: outputs and gradients.
fn as_models<M, X, S>(ensemble: &mut Ensemble<M, U3>, x: &X)
where
    M: Module + Clone + Layer<X, Output = Tensor<S>>,
    X: Clone,
    S: Shape + InsertAxis<0>,
{
    let mut models: Vec<M> = ensemble.members().collect();
    let weighted = |y: nnx::ops::DynTensor| {
        let (n, dims) = (y.dims().elements(), y.dims());
        let w = (0..n).map(|i| ((i * 13 % 17) as f32 - 8.0) / n as f32).collect();
        let w = nnx::ops::DynTensor::from(nnx::array::Array::new(w, &dims).expect("as many"));
        (y * w).sum_all()
    };
    let (_, found) = value_and_grad(ensemble, |ensemble, pass| {
        let y = ensemble.forward(x.clone(), pass).into_dyn();
        let one = |i| {
            let dims = y.dims().without_axis(0);
            weighted(y.clone().slice(0, i, 1).reshape(&dims))
        };
        Tensor::<()>::try_from((0..3).map(one).reduce(|a, b| a + b).expect("three")).expect("a sum")
    })
    .expect("gradients");
    for (i, model) in models.iter_mut().enumerate() {
        let (_, expected) = value_and_grad(model, |model, pass| {
            Tensor::<()>::try_from(weighted(model.forward(x.clone(), pass).into_dyn()))
                .expect("a sum")
        })
        .expect("gradients");
        let error = (rows(&found, i) - &expected).norm();
        assert!(
            error <= 1e-4 * expected.norm(),
            "member {i}: off by {error} of {}",
            expected.norm()
        );
        assert!(expected.norm() > 0.0);
    }
}

#[test]
fn models_with_attention_recurrence_and_convolutions_make_ensembles() {
    let tokens: Tensor![2, 4; i32] =
        Tensor::from_vec(vec![1, 2, 3, 4, 5, 6, 0, 1]).expect("tokens");
    let gpt = |rngs: &mut Rngs| Gpt::<U7, U5, U8, U2>::with(&GptOptions::default().depth(1), rngs);
    as_models(&mut Ensemble::from_fn(&mut Rngs::new(0), gpt), &tokens);
    let lstm = Ensemble::<LstmLanguageModel<U7, U4, U6>, U3>::init(&mut Rngs::new(0));
    as_models(&mut { lstm }, &tokens);
    let resnet = Ensemble::<SmallResNet<U4>, U3>::init(&mut Rngs::new(0));
    let images: Tensor![1, 16, 16, 3] =
        Tensor::from_vec((0..768).map(|i| (i % 97) as f32 / 97.0).collect()).expect("an image");
    as_models(&mut { resnet }, &images);
}

#[test]
fn a_layer_that_is_run_again_makes_an_ensemble() {
    type Block = (Linear<U3, U4>, Dropout, Linear<U4, U3>);
    let mut plain = Ensemble::<Block, U3>::init(&mut Rngs::new(0));
    let mut again = Ensemble::<Remat<Block>, U3>::init(&mut Rngs::new(0));
    fn run<M: Module + Layer<Tensor![6, 3], Output = Tensor![3, 6, 3]>>(
        model: &mut M,
    ) -> (f32, State) {
        value_and_grad(model, |model, pass| model.forward(x(), pass).square().mean())
            .expect("gradients")
    }
    let ((loss, grads), (expected, expected_grads)) = (run(&mut again), run(&mut plain));
    assert_eq!(loss, expected);
    assert!((grads - &expected_grads).norm() < 1e-6 * expected_grads.norm());
    // The random streams have advanced.
    assert!(same(&state(&again), &state(&plain)));
    as_models(&mut again, &x());
}

#[test]
fn a_mean_over_single_examples_is_that_of_the_batch_for_each_member() {
    let mut nets = Ensemble::<Linear<U3, U2>, U4>::init(&mut Rngs::new(0));
    let params = Filter::kind::<kind::Param>();
    let found = per_example_grads(&params, &mut nets, x(), |nets, x, pass| {
        nets.forward(x, pass).square().sum()
    })
    .expect("gradients");
    let (_, expected) =
        value_and_grad(&mut nets, |nets, pass| nets.forward(x(), pass).square().sum())
            .expect("gradients");
    let sum = (0..6).map(|i| found.example(i)).reduce(|a, b| a + b).expect("six");
    assert!((sum - &expected).norm() < 1e-5 * expected.norm());
}

//! Modules in an `Arc`, an `Rc` or a reference: read, saved, and never changed.

use std::rc::Rc;
use std::sync::Arc;

use nnx::io;
use nnx::module::{GradError, KindId, Mismatch, Path, grad_of, state_of};
use nnx::prelude::*;

use crate::{same, values};

type Encoder = Linear<U3, U2>;

#[derive(Module)]
struct Classifier {
    before: Linear<U2, U3>,
    encoder: Arc<Encoder>,
    head: Linear<U2, U1>,
}

impl Layer<Tensor![Batch, 2]> for Classifier {
    type Output = Tensor![Batch, 1];
    fn forward(&self, x: Tensor![Batch, 2], pass: &mut Pass) -> Self::Output {
        let x = self.encoder.forward(self.before.forward(x, pass).tanh(), pass);
        self.head.forward(x.tanh(), pass)
    }
}

fn encoder(seed: u64) -> Arc<Encoder> {
    Arc::new(Encoder::init(&mut Rngs::new(seed)))
}

fn classifier(encoder: &Arc<Encoder>, seed: u64) -> Classifier {
    let rngs = &mut Rngs::new(seed);
    let (before, head) = (Linear::init(rngs), Linear::init(rngs));
    Classifier { before, encoder: Arc::clone(encoder), head }
}

fn x() -> Tensor![Batch, 2] {
    Tensor::from_vec(vec![0.5, -1.0, 2.0, 0.25]).expect("whole rows")
}

#[test]
fn training_changes_the_models_own_variables_alone() {
    let shared = encoder(0);
    let mut model = classifier(&shared, 1);
    let before = state(&model);
    let mut optimizer = Optimizer::new(&model, sgd(0.1));
    let (_, gradients) =
        value_and_grad(&mut model, |model, pass| model.forward(x(), pass).square().mean())
            .expect("a loss");
    let paths: Vec<String> = gradients.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, ["before/bias", "before/kernel", "head/bias", "head/kernel"]);
    optimizer.update(&mut model, gradients).expect("its gradients");
    let moved = |path: &str| {
        values(&model, path)
            != before.get(&Path::parse(path)).expect(path).array.to_vec::<f32>().expect("f32")
    };
    // Gradients flow through the shared layer to the one before it.
    assert!(moved("before/kernel") && moved("head/kernel"));
    assert!(!moved("encoder/kernel") && !moved("encoder/bias"));
    assert_eq!((parameters(&model), Classifier::PARAMETERS), (9 + 3, 9 + 3));
}

#[test]
fn a_shared_layer_gives_what_an_owned_one_gives() {
    let shared = encoder(0);
    let owned = Encoder::init(&mut Rngs::new(0));
    let x = || Tensor::from([1.0, -2.0, 0.5]);
    let expected = owned.infer(x()).to_vec();
    assert_eq!(shared.infer(x()).to_vec(), expected);
    assert_eq!(Rc::new(owned.clone()).infer(x()).to_vec(), expected);
    let borrowed: (&Encoder,) = (&owned,);
    assert_eq!(borrowed.infer(x()).to_vec(), expected);
}

#[test]
fn every_pointer_that_shares_is_read_only() {
    #[derive(Module)]
    struct Holder<'a> {
        arc: Arc<Encoder>,
        rc: Rc<Encoder>,
        borrowed: &'a Encoder,
        listed: Vec<Arc<Encoder>>,
        erased: Arc<dyn Module>,
        mine: Param<shape![2]>,
    }
    let one = Encoder::init(&mut Rngs::new(0));
    let mut model = Holder {
        arc: encoder(0),
        rc: Rc::new(one.clone()),
        borrowed: &one,
        listed: vec![encoder(0)],
        erased: encoder(0),
        mine: Param::new(Tensor::zeros()),
    };
    let read_only = Filter::kind::<kind::ReadOnly>();
    assert_eq!(state_of(&read_only, &model).len(), 10);
    assert_eq!(state_of(&Filter::kind::<kind::Param>(), &model).len(), 1);
    assert_eq!((parameters(&model), state(&model).len()), (2, 11));
    let kinds = [KindId::of::<kind::ReadOnly>(); 10];
    assert_eq!(
        state_of(&read_only, &model).iter().map(|(_, entry)| entry.kind).collect::<Vec<_>>(),
        kinds
    );
    let table = nnx::module::summary(&model).to_string();
    assert!(table.contains("arc/kernel       ReadOnly"), "{table}");
    // Setting the same values is accepted; setting others isn't.
    let mut given = state(&model);
    update(&mut model, &given).expect("nothing else");
    for path in ["arc/bias", "rc/bias", "borrowed/bias", "listed/0/bias", "erased/bias"] {
        let path = Path::parse(path);
        let mut entry = given.remove(&path).expect("a bias");
        let before = entry.array.clone();
        entry.array = nnx::array::Array::new(vec![1.0f32, 2.0], &[2]).expect("two");
        given.insert(path.clone(), entry.clone());
        let error = update(&mut model, &given).expect_err("another value");
        assert_eq!(error.mismatches, [Mismatch::ReadOnly { path: path.clone() }]);
        entry.array = before;
        given.insert(path, entry);
    }
}

#[test]
fn a_file_of_the_model_is_whole_and_loads_into_models_of_the_same_encoder() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("model.safetensors");
    let (saved, mut loaded) = (classifier(&encoder(0), 1), classifier(&encoder(0), 2));
    io::save(&saved, &file).expect("written");
    assert_eq!(io::load_state(&file).expect("read").len(), 6);
    io::load(&mut loaded, &file).expect("the same encoder");
    assert!(same(&state(&loaded), &state(&saved)));
    // The encoder alone, before it is shared.
    let mut fresh = Encoder::init(&mut Rngs::new(7));
    let part: State = io::load_state(&file)
        .expect("read")
        .into_iter()
        .filter(|(path, _)| path.starts_with(&Path::parse("encoder")))
        .map(|(path, entry)| {
            (path.keys()[1..].iter().cloned().fold(Path::default(), |p, k| p.join(k)), entry)
        })
        .collect();
    update(&mut fresh, &part).expect("the encoder");
    assert_eq!(fresh.kernel.value().to_vec(), saved.encoder.kernel.value().to_vec());

    let mut other = classifier(&encoder(5), 2);
    let before = state(&other);
    let error = io::load(&mut other, &file).expect_err("another encoder").to_string();
    let expected = "2 variables don't fit the model, which is unchanged:\n  \
        read-only: encoder/kernel belongs to a shared module (`Arc`, `Rc` or `&`) and has other values: \
        load the module before it is shared";
    assert!(
        error.contains(&expected.replace("2 variables don't", "1 variable doesn't")),
        "{error}"
    );
    assert!(same(&before, &state(&other)), "nothing is changed");
}

#[test]
fn a_file_of_another_library_cannot_change_a_shared_module_either() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("model.safetensors");
    let shared = encoder(0);
    io::save(&*shared, &file).expect("written");
    let names = io::Foreign::new(|path| {
        Some(io::Source::named(path.keys().last().expect("a name").to_string()))
    });
    #[derive(Module)]
    struct Model {
        encoder: Arc<Encoder>,
    }
    names.load(&mut Model { encoder: encoder(0) }, &file).expect("the same values");
    let error =
        names.load(&mut Model { encoder: encoder(3) }, &file).expect_err("others").to_string();
    let expected = "read-only: encoder/kernel belongs to a shared module (`Arc`, `Rc` or `&`) and has \
                    other values than kernel here: load the module before it is shared";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_wrong_shape_is_reported_before_the_values() {
    let mut model = classifier(&encoder(0), 1);
    let mut given = state(&model);
    let path = Path::parse("encoder/kernel");
    let mut entry = given.remove(&path).expect("a kernel");
    entry.array = nnx::array::Array::new(vec![1.0f32; 6], &[2, 3]).expect("six");
    given.insert(path, entry);
    let error = update(&mut model, &given).expect_err("another shape").to_string();
    assert!(
        error.contains("wrong shape: encoder/kernel is (3, 2) in the model, (2, 3) here"),
        "{error}"
    );
}

#[test]
fn a_shared_module_that_would_change_fails_the_step() {
    #[derive(Module)]
    struct Model {
        norm: Arc<BatchNorm<U2>>,
        scale: Param<shape![2]>,
    }
    let norm = Arc::new(BatchNorm::<U2>::init(&mut Rngs::new(0)));
    let mut model = Model { norm: Arc::clone(&norm), scale: Param::new(Tensor::ones()) };
    let before = state(&model);
    let error = value_and_grad(&mut model, |model, pass| {
        (model.norm.forward(x(), pass) * model.scale.get(pass)).square().mean()
    })
    .expect_err("statistics would change");
    let expected = "this pass has updated `norm/mean`, which belongs to a shared module (`Arc`, `Rc` or `&`) \
                    and can't change: run the shared module by `infer`, or let the model own it";
    assert_eq!(error.to_string(), expected);
    assert!(same(&before, &state(&model)));
    // `infer` evaluates, even within a training pass.
    value_and_grad(&mut model, |model, pass| {
        (model.norm.infer(x()) * model.scale.get(pass)).square().mean()
    })
    .expect("nothing of it changes");

    // A dropout's stream is at two paths: each path is a variable, and the error names the first.
    let drop = Arc::new(Dropout::new(0.5, &mut Rngs::new(0)));
    let mut twice = (Arc::clone(&drop), drop);
    let mut pass = Pass::train();
    let _ = twice.0.forward(x(), &mut pass);
    let error = pass.commit(&mut twice).expect_err("the stream would move");
    assert!(error.to_string().starts_with("this pass has updated `0/stream/count`"), "{error}");
}

#[test]
fn no_filter_makes_a_shared_variable_a_leaf() {
    let mut model = (encoder(0), encoder(0));
    let everything = Filter::everything();
    let error = grad_of(&everything, &mut model, |model, pass| {
        model.0.forward(Tensor::from([1.0, 2.0, 3.0]), pass).mean()
    })
    .expect_err("nothing to differentiate");
    let expected = GradError::NothingSelected { filter: "everything".to_owned() }.to_string();
    assert_eq!(error.to_string(), expected);
}

//! Models made from a file or a state: the same as with `init` and `load`, without random initialization.

use nnx::array::peak_bytes;
use nnx::io::{self, CheckpointError};
use nnx::models::{Gpt, GptOptions, LstmLanguageModel, SimpleCnn, SmallResNet, Vae};
use nnx::module::{from_state, from_state_with};
use nnx::prelude::*;
use nnx::random::init;

use crate::{place, same};

/// A model made from a file is the saved one. Making it draws no weights, allocates no memory for them, and leaves
/// every stream where `init` leaves it.
fn check<M: Module>(name: &str, make: impl Fn(&mut Rngs) -> M) {
    let (_directory, file) = place();
    let saved = make(&mut Rngs::new(3));
    io::save(&saved, &file).expect("saved");
    let blank = |rngs: &mut Rngs| {
        let (model, bytes) = peak_bytes(|| make(rngs));
        assert!(bytes < 1024, "{name}: a blank model takes {bytes} bytes");
        model
    };
    let built = io::from_file_with(&file, blank).expect("a file of this model");
    assert!(same(&state(&built), &state(&saved)), "{name}");
    let built = from_state_with(&state(&saved), blank).expect("the state of this model");
    assert!(same(&state(&built), &state(&saved)), "{name}");

    let streams = || Rngs::new(7).with("dropout", 8);
    let (mut drawn_from, mut taken_from) = (streams(), streams().blank());
    let (drawn, taken) = (make(&mut drawn_from), make(&mut taken_from));
    let counts = |rngs: &Rngs| -> Vec<(String, nnx::random::Stream)> {
        rngs.iter().map(|(name, stream)| (name.to_owned(), *stream)).collect()
    };
    assert_eq!(counts(&drawn_from), counts(&taken_from), "{name}");
    let random = Filter::kind::<kind::RngState>();
    assert!(same(&state_of(&random, &drawn), &state_of(&random, &taken)), "{name}");
    // Weights that `init` would draw are zeros there.
    for (path, entry) in state_of(&Filter::kind::<kind::Param>(), &taken) {
        let (other, shape) =
            (state(&drawn).get(&path).expect("one path").array.clone(), &entry.array);
        assert_eq!((other.dims(), other.dtype()), (shape.dims(), shape.dtype()), "{name}: {path}");
    }
    assert!(parameters(&taken) > 0 && parameters(&taken) == parameters(&drawn), "{name}");
}

#[derive(Module)]
struct Everything<Width: Size> {
    dense: Linear<U3, Width>,
    adapted: LoraLinear<U3, U2, Width>,
    #[module(init = SpectralNorm::new(Linear::init(rngs), rngs))]
    bounded: SpectralNorm<Linear<U3, Width>>,
    norm: BatchNorm<Width>,
    words: Embed<U5, Width>,
    cell: Rnn<LstmCell<U3, Width>>,
    #[module(init = Param::drawn(&init::orthogonal(1.0), rngs))]
    own: Param<(U3, Width)>,
    many: [Linear<U2, U2>; 2],
    dropout: Dropout,
}

#[test]
fn models_from_files_are_those_that_were_saved_and_draw_nothing() {
    check("Everything", Everything::<U4>::init);
    check("SimpleCnn", SimpleCnn::<U10>::init);
    check("SmallResNet", SmallResNet::<U10>::init);
    check("Vae", Vae::<U16, U8, U2>::init);
    check("LstmLanguageModel", |rngs| LstmLanguageModel::<U16, U8, U8>::with_layers(2, rngs));
    let options = GptOptions::default().depth(2).dropout(0.1);
    check("Gpt", |rngs| Gpt::<U16, U8, U16, U2>::with(&options, rngs));
}

#[test]
fn a_model_from_a_file_goes_on_as_the_saved_one() {
    let (_directory, file) = place();
    let x = || Tensor::from([[1.0; 8]; 4]);
    let mut model =
        (Linear::<U8, U8>::init(&mut Rngs::new(0)), Dropout::new(0.5, &mut Rngs::new(1)));
    let step = |model: &mut (Linear<U8, U8>, Dropout)| {
        let mut pass = Pass::train();
        let y = model.1.forward(model.0.forward(x(), &mut pass), &mut pass).to_vec();
        pass.commit(model).expect("its own model");
        y
    };
    // The streams have been used before.
    step(&mut model);
    io::save(&model, &file).expect("saved");
    let make = |rngs: &mut Rngs| (Linear::init(rngs), Dropout::new(0.5, rngs));
    let mut built = io::from_file_with(&file, make).expect("loaded");
    for _ in 0..3 {
        assert_eq!(step(&mut built), step(&mut model));
    }
}

#[test]
fn a_file_of_another_model_makes_none_and_all_that_is_wrong_is_named() {
    let (_directory, file) = place();
    let mut rngs = Rngs::new(0);
    io::save(&(Linear::<U3, U5>::init(&mut rngs), Linear::<U2, U2>::init(&mut rngs)), &file)
        .expect("saved");
    let error = io::from_file::<(Linear<U3, U6>, Dropout)>(&file).map(drop).expect_err("another");
    assert!(matches!(error, nnx::Error::Checkpoint(CheckpointError::State { .. })), "{error:?}");
    let expected = "the model isn't made, since variables don't fit:\n  \
                    wrong shape: 0/kernel is (3, 6) in the model, (3, 5) here\n  \
                    wrong shape: 0/bias is (6,) in the model, (5,) here\n  \
                    missing: 1/stream/count of shape ()\n  \
                    missing: 1/stream/key of shape (2,)\n  \
                    unexpected: 1/bias of shape (2,)\n  \
                    unexpected: 1/kernel of shape (2, 2)";
    let text = error.to_string();
    assert!(text.starts_with(&format!("{}: {expected}\nwhat to do: ", file.display())), "{text}");
    let error = from_state::<(Linear<U3, U6>, Dropout)>(&io::load_state(&file).expect("a file"));
    assert_eq!(error.map(drop).expect_err("another").to_string(), expected);

    let error = io::from_file::<Linear<U3, U5>>(file.with_extension("none")).map(drop);
    assert!(matches!(error, Err(nnx::Error::Checkpoint(CheckpointError::Read { .. }))));
}

#[test]
fn blank_streams_stay_blank_where_they_fork_and_serve_the_same_names() {
    let mut rngs = Rngs::named("params", 0).blank();
    assert!(rngs.is_blank() && rngs.fork().is_blank() && !Rngs::new(0).is_blank());
    let layer = Linear::<U2, U3>::init(&mut rngs.fork());
    assert_eq!(layer.kernel.value().to_vec(), [0.0; 6]);
    let missing = rngs.key("dropout").unwrap_err().to_string();
    assert!(missing.starts_with("expected a random stream `dropout`"), "{missing}");
}

#[test]
fn a_plan_of_a_model_and_its_optimizer_takes_no_memory_for_weights() {
    type Gpt2 = Gpt<U50257, U1024, U768, U12>;
    let ((parameters, weights, slots), taken) = peak_bytes(|| {
        let model = Gpt2::with(&GptOptions::default(), &mut Rngs::new(0).blank());
        let optimizer = Optimizer::new(&model, adamw(1e-4));
        let table = summary(&model).to_string();
        assert!(
            table.contains("tokens/embedding") && table.contains("124,439,808 parameters"),
            "{table}"
        );
        (parameters(&model), summary(&model).bytes(), summary(&optimizer).bytes())
    });
    // Besides the weights there are the streams of 13 dropouts: a key and a count each.
    assert_eq!((parameters, weights), (124_439_808, 4 * 124_439_808 + 13 * 12));
    assert!(slots >= 8 * parameters && slots < 8 * parameters + 100, "{slots}");
    assert!(taken < 100_000, "{taken} bytes");
}

//! Training steps of each model, recorded: the bits of the step itself, for several sizes of the input. The programs of some
//! are kept as text, so that a change of what is recorded shows.

use nnx::array::Element;
use nnx::models::*;
use nnx::prelude::*;
use nnx::program::{Memo, Plan, Program, Rewrites};
use nnx::threads::with_threads;

use crate::support::{Tokens, numbers, tokens};

/// A step of a model, and its program if it is kept as text.
fn trains<M, S, E, O>(name: &str, make: impl Fn() -> M, x: impl Fn(usize) -> Tensor<S, E>)
where
    M: Module + Layer<Tensor<S, E>, Output = Tensor<O>>,
    S: Shape,
    E: Element,
    O: Shape,
{
    let train = |(model, optimizer): (&mut M, &mut Optimizer), x: Tensor<S, E>| {
        let (loss, grads) =
            loss_and_grad(model, |model, pass| model.forward(x, pass).square().mean())?;
        optimizer.update(model, grads)?;
        Ok(loss)
    };
    let make = || {
        let model = make();
        let optimizer = Optimizer::new(&model, adam(1e-3));
        (model, optimizer)
    };
    let ((mut model, mut optimizer), mut eager) = (make(), make());
    let mut step = jit(train);
    if KEPT.contains(&name) {
        let program = step.program((&mut model, &mut optimizer), x(2)).expect("a program");
        compare(name, &program.to_string());
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join(name);
        program.save(&file).expect("a file");
        let read = Program::load(&file).expect("a program");
        assert!(read == program, "{name}:\n{read}");
        compare(name, &read.to_string());
    }
    for batch in [2, 1, 2, 1] {
        let loss = step.call((&mut model, &mut optimizer), x(batch)).expect("a step");
        let expected: Result<Tensor![], nnx::Error> = train((&mut eager.0, &mut eager.1), x(batch));
        let expected = expected.expect("a step");
        assert_eq!(loss.item().to_bits(), expected.item().to_bits(), "{name} of batch {batch}");
        assert_same(name, &model, &eager.0);
        assert_same(name, &optimizer, &eager.1);
    }
    assert_eq!(step.programs(), 2, "{name}");
    if !MEASURED.contains(&name) {
        return;
    }
    // The memory that the plan states is that of a replay.
    let program = step.program((&mut model, &mut optimizer), x(2)).expect("a program");
    let plan = Plan::with(&program, Rewrites::Exact, &Memo::default()).expect("a plan");
    let x = x(2);
    let replay = || with_threads(1, || step.call((&mut model, &mut optimizer), x.clone()));
    let (loss, measured) = nnx::array::peak_bytes(replay);
    let (stated, _) = (plan.peak_bytes(), loss.expect("a step"));
    assert!(
        stated.abs_diff(measured) as f64 <= 0.05 * measured as f64,
        "{name} states {stated} bytes, a replay took {measured}:\n{plan}"
    );
}

fn assert_same<M: Module>(name: &str, found: &M, expected: &M) {
    let [found, expected] = [found, expected].map(|model| state_of(&Filter::everything(), model));
    for ((path, found), (_, expected)) in found.iter().zip(&expected) {
        assert!(found.array.to_le_bytes() == expected.array.to_le_bytes(), "{name}: {path}");
    }
}

/// The models whose plans state the memory of a replay. That of a U-Net takes 17 % more than stated.
const MEASURED: [&str; 11] = [
    "simple_linear",
    "mlp",
    "autoencoder",
    "simple_cnn",
    "small_resnet",
    "resnet18",
    "conv_next",
    "transformer_block",
    "gpt",
    "lstm",
    "vae",
];

/// The models whose programs are kept.
const KEPT: [&str; 5] = ["mlp", "simple_cnn", "transformer_block", "lstm", "vae"];

/// Compares a program with the file of this name, or writes it: `cargo xtask bless programs`.
fn compare(name: &str, program: &str) {
    let file = format!("{}/tests/models/programs/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_PROGRAMS").is_some() {
        std::fs::write(&file, program).expect("the file is written");
    }
    let kept = std::fs::read_to_string(&file).expect("a program that is kept");
    assert!(
        kept == program,
        "the program of {name} isn't that of {file}: look at the difference after `cargo xtask bless programs`"
    );
}

/// Numbers for all axes of a batch.
fn sized<S: Shape>(batch: usize) -> Tensor<S> {
    numbers(&S::AXES.iter().map(|size| size.unwrap_or(batch)).collect::<Vec<_>>())
}

fn init<M: Init>() -> M {
    M::init(&mut Rngs::new(0))
}

#[test]
fn models_of_features() {
    trains("simple_linear", init::<SimpleLinear<U12, U5>>, sized::<shape![Batch, 12]>);
    trains("mlp", init::<Mlp<U12, U8, U5>>, sized::<shape![Batch, 12]>);
    trains("autoencoder", init::<Autoencoder<U12, U8, U4>>, sized::<shape![Batch, 12]>);
}

#[test]
fn models_of_images() {
    trains("simple_cnn", init::<SimpleCnn<U10>>, sized::<shape![Batch, 28, 28, 1]>);
    trains("small_resnet", init::<SmallResNet<U3>>, sized::<shape![Batch, 8, 8, 3]>);
    trains("resnet18", init::<ResNet18<U3, U1, U4>>, sized::<shape![Batch, 32, 32, 1]>);
    trains("conv_next", init::<ConvNext<U3, U4>>, sized::<shape![Batch, 32, 32, 3]>);
    trains("u_net", init::<UNet<U3, U1, U2>>, sized::<shape![Batch, 16, 16, 1]>);
    trains("mb_conv", init::<MbConv<U4, U6, U2>>, sized::<shape![Batch, 8, 8, 4]>);
    trains("vit", init::<Vit<U8, U8, U4, U8, U2, U5>>, sized::<shape![Batch, 8, 8, 3]>);
    let mixer = init::<MlpMixer<U8, U8, U4, U8, U4, U16, U5>>;
    trains("mlp_mixer", mixer, sized::<shape![Batch, 8, 8, 3]>);
}

#[test]
fn models_of_sequences() {
    let block = init::<TransformerBlock<U8, U2, U16>>;
    trains("transformer_block", block, sized::<shape![Batch, 5, 8]>);
    let gpt = || {
        let options = GptOptions::default().depth(2);
        Gpt::<U11, U8, U8, U2>::with(&options, &mut Rngs::new(0))
    };
    let some: fn(usize) -> Tokens = |batch| tokens(batch, 4 + batch);
    trains("gpt", gpt, some);
    trains("lstm", init::<LstmLanguageModel<U11, U8, U8>>, some);
}

/// Its noise is drawn anew in each step.
#[test]
fn a_variational_autoencoder() {
    #[derive(Module)]
    struct Reconstruction(Vae<U12, U8, U2>);
    impl<B: Dim> Layer<Tensor![B, 12]> for Reconstruction {
        type Output = Tensor![B, 12];
        fn forward(&self, x: Tensor![B, 12], pass: &mut Pass) -> Tensor![B, 12] {
            self.0.forward(x, pass).logits
        }
    }
    trains("vae", || Reconstruction(init()), sized::<shape![Batch, 12]>);
}

//! Each model, compiled: the bits of the model itself, for several sizes of the input, and its plan as text. The plans of
//! all models are in `tests/goldens/plans.txt`; `cargo xtask bless plans` writes them again.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use nnx::io::{Length, SymbolicProgram};
use nnx::models::*;
use nnx::module::{compile, record};
use nnx::prelude::*;
use nnx::program::{Memo, Plan, Program, Rewrites};

use crate::support::{Tokens, numbers, tokens};

type Images<H, W, C> = Tensor<(Batch, H, W, C)>;

/// Checks the compiled model on each of these inputs, twice: recorded, and replayed. Writes its plan for a batch of 2.
macro_rules! replays {
    ($plans:ident, $wrong:ident, init $model:ty, $input:ty) => {
        replays!($plans, $wrong, <$model>::init(&mut Rngs::new(0)), $input, |batch| sized(batch));
        let compiled = compile::<$input, _>(<$model>::init(&mut Rngs::new(0)));
        serves_any_batch(stringify!($model), |batch| compiled.program(sized(batch)));
    };
    ($plans:ident, $wrong:ident, $model:expr, $input:ty, |$batch:ident| $x:expr) => {
        let (model, name) = ($model, stringify!($model));
        let compiled = compile::<$input, _>(&model);
        for $batch in [2, 1, 2, 1] {
            let x: $input = $x;
            let expected = model.infer(x.clone());
            let exact = |x: &$input| {
                let run = |x: Vec<nnx::ops::DynTensor>, pass: &mut Pass| {
                    let x: $input = x[0].clone().try_into().expect("the shape");
                    vec![model.forward(x, pass).into_dyn()]
                };
                let (program, _) =
                    record(&model, vec![x.clone().into_dyn()], run).expect("a program");
                let plan = Plan::with(&program, Rewrites::Exact, &Memo::default()).expect("a plan");
                plan.run(vec![x.clone().into_dyn().into_array()]).expect("a run").remove(0)
            };
            let bits = |y: Vec<f32>| y.into_iter().map(f32::to_bits).collect::<Vec<_>>();
            let exact = exact(&x).to_vec::<f32>().expect("f32");
            assert_eq!(bits(exact), bits(expected.to_vec()), "{name} of batch {}", $batch);
            // With batch norms in the weights.
            let found = compiled.infer(x).to_vec();
            let largest = expected.to_vec().iter().fold(0.0f32, |most, y| most.max(y.abs()));
            for (found, expected) in found.iter().zip(expected.to_vec()) {
                assert!(
                    (found - expected).abs() <= 1e-4 * largest,
                    "{name}: {found}, not {expected}"
                );
            }
        }
        let $batch = 2;
        let plan = compiled.plan($x).expect("a plan");
        let x: $input = $x;
        // Kept, as an input isn't counted when it is freed.
        let inputs = vec![x.into_dyn().into_array()];
        let (result, measured) = nnx::array::peak_bytes(|| plan.run(inputs.clone()));
        result.expect("a run");
        check_peak(&mut $wrong, name, &plan, measured);
        let _ = writeln!($plans, "# {name}\n{plan}");
    };
}

/// One symbolic program is that of each batch.
fn serves_any_batch(name: &str, record: impl Fn(usize) -> Result<Program, nnx::Error>) {
    let program = SymbolicProgram::record([Length::new("Batch")], |[batch]| record(batch));
    let program = program.unwrap_or_else(|error| panic!("{name}: {error}"));
    for batch in [1, 3] {
        let (found, expected) = (program.at(&[batch]), record(batch));
        assert!(
            found.expect("a program") == expected.expect("a program"),
            "{name} of batch {batch}"
        );
    }
}

/// One symbolic program is that of each batch and each number of tokens.
fn serves_any_lengths(gpt: &Gpt<U11, U8, U8, U2>) {
    let gpt = compile::<Tokens, _>(gpt);
    let lengths = [Length::new("Batch"), Length::new("Time").at_most(8)];
    let record = |[batch, time]: [usize; 2]| gpt.program(tokens(batch, time));
    let program = SymbolicProgram::record(lengths, record).expect("a program of any lengths");
    for lengths in [[2, 3], [1, 8]] {
        let (found, expected) = (program.at(&lengths), record(lengths));
        assert!(found.expect("a program") == expected.expect("a program"), "{lengths:?}");
    }
}

/// Numbers for all axes of a batch.
fn sized<S: Shape>(batch: usize) -> Tensor<S> {
    numbers(&S::AXES.iter().map(|size| size.unwrap_or(batch)).collect::<Vec<_>>())
}

/// The memory that a plan states is within 5 % of what a run takes; otherwise it is among the wrong ones.
fn check_peak(wrong: &mut Vec<String>, name: &str, plan: &Plan, measured: usize) {
    let stated = plan.peak_bytes();
    if stated.abs_diff(measured) as f64 > 0.05 * measured as f64 {
        wrong.push(format!("{name} states {stated} bytes, a run took {measured}:\n{plan}"));
    }
}

#[test]
fn models_keep_their_values_and_plans() {
    let (mut plans, mut wrong, rngs) = (String::new(), Vec::new(), &mut Rngs::new(0));
    replays!(plans, wrong, init SimpleLinear<U12, U5>, Tensor![Batch, 12]);
    replays!(plans, wrong, init Mlp<U12, U8, U5>, Tensor![Batch, 12]);
    replays!(plans, wrong, init Autoencoder<U12, U8, U4>, Tensor![Batch, 12]);
    replays!(plans, wrong, init SimpleCnn<U10>, Images<U28, U28, U1>);
    replays!(plans, wrong, init SmallResNet<U3>, Images<U8, U8, U3>);
    replays!(plans, wrong, init ResNet18<U3, U1, U4>, Images<U32, U32, U1>);
    replays!(plans, wrong, init ResNet50<U3, U1, U4>, Images<U32, U32, U1>);
    replays!(plans, wrong, init ConvNext<U3, U4>, Images<U32, U32, U3>);
    replays!(plans, wrong, init UNet<U3, U1, U2>, Images<U16, U16, U1>);
    replays!(plans, wrong, init MbConv<U4, U6, U2>, Images<U8, U8, U4>);
    replays!(plans, wrong, init Vit<U8, U8, U4, U8, U2, U5>, Images<U8, U8, U3>);
    replays!(plans, wrong, init MlpMixer<U8, U8, U4, U8, U4, U16, U5>, Images<U8, U8, U3>);
    replays!(plans, wrong, init TransformerBlock<U8, U2, U16>, Tensor![Batch, 5, 8]);
    let gpt = Gpt::<U11, U8, U8, U2>::with(&GptOptions::default().depth(2), rngs);
    serves_any_lengths(&gpt);
    replays!(plans, wrong, gpt, Tokens, |batch| tokens(batch, 4 + batch));
    let lstm = LstmLanguageModel::<U11, U8, U8>::init(rngs);
    replays!(plans, wrong, lstm, Tokens, |batch| tokens(batch, 4 + batch));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/plans.txt");
    if std::env::var_os("UPDATE_PLANS").is_some() {
        fs::write(&path, &plans).expect("the golden is written");
    }
    let golden = fs::read_to_string(&path).expect("tests/goldens/plans.txt");
    for (found, expected) in plans.split("\n# ").zip(golden.split("\n# ")) {
        assert_eq!(
            found, expected,
            "another plan than that of the golden: `cargo xtask bless plans`"
        );
    }
    assert_eq!(plans.len(), golden.len(), "as many plans as in the golden");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

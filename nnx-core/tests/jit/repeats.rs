//! Blocks of steps that repeat: what is found, as data, as text and in files.

mod models;
mod random;

use nnx_core::array::Array;
use nnx_core::module::record;
use nnx_core::ops::DynTensor;
use nnx_core::program::{OperandView, Plan, Program, Repeat, RepeatedOperand};
use serde_json::{Value as Json, json};

use self::models::{Loop, STEPS, Stack, Tokens};
use self::random::check_blocks;
use crate::files_changed::{change_everything, document, load_changed};
use crate::prelude::*;

fn array(dims: &[usize]) -> Array {
    Array::full(0.5f32, dims)
}

/// The program of a function of plain tensors.
fn program_of(inputs: &[&[usize]], f: impl FnOnce(Vec<DynTensor>) -> DynTensor) -> Program {
    let inputs = inputs.iter().map(|dims| array(dims).into()).collect();
    record(&Relu, inputs, |x, _| vec![f(x)]).expect("a program").0
}

/// The program of a training step.
fn training<M, S, O>(model: &mut M) -> Program
where
    M: Module + Layer<Tensor<S>, Output = Tensor<O>>,
    S: nnx_core::size::StaticShape,
    O: nnx_core::size::Shape,
{
    let mut optimizer = Optimizer::new(&*model, adam(1e-3));
    let mut step = jit(|(model, optimizer): (&mut M, &mut Optimizer), x: Tensor<S>| {
        let (loss, grads) =
            loss_and_grad(model, |model, pass| model.forward(x, pass).square().mean())?;
        optimizer.update(model, grads)?;
        Ok(loss)
    });
    step.program((model, &mut optimizer), Tensor::zeros()).expect("a program")
}

/// The program after a file, which holds at most `most` bytes of JSON.
fn assert_file_is_folded(program: &Program, most: usize) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("p");
    program.save(&file).expect("a file");
    let read = Program::load(&file).expect("the program");
    assert!(read == *program, "another program");
    let json = document(&file);
    let length = json["steps"].to_string().len() + json["values"].to_string().len();
    assert!(length <= most, "{length} bytes, {} steps", program.steps());
}

/// The steps of all blocks.
fn repeated_steps(repeats: &[Repeat<'_>]) -> usize {
    repeats.iter().map(|block| block.steps() * block.times()).sum()
}

#[test]
fn equal_layers_are_one_block() {
    let model = nnx_core::module::compile::<Tokens, _>(Stack::new(64));
    let program = model.program(Tensor::zeros()).expect("a program");
    let repeats = program.repeats();
    let [block] = &repeats[..] else { panic!("one block:\n{program}") };
    assert_eq!(block.times(), 64);
    assert_eq!(program.steps(), 64 * block.steps() + 1);
    let names: Vec<&str> = (0..block.steps()).map(|step| block.step(0, step).name()).collect();
    assert_eq!((names[0], *names.last().expect("steps")), ("layer_norm_affine", "add"));
    // It carries the tokens, and reads weights of its own.
    let operands = block.operands(0);
    let RepeatedOperand::Carried { first: OperandView::Value(0), value } = operands[0] else {
        panic!("{operands:?}")
    };
    assert_eq!(value, block.step(0, block.steps() - 1).output());
    let RepeatedOperand::Each(scales) = &operands[1] else { panic!("{operands:?}") };
    assert_eq!(scales.len(), 64);
    assert_eq!(scales[7], block.step(7, 0).operands().nth(1).expect("a scale"));
    let results = block.results();
    assert_eq!((results.len(), results[0].value, results[0].is_collected), (1, value, false));
    let text = program.to_string();
    let steps = text.split("\nsteps\n").nth(1).expect("steps");
    assert!(steps.lines().count() < block.steps() + 6, "{steps}");
    assert!(steps.starts_with("  repeat 64 times {\n    %"), "{steps}");
    assert_file_is_folded(&program, 9_000);
}

#[test]
fn a_training_step_of_equal_layers_folds_in_both_directions() {
    let program = training(&mut Stack::new(64));
    let repeats = program.repeats();
    let (all, folded) = (program.steps(), repeated_steps(&repeats));
    assert!(folded * 20 > all * 19, "{folded} of {all} steps:\n{program}");
    let lines = program.to_string().lines().skip_while(|line| *line != "steps").count();
    let updates = program.variables().filter(|variable| variable.update.is_some()).count();
    assert!(lines < updates + 250, "{lines} lines for {all} steps:\n{program}");
    let plan = Plan::new(&program).expect("a plan");
    let lines = plan.to_string().lines().count();
    assert!(lines < updates + 400, "{lines} lines for {} steps:\n{plan}", plan.steps());
    assert_file_is_folded(&program, 60_000);
}

#[test]
fn a_loop_over_time_steps_is_one_block() {
    let model = nnx_core::module::compile::<Tensor![1000, 2, 3], _>(Loop::init(&mut Rngs::new(0)));
    let program = model.program(Tensor::zeros()).expect("a program");
    let repeats = program.repeats();
    let [block] = &repeats[..] else { panic!("one block:\n{program}") };
    assert_eq!((block.times(), block.steps() * STEPS), (STEPS, program.steps()));
    let text = program.to_string();
    assert!(text.contains("start: 0..999"), "{text}");
    assert!(text.lines().count() < 25, "{text}");
    assert_file_is_folded(&program, 3_000);
}

#[test]
fn the_backward_pass_of_a_loop_is_a_block_in_reverse_order() {
    let program = training(&mut Loop::init(&mut Rngs::new(0)));
    let repeats = program.repeats();
    let (all, folded) = (program.steps(), repeated_steps(&repeats));
    assert!(folded * 50 > all * 49, "{folded} of {all} steps:\n{program}");
    let text = program.to_string();
    assert!(text.lines().count() < 150, "{text}");
    assert!(repeats.iter().any(|block| block.results().iter().any(|result| result.is_collected)));
    // A block reads what an earlier one has collected, the last first.
    let descends = |operand: RepeatedOperand<'_>| match operand {
        RepeatedOperand::Each(all) => match all[..] {
            [OperandView::Value(first), OperandView::Value(second), ..] => second < first,
            _ => false,
        },
        _ => false,
    };
    let backward = repeats.iter().filter(|block| {
        (0..block.steps()).any(|step| block.operands(step).into_iter().any(descends))
    });
    assert!(backward.count() > 0, "{text}");
    assert_file_is_folded(&program, 12_000);
}

#[test]
fn blocks_that_differ_in_an_attribute_arent_folded() {
    let chain = |odd: usize| {
        program_of(&[&[4]], |x| {
            (0..20).fold(x[0].clone(), |x, i| {
                x.exp().mul_scalar(if i == odd { 0.25 } else { 0.5 }).add_scalar(1.0)
            })
        })
    };
    let times = |program: &Program| program.repeats().iter().map(Repeat::times).collect::<Vec<_>>();
    assert_eq!(times(&chain(100)), [20]);
    // The repetition that differs is in no block, so that one ends where it begins.
    let program = chain(10);
    let found = times(&program);
    assert_eq!(found.iter().sum::<usize>(), 19, "{found:?}\n{program}");
    assert!(program.to_string().contains("\n  %32 = mul_scalar"), "{program}");
    assert!(times(&program_of(&[&[4]], |x| x[0].clone().exp().exp().exp())).is_empty());
}

/// Steps that read the value of two steps before are the same operations, but no block has such operands.
#[test]
fn a_value_of_two_repetitions_before_isnt_carried() {
    let program = program_of(&[&[4]], |x| {
        let (mut a, mut b) = (x[0].clone(), x[0].clone().exp());
        for _ in 0..30 {
            (a, b) = (b.clone(), a + b);
        }
        b
    });
    for block in program.repeats() {
        for step in 0..block.steps() {
            assert!(
                block
                    .operands(step)
                    .iter()
                    .all(|operand| !matches!(operand, RepeatedOperand::Each(_))),
                "{program}"
            );
        }
    }
    assert_file_is_folded(&program, 4_000);
}

/// The first repetition reads a value of its own, the others one of the repetition before.
#[test]
fn a_value_of_the_first_repetition_isnt_carried_into_it() {
    let program = program_of(&[&[4]], |x| {
        let mut h = x[0].clone();
        let mut last: Option<DynTensor> = None;
        for _ in 0..20 {
            let now = h.clone().exp();
            h += last.unwrap_or_else(|| now.clone());
            last = Some(now);
        }
        h
    });
    let repeats = program.repeats();
    assert!(repeated_steps(&repeats) >= 36, "{program}");
    check_blocks(&program, &repeats, &mut 0);
    assert_file_is_folded(&program, 3_000);
}

#[test]
fn an_operand_that_is_the_same_at_first_isnt_always_the_same() {
    let program = program_of(&[&[4], &[4], &[4]], |x| {
        (0..20).fold(x[0].clone(), |h, i| (h * x[if i < 2 { 1 } else { 2 }].clone()).tanh())
    });
    assert_eq!(program.repeats().len(), 1, "{program}");
    assert!(program.to_string().contains(" %1,%1..%2: (4,) f32"), "{program}");
}

#[test]
fn the_sign_of_a_zero_is_written() {
    let zeros = [0.0f32, -0.0].map(|zero| DynTensor::from(Array::full(zero, &[4])));
    let program = program_of(&[&[4]], |x| {
        (0..20).fold(x[0].clone(), |h, i| (h + zeros[i % 2].clone()).exp())
    });
    assert_eq!(program.repeats().len(), 1, "{program}");
    assert_file_is_folded(&program, 3_000);
}

#[test]
fn a_block_of_many_shapes_is_folded() {
    let sizes: Vec<usize> = (0..40).map(|at| 1 + 17 * at % 41).collect();
    let weights = (0..40).map(|at| [sizes[(at + 39) % 40], sizes[at]]);
    let dims: Vec<[usize; 2]> = std::iter::once([1, sizes[39]]).chain(weights).collect();
    let dims: Vec<&[usize]> = dims.iter().map(|dims| &dims[..]).collect();
    let program = program_of(&dims, |x| {
        (0..100).fold(x[0].clone(), |h, _| x[1..].iter().fold(h, |h, w| h.matmul(w.clone())))
    });
    let repeats = program.repeats();
    let [block] = &repeats[..] else { panic!("one block:\n{program}") };
    assert_eq!((block.steps(), block.times()), (40, 100));
    // 4000 numbers of weights, and the 40 shapes once.
    assert_file_is_folded(&program, 25_000);
}

/// Layers within time steps.
fn nested() -> Program {
    program_of(&[&[12, 4], &[8, 4]], |x| {
        (0..12).fold(DynTensor::from(array(&[4])), |state, t| {
            let now = state * x[0].clone().at(0, t);
            (0..8).fold(now.exp(), |h, layer| (h * x[1].clone().at(0, layer)).tanh())
        })
    })
}

#[test]
fn blocks_within_blocks_are_found() {
    let program = nested();
    let repeats = program.repeats();
    let [outer] = &repeats[..] else { panic!("one block:\n{program}") };
    assert_eq!(outer.times(), 12, "{program}");
    let inner = outer.inner();
    let [inner] = &inner[..] else { panic!("one block:\n{program}") };
    assert_eq!((inner.times(), inner.steps()), (8, 4), "{program}");
    assert!(program.to_string().contains("\n    repeat 8 times {\n"), "{program}");
    assert_file_is_folded(&program, 3_000);
}

#[test]
fn changed_blocks_are_refused() {
    let program = nested();
    assert_eq!(load_changed(&program, |_| {}), Ok(program.clone()));
    let large = "`repeat` stands for more than 536870912 bytes of memory";
    let deep = (0..9).fold(json!(1), |of, _| json!({"repeat": 2, "of": [of]}));
    let cases: [(&str, Json, &str); 10] = [
        ("/steps/0/repeat", json!(1), "steps: `repeat` takes a number from 2 on, found 1"),
        ("/steps/0/repeat", json!("x"), "steps: `repeat` takes a number from 2 on, found \"x\""),
        ("/steps/0/repeat", json!(1u64 << 60), large),
        ("/steps/0", json!({"repeat": 8_000_000, "of": ["x".repeat(10_000)]}), large),
        ("/steps/0/of", json!([]), "steps: `repeat` takes a list `of` what repeats"),
        ("/steps/0/to", json!(1), "`repeat` takes a list `of` what repeats, and nothing else"),
        (
            "/steps/0/of/0/outputs",
            json!([{"$each": [0, 1]}]),
            "takes what repetition 0 of a `repeat` has",
        ),
        (
            "/steps/0/of/0/outputs",
            json!([{"$list": [0, [20]]}]),
            "takes what repetition 1 of a `repeat` has",
        ),
        ("/values/0", deep, "values: `repeat` is nested at most 8 deep"),
        ("/steps/0/repeat", json!(13), "step "),
    ];
    for (place, value, expected) in cases {
        let changed = load_changed(&program, |json| {
            let (parent, field) = place.rsplit_once('/').expect("a place");
            let parent = json.pointer_mut(parent).expect("a place");
            match parent {
                Json::Array(items) => {
                    items[field.parse::<usize>().expect("an index")] = value.clone()
                }
                other => other[field] = value.clone(),
            }
        });
        let error = changed.expect_err(expected);
        assert!(error.contains(expected), "{place} as {value}: {error}\n{expected}");
    }
    let (refused, other) = change_everything(&program);
    assert!(refused > 100 && other > 1, "{refused} refused, {other} other programs");
}

//! Programs for any length: the program of a length equals the recording for it, also after a file.

use nnx_core::array::Array;
use nnx_core::io::{Length, SymbolicPlan, SymbolicProgram};
use nnx_core::module::{Path, compile};
use nnx_core::nn::{
    AvgPool, Conv, Flatten, LayerNorm, LearnedPositions, MaxPool, MultiHeadAttention,
};
use nnx_core::ops::DynTensor;
use nnx_core::program::{Plan, Program};
use nnx_core::size::Time;
use nnx_core::{Error, axis};
use serde_json::{Value as Json, json};

use crate::files_changed::change;
use crate::prelude::*;

type Cnn = Sequential<(Conv<U1, U4, (U3, U3)>, Relu, MaxPool<(U2, U2)>, Flatten, Linear<U64, U3>)>;

fn cnn() -> Cnn {
    let mut rngs = Rngs::new(0);
    let layers =
        (Conv::init(&mut rngs), Relu, MaxPool::default(), Flatten, Linear::init(&mut rngs));
    Sequential::new(layers)
}

fn any_batch() -> [Length; 1] {
    [Length::new("Batch")]
}

#[test]
fn the_program_of_a_batch_is_the_recording_for_it() -> Result<(), Error> {
    let model = compile::<Tensor![Batch, 8, 8, 1], _>(cnn());
    let program =
        SymbolicProgram::record(any_batch(), |[batch]| model.program(Tensor::ones_of(&[batch])))?;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("cnn.safetensors");
    program.save(&file)?;
    let read = SymbolicProgram::load(&file)?;
    for batch in [1, 2, 5, 16] {
        let expected = model.program(Tensor::ones_of(&[batch]))?;
        assert_eq!(program.at(&[batch])?, expected, "batch {batch}");
        assert_eq!(read.at(&[batch])?, expected, "batch {batch}, from a file");
    }
    assert_eq!(read.to_string(), program.to_string());
    assert!(read.to_string().contains("Reshape"), "{read}");
    assert!(read.to_string().contains("(Batch, 64) f32"), "{read}");
    Ok(())
}

/// Maxima with their indices, and their way back: arrays that a step updates are as long as the batch.
#[test]
fn maxima_and_indices_are_those_of_any_batch() -> Result<(), Error> {
    let window = |axis| nnx_core::size::AxisWindow {
        size: 2,
        stride: 2,
        dilation: 1,
        input_dilation: 1,
        edge: nnx_core::size::Edge::Zeros(axis, 0),
    };
    let record = |batch: usize| {
        let x = DynTensor::from(Array::full(1.0f32, &[batch, 3, 4, 2]));
        let run = |inputs: Vec<DynTensor>, _: &mut Pass| {
            let (y, indices) = inputs[0].clone().max_pool_with_indices([window(1), window(0)]);
            vec![y.max_unpool(indices, &[3, 4]).pad_axes([(1, [1, 0]), (2, [0, 2])], 2.0)]
        };
        Ok::<Program, Error>(nnx_core::module::record(&Relu, vec![x], run)?.0)
    };
    let program = SymbolicProgram::record(any_batch(), |[batch]| record(batch))?;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("pools.safetensors");
    program.save(&file)?;
    for batch in [1, 3] {
        assert_eq!(SymbolicProgram::load(&file)?.at(&[batch])?, record(batch)?, "batch {batch}");
    }
    Ok(())
}

#[test]
fn a_plan_serves_each_length_on_all_threads() -> Result<(), Error> {
    let model = compile::<Tensor![Batch, 8, 8, 1], _>(cnn());
    let program =
        SymbolicProgram::record(any_batch(), |[batch]| model.program(Tensor::ones_of(&[batch])))?;
    let plan = SymbolicPlan::<Tensor![Batch, 8, 8, 1], Tensor![Batch, 3]>::new(program)?;
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (plan, model) = (&plan, &model);
            scope.spawn(move || {
                for batch in [1 + thread % 3, 4, 9] {
                    let x = <Tensor![Batch, 8, 8, 1]>::ones_of(&[batch]) * 0.5;
                    assert_eq!(plan.infer(x.clone()).expect("a run"), model.infer(x));
                }
            });
        }
    });
    let wrong =
        SymbolicPlan::<Tensor![Batch, 8, 8, 1], Tensor![Batch, 4]>::new(plan.program().clone())?;
    let error = wrong.infer(Tensor::ones_of(&[2])).unwrap_err().to_string();
    assert!(error.starts_with("`program` has outputs that aren't `Tensor<"), "{error}");
    let wrong = SymbolicPlan::<Tensor![Batch], Tensor![Batch, 3]>::new(plan.program().clone())?;
    let error = wrong.infer(Tensor::ones_of(&[2])).unwrap_err().to_string();
    assert!(error.starts_with("`program` has inputs that aren't `Tensor<"), "{error}");
    Ok(())
}

#[derive(Module)]
struct Mixer {
    norm: LayerNorm<U8>,
    attention: MultiHeadAttention<U2, U8>,
    head: Linear<U8, U3>,
}

#[test]
fn two_lengths_at_once() -> Result<(), Error> {
    let mixer = Mixer::init(&mut Rngs::new(1));
    let run = |[batch, time]: [usize; 2]| -> Result<Program, Error> {
        let x = <Tensor![Batch, Time, 8]>::ones_of(&[batch, time]).into_dyn();
        let (program, _) = nnx_core::module::record(&mixer, vec![x], |x, pass| {
            let x: Tensor![Batch, Time, 8] = x[0].clone().try_into().expect("the shape");
            let normalized = mixer.norm.forward(x.clone(), pass);
            let y = x + mixer.attention.forward(normalized, pass);
            vec![mixer.head.forward(y, pass).into_dyn()]
        })?;
        Ok(program)
    };
    let program = SymbolicProgram::record([Length::new("Batch"), Length::new("Time")], run)?;
    for lengths in [[1, 1], [2, 9], [9, 2], [3, 3]] {
        assert_eq!(program.at(&lengths)?, run(lengths)?, "{lengths:?}");
    }
    assert!(
        program.to_string().starts_with("program for any Batch, Time (%0: (Batch, Time, 8) f32)")
    );
    Ok(())
}

#[test]
fn a_limited_length_is_recorded_within_its_limit() -> Result<(), Error> {
    let positions = LearnedPositions::<U8, U2>::init(&mut Rngs::new(0));
    let record = |[time]: [usize; 1]| -> Result<Program, Error> {
        let x = <Tensor![1, Time, 2]>::ones_of(&[time]).into_dyn();
        let run = |x: Vec<DynTensor>, pass: &mut Pass| {
            let x: Tensor![1, Time, 2] = x[0].clone().try_into().expect("the shape");
            vec![positions.forward(x, pass).into_dyn()]
        };
        Ok(nnx_core::module::record(&positions, vec![x], run)?.0)
    };
    let program = SymbolicProgram::record([Length::new("Time").at_most(8)], record)?;
    for time in [1, 8] {
        assert_eq!(program.at(&[time])?, record([time])?);
    }
    let error = program.at(&[9]).unwrap_err().to_string();
    assert_eq!(error, "the symbolic program takes 1, 2, .. 8 for Time, found 9");
    Ok(())
}

axis!(pub Rows, pub Columns);

#[test]
fn images_whose_sides_are_halved_take_multiples() -> Result<(), Error> {
    let mut rngs = Rngs::new(0);
    let layers = (Conv::<U1, U2, (U3, U3)>::init(&mut rngs), AvgPool::<(U2, U2)>::default());
    let model = compile::<Tensor![Batch, Rows, Columns, 1], _>(Sequential::new(layers));
    let record = |sizes: [usize; 3]| model.program(Tensor::ones_of(&sizes));
    let lengths = ["Batch", "Rows", "Columns"].map(Length::new);
    let error = SymbolicProgram::record(lengths.clone(), record).unwrap_err().to_string();
    assert!(error.contains("a size isn't a polynomial of the lengths"), "{error}");
    assert!(error.contains("`Length::multiple_of`"), "{error}");

    let [batch, rows, columns] = lengths;
    let even = [batch, rows.multiple_of(2), columns.multiple_of(2)];
    let program = SymbolicProgram::record(even, record)?;
    for sizes in [[1, 2, 2], [2, 8, 10]] {
        assert_eq!(program.at(&sizes)?, record(sizes)?, "{sizes:?}");
    }
    let text = program.to_string();
    assert!(
        text.starts_with(
            "program for any Batch, Rows (a multiple of 2), Columns (a multiple of 2)"
        ),
        "{text}"
    );
    assert!(text.contains("(Batch, Rows / 2, Columns / 2, 2) f32"), "{text}");
    let error = program.at(&[1, 3, 2]).unwrap_err().to_string();
    assert_eq!(error, "the symbolic program takes 2, 4, .. for Rows, found 3");
    let error = program.at(&[0, 2, 2]).unwrap_err().to_string();
    assert_eq!(error, "the symbolic program takes 1, 2, .. for Batch, found 0");
    let error = program.at(&[1]).unwrap_err().to_string();
    assert_eq!(error, "the symbolic program takes lengths of Batch, Rows, Columns, found [1]");
    Ok(())
}

#[test]
fn what_depends_on_a_length_and_isnt_a_size_is_refused() {
    let model = Relu;
    let refused = |f: &dyn Fn(Tensor![Batch, 4]) -> Tensor![Batch, 4]| {
        let record = |[batch]: [usize; 1]| {
            let x = <Tensor![Batch, 4]>::ones_of(&[batch]).into_dyn();
            let run = |x: Vec<DynTensor>, _: &mut Pass| {
                vec![f(x[0].clone().try_into().expect("the shape")).into_dyn()]
            };
            Ok(nnx_core::module::record(&model, vec![x], run)?.0)
        };
        SymbolicProgram::record(any_batch(), record).unwrap_err().to_string()
    };
    let rate = refused(&|x| {
        let size = x.dims()[0] as f32;
        x * size.sqrt()
    });
    assert!(rate.contains("step 0, `MulScalar`"), "{rate}");
    assert!(rate.contains("it depends on the lengths and isn't a size: 2.2"), "{rate}");
    let other = refused(&|x| if x.dims()[0] == 7 { x.exp() } else { x.tanh() });
    assert!(other.contains("step 0"), "{other}");
    let more = refused(&|x| (0..x.dims()[0]).fold(x, |x, _| x.exp()));
    assert!(more.contains("there are more for some lengths than for others"), "{more}");
    let constant = refused(&|x| {
        let elements = (0..4 * x.dims()[0]).map(|i| i as f32).collect();
        let ramp: Tensor![Batch, 4] = Tensor::from_shape_vec(&x.dims(), elements).expect("as many");
        x + ramp
    });
    assert!(constant.contains("a constant: one recording has"), "{constant}");
    let proof = refused(&|x| if x.dims()[0] == 11 { x.exp() } else { x.tanh() });
    assert!(proof.contains("the program isn't one of any length: step 0"), "{proof}");
}

/// The arrays of a model and its optimizer, in the order of the program's variables.
fn variables_of<M: Module>(program: &Program, model: &M, optimizer: &Optimizer) -> Vec<Array> {
    let everything = Filter::everything();
    let states = [state_of(&everything, model), state_of(&everything, optimizer)];
    let array = |path: &str| {
        let (module, path) = path.split_once('/').expect("the module's number");
        let state = &states[module.parse::<usize>().expect("a number")];
        state.get(&Path::parse(path)).expect("a variable").array.clone()
    };
    program.variables().map(|variable| array(variable.path)).collect()
}

#[test]
fn a_recorded_step_serves_each_batch() -> Result<(), Error> {
    type Model = Sequential<(Linear<U2, U8>, Tanh, Linear<U8, U1>)>;
    let mut rngs = Rngs::new(0);
    let mut model: Model =
        Sequential::new((Linear::init(&mut rngs), Tanh, Linear::init(&mut rngs)));
    let mut optimizer = Optimizer::new(&model, adam(0.1));
    let mut step = jit(|(model, optimizer): (&mut Model, &mut Optimizer), x: Tensor![Batch, 2]| {
        let (loss, grads) =
            loss_and_grad(model, |model, pass| model.forward(x, pass).square().mean())?;
        optimizer.update(model, grads)?;
        Ok(loss)
    });
    let program = SymbolicProgram::record(any_batch(), |[batch]| {
        step.program((&mut model, &mut optimizer), Tensor::ones_of(&[batch]))
    })?;
    for batch in [1, 4, 6] {
        let x = <Tensor![Batch, 2]>::ones_of(&[batch]) * 0.3;
        let plan = Plan::new(&program.at(&[batch])?)?;
        let mut variables = variables_of(&program.at(&[batch])?, &model, &optimizer);
        let loss = plan.run_step(vec![x.clone().into_dyn().into_array()], &mut variables)?;
        let expected = step.call((&mut model, &mut optimizer), x)?;
        assert_eq!(loss[0].to_vec::<f32>()?, [expected.item()], "batch {batch}");
        let after = variables_of(&program.at(&[batch])?, &model, &optimizer);
        assert_eq!(variables, after, "batch {batch}");
    }
    Ok(())
}

#[test]
fn files_of_both_kinds_are_told_apart() -> Result<(), Error> {
    let model = compile::<Tensor![Batch, 8, 8, 1], _>(cnn());
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("cnn.safetensors");
    let fixed = model.program(Tensor::ones_of(&[3]))?;
    fixed.save(&file)?;
    let read = SymbolicProgram::load(&file)?;
    assert!(read.lengths().is_empty());
    assert_eq!(read.at(&[])?, fixed);

    let record = |[batch]: [usize; 1]| model.program(Tensor::ones_of(&[batch]));
    SymbolicProgram::record(any_batch(), record)?.save(&file)?;
    let error = Program::load(&file).unwrap_err().to_string();
    assert!(error.contains("read it by `SymbolicProgram::load`"), "{error}");
    Ok(())
}

/// The program of a function of one tensor `(length, 4)`, for any length.
fn any_length(
    length: Length,
    f: impl Fn(DynTensor) -> DynTensor,
) -> Result<SymbolicProgram, Error> {
    SymbolicProgram::record([length], |[length]| {
        let x = <Tensor![Batch, 4]>::ones_of(&[length]).into_dyn();
        let run = |x: Vec<DynTensor>, _: &mut Pass| vec![f(x[0].clone())];
        Ok(nnx_core::module::record(&Relu, vec![x], run)?.0)
    })
}

/// What a function does at the limit is recorded; beyond the recorded lengths it isn't seen.
#[test]
fn a_cut_to_a_limit_is_refused() {
    let cut = |x: DynTensor| {
        let length = x.dims()[0].min(15);
        x.slice(0, 0, length).exp()
    };
    assert!(any_length(Length::new("Time"), cut).is_ok());
    let error = any_length(Length::new("Time").at_most(16), cut).unwrap_err().to_string();
    assert!(error.contains("it isn't what other lengths let expect"), "{error}");
    assert!(any_length(Length::new("Time").at_most(15), cut).is_ok());
}

/// The diagonal of a triangle is an integer below 0.
#[test]
fn an_integer_of_an_operation_may_be_below_zero() -> Result<(), Error> {
    let below = |x: DynTensor| {
        let time = x.dims()[0] as isize;
        x.tril(1 - time)
    };
    let program = any_length(Length::new("Time"), below)?;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("p");
    program.save(&file)?;
    let read = SymbolicProgram::load(&file)?;
    for time in [1, 2, 6] {
        let x = Array::full(1.0f32, &[time, 4]);
        let found = Plan::new(&read.at(&[time])?)?.run(vec![x.clone()])?;
        let expected = DynTensor::from(x).tril(1 - time as isize);
        assert_eq!(found[0].to_vec::<f32>()?, expected.into_array().to_vec::<f32>()?, "{time}");
    }
    Ok(())
}

#[test]
fn changed_symbolic_files_are_refused() {
    let program = any_length(Length::new("Time"), |x| {
        let size = 4 * x.dims()[0];
        x.exp().reshape(&[size])
    });
    let program = program.expect("a program");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("p");
    let loaded = |place: &str, value: Json| {
        program.save(&file).expect("a file");
        change(&file, |json| *json.pointer_mut(place).expect("a place") = value);
        SymbolicProgram::load(&file)
    };
    let time = |name: &str| json!({"name": name, "multiple_of": 1});
    let five: Vec<Json> = ["A", "B", "C", "D", "E"].map(time).to_vec();
    let sum = |terms: Json| json!({ "$sum": terms });
    let cases = [
        ("/lengths", json!(five), "the lengths: are at most 4, found 5"),
        ("/lengths", json!([time("a b")]), "isn't an axis"),
        ("/lengths/0/multiple_of", json!(0), "isn't an axis"),
        ("/values/0/dims/0", sum(json!([[1, 1]])), "take a formula of 1 lengths"),
        ("/values/0/dims/0", sum(json!([[1, 0, 0]])), "take a formula of 1 lengths"),
        ("/values/0/dims/0", sum(json!("x")), "take a formula of 1 lengths"),
        (
            "/steps/1/operation/Reshape",
            json!({"dims": [{"$reciprocal": ["f16", [[4, 0]]]}]}),
            "take a formula of 1 lengths",
        ),
    ];
    for (place, value, expected) in cases {
        let error = loaded(place, value).expect_err(expected).to_string();
        assert!(error.contains(expected), "{place}: {error}");
    }
    // A formula that can be read, of another size.
    for (terms, expected) in [
        (json!([[5, 0]]), "`Reshape`"),
        (json!([[-4, 0]]), "attribute `dims.0` takes an integer from 0 on, found -12"),
        (json!([[i64::MAX, 0]]), "a size would be below 0, or larger than memory can be"),
    ] {
        let read = loaded("/steps/1/operation/Reshape/dims/0", sum(terms)).expect("a formula");
        let error = read.at(&[3]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

//! Programs of recorded steps in files: each run of the read program is that of the step; what can't be written, and files
//! that were changed, are refused.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::array::{Array, DType};
use nnx_core::module::{Path, record};
use nnx_core::ops::{Attribute, Comparison, DynKey, DynTensor, SearchSide, SortOrder};
use nnx_core::optim::{
    Chain, Schedule, ZeroNans, apply_if_finite, cosine_decay, every, join, piecewise_constant,
};
use nnx_core::program::{Plan, Program};
use nnx_core::random::Key;

use crate::in_steps::IN_STEPS;
use crate::optimizer_table::rows;
use crate::optimizers::{Weights, train, weights};
use crate::prelude::*;

/// The variables of a program of two modules: their paths begin with the number of the module.
fn variables_of(program: &Program, model: &Weights, optimizer: &Optimizer) -> Vec<Array> {
    let all = Filter::everything();
    let states = [state_of(&all, model), state_of(&all, optimizer)];
    let array = |path: &str| {
        let (module, path) = path.split_once('/').expect("a module");
        let state = &states[module.parse::<usize>().expect("a number")];
        state.get(&Path::parse(path)).expect("a variable").array.clone()
    };
    program.variables().map(|variable| array(variable.path)).collect()
}

fn written(program: &Program) -> Result<Program, nnx_core::Error> {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("step.safetensors");
    program.save(&file)?;
    Program::load(&file)
}

/// The program of a step, after a file, and three runs of it beside the step. The error is that of the file.
fn runs(name: &str, make: impl Fn() -> Chain) -> Result<(), nnx_core::Error> {
    let mut step = jit(train);
    let mut model = weights();
    let mut optimizer = Optimizer::new(&model, make());
    let mut last: Option<(Program, Program)> = None;
    for i in 0..3 {
        let x = <Tensor![2, 3]>::normal(Key::new(i));
        let program = step.program((&mut model, &mut optimizer), x.clone())?;
        // The program is the same in each step, but where it branches on a counter.
        let read = match last.take() {
            Some((before, read)) if before == program => read,
            _ => written(&program)?,
        };
        assert!(read == program, "{name}:\n{program}\n{read}");
        assert_eq!(read.to_string(), program.to_string(), "{name}");
        let plan = Plan::new(&read)?;
        let mut variables = variables_of(&program, &model, &optimizer);
        let found = plan.run_step(vec![x.clone().into_dyn().into_array()], &mut variables)?;
        let loss = step.call((&mut model, &mut optimizer), x)?;
        assert_eq!(found[0].to_le_bytes(), loss.into_dyn().into_array().to_le_bytes(), "{name}");
        let expected = variables_of(&program, &model, &optimizer);
        last = Some((program, read));
        let bytes = |list: &[Array]| list.iter().map(Array::to_le_bytes).collect::<Vec<_>>();
        assert_eq!(bytes(&variables), bytes(&expected), "{name}");
    }
    Ok(())
}

/// Adds the names of a step's operation and of what is within it.
fn add_names(attribute: &Attribute, found: &mut BTreeSet<String>) {
    match attribute {
        Attribute::Record(record) => {
            found.insert(record.name().to_owned());
            record.iter().for_each(|(_, attribute)| add_names(attribute, found));
        }
        Attribute::Text(name) => _ = found.insert(name.clone()),
        Attribute::List(items) => items.iter().for_each(|item| add_names(item, found)),
        _ => {}
    }
}

/// A layer with statistics, and a stream.
#[derive(Debug, Clone, Module)]
struct Noisy {
    norm: BatchNorm<U2>,
    noise: RngStream,
}

/// Draws of all kinds, and counts.
fn draw(key: DynKey, x: &DynTensor) {
    let mut keys = key.split(11).into_iter();
    let mut next = || keys.next().expect("eleven");
    let (f32, dims) = (DType::F32, [4]);
    let _ = DynTensor::bernoulli(next(), 0.25, &dims);
    let _ = DynTensor::uniform(next(), -1.0, 1.0, f32, &dims);
    let _ = DynTensor::normal(next(), DType::F64, &dims);
    let _ = DynTensor::truncated_normal(next(), -1.0, 1.0, f32, &dims);
    let _ = DynTensor::gumbel(next(), f32, &dims);
    let _ = DynTensor::exponential(next(), f32, &dims);
    let _ = DynTensor::laplace(next(), f32, &dims);
    let _ = DynTensor::randint(next(), -3, 3, DType::I32, &dims);
    let _ = DynTensor::permutation(next(), 4);
    let _ = x.clone().categorical(next().fold_in(3));
    let _ = x.clone().argmax(1).reshape(&[6]).bincount(5);
    let flat = x.clone().reshape(&[30]);
    let _ = flat.clone().histogram(4, -1.0, 1.0);
    let _ =
        flat.sort(0, SortOrder::Ascending).searchsorted(x.clone().reshape(&[30]), SearchSide::Left);
    let _ = x.clone().compare(Comparison::Less, x.clone().mul_scalar(0.5)).any(&[0]);
}

/// A training step with random draws, statistics of a batch and lengths.
#[test]
fn draws_and_counts_run_from_a_file() {
    type Inputs = (Tensor![3, 5, 2], Tensor![3; i32]);
    fn run(model: &mut Noisy, (x, lengths): Inputs) -> Result<Tensor![], nnx_core::Error> {
        let mut pass = Pass::train();
        let y = model.norm.forward(x.clone(), &mut pass);
        let noise: Tensor![3, 5, 2] = model.noise.sample(&mut pass, |key| {
            draw(key.clone(), &y.clone().into_dyn());
            Tensor::normal(key)
        });
        pass.commit(model)?;
        let mask = nnx_core::nn::sequence_mask(&lengths, &x);
        Ok((y * noise).sum() + mask.cast::<f32>().sum())
    }
    let mut rngs = Rngs::new(3);
    let mut model =
        Noisy { norm: BatchNorm::init(&mut rngs), noise: RngStream::forked("noise", &mut rngs) };
    let mut step = jit(run);
    let inputs = || (Tensor::normal(Key::new(1)), Tensor::from([5, 0, 2]));
    let program = step.program(&mut model, inputs()).expect("a program");
    let read = written(&program).expect("a program");
    assert!(read == program, "{program}\n{read}");
    let state = state_of(&Filter::everything(), &model);
    let array = |path: &str| state.get(&Path::parse(path)).expect("a variable").array.clone();
    let mut variables: Vec<Array> = read.variables().map(|variable| array(variable.path)).collect();
    let (x, lengths) = inputs();
    let given = vec![x.into_dyn().into_array(), lengths.into_dyn().into_array()];
    let plan = Plan::new(&read).expect("a plan");
    let found = plan.run_step(given, &mut variables).expect("a run");
    let expected = step.call(&mut model, inputs()).expect("a step");
    assert_eq!(found[0].to_le_bytes(), expected.into_dyn().into_array().to_le_bytes());

    // All that programs may have is reached by a row of the table of operations, by this step, or by an optimizer.
    let mut reached = BTreeSet::new();
    let mut add = |program: &Program| {
        let steps = program.iter().filter_map(|step| step.attributes());
        steps.for_each(|attributes| add_names(&attributes.into(), &mut reached));
    };
    add(&program);
    let more: [(&str, fn() -> Chain); 2] = [
        ("every", || Chain::new().then(every(2, sgd(0.1)))),
        ("finite", || Chain::new().then(ZeroNans {}).then(apply_if_finite(sgd(0.1), 2))),
    ];
    for (name, make) in rows().into_iter().map(|row| (row.name, row.make)).chain(more) {
        let mut step = jit(train);
        let mut model = weights();
        let mut optimizer = Optimizer::new(&model, make());
        for i in 0..3 {
            let x = <Tensor![2, 3]>::normal(Key::new(i));
            add(&step.program((&mut model, &mut optimizer), x.clone()).expect(name));
            step.call((&mut model, &mut optimizer), x).expect(name);
        }
    }
    let missing: Vec<_> = IN_STEPS.iter().filter(|name| !reached.contains(**name)).collect();
    // A cache is written by `decode`, which isn't recorded, and by ensembles.
    assert_eq!(missing, [&"UpdateSlice"]);
}

#[test]
fn steps_of_optimizers_run_from_a_file() {
    for row in rows() {
        runs(row.name, row.make).unwrap_or_else(|error| panic!("{}: {error}", row.name));
    }
}

#[test]
fn schedules_and_branches_on_counters_are_written() {
    let scheduled: [fn() -> Schedule; 4] = [
        || cosine_decay(0.1, 4, 0.5).begin(1),
        || join([0.1.into(), warmup_cosine_decay(0.0, 0.2, 1, 3, 0.0)], [2]),
        || piecewise_constant(0.1, [(1, 0.5)]),
        || injected(0.1),
    ];
    for schedule in scheduled {
        runs("sgd", || sgd(schedule()).into()).expect("a step");
    }
    // A program for each number of the counter.
    runs("every", || Chain::new().then(every(2, sgd(0.1)))).expect("a step");
    let error = runs("own", || sgd(Schedule::new(|_| 0.1)).into()).unwrap_err().to_string();
    assert!(
        error.starts_with("the program can't be written, and nothing is changed: step ")
            && error.contains("`learning_rate`, has no attributes, as it holds a function"),
        "{error}"
    );
}

#[test]
fn a_run_takes_the_variables_of_the_program() {
    let mut step = jit(train);
    let mut model = weights();
    let mut optimizer = Optimizer::new(&model, Chain::new().then(every(2, sgd(0.1))));
    let x = <Tensor![2, 3]>::normal(Key::new(0));
    let program = step.program((&mut model, &mut optimizer), x.clone()).expect("a program");
    assert!(program.to_string().contains("\nfor\n  %"), "{program}");
    let plan = Plan::new(&program).expect("a plan");
    let x = vec![x.into_dyn().into_array()];
    let mut variables = variables_of(&program, &model, &optimizer);
    let error = plan.run(x.clone()).unwrap_err().to_string();
    assert!(
        error.contains("is a recorded step, which takes") && error.contains("`run_step`"),
        "{error}"
    );
    let error = plan.run_step(x.clone(), &mut variables[1..]).unwrap_err().to_string();
    assert!(
        error.starts_with("`program` takes ") && error.contains(" variables, found "),
        "{error}"
    );
    let first = std::mem::replace(&mut variables[0], Array::full(0.0f32, &[7]));
    let error = plan.run_step(x.clone(), &mut variables).unwrap_err().to_string();
    assert!(
        error.contains("takes a variable `0/w` of shape (3, 4) of f32, found (7,) of f32"),
        "{error}"
    );
    variables[0] = first;
    plan.run_step(x.clone(), &mut variables).expect("a run");
    let error = plan.run_step(x, &mut variables).unwrap_err().to_string();
    assert!(error.contains("was recorded for the number 0 of the counter"), "{error}");
}

/// A program with most kinds of attributes and operands.
pub(crate) fn example() -> Program {
    let tensor = |dims: &[usize]| DynTensor::from(Array::full(0.5f32, dims));
    let function = |x: Vec<DynTensor>, _: &mut Pass| {
        let image = x[0].clone().pad(1, 1, 0).reshape(&[1, 3, 3, 2]);
        let kernel = DynTensor::from(
            Array::new((0..18).map(|i| i as f32).collect(), &[3, 3, 2, 1]).expect("18"),
        );
        let window = nnx_core::size::AxisWindow {
            size: 3,
            stride: 1,
            dilation: 1,
            input_dilation: 1,
            edge: nnx_core::size::Edge::Same,
        };
        let y = image.conv(kernel, None, [window; 2], 1).max_pool([window; 2]);
        let y = y.clone() * tensor(&[1, 3, 3, 1]);
        vec![y.index_select(1, [2, 0]).sum(&[1, 2]), x[0].clone().mul_scalar(f64::NAN)]
    };
    record(&Relu, vec![tensor(&[3, 5])], function).expect("a program").0
}

fn written_bytes(program: &Program, file: &std::path::Path) -> Vec<u8> {
    program.save(file).expect("a file");
    std::fs::read(file).expect("the file")
}

#[test]
fn changed_bytes_and_cut_files_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("program.safetensors");
    let program = example();
    let bytes = written_bytes(&program, &file);
    let load = |bytes: &[u8]| {
        std::fs::write(&file, bytes).expect("written");
        catch_unwind(AssertUnwindSafe(|| Program::load(&file))).expect("no panic")
    };
    assert!(load(&bytes).expect("whole") == program);
    for end in (0..bytes.len()).step_by(7) {
        assert!(load(&bytes[..end]).is_err(), "cut at {end}");
    }
    for at in (0..bytes.len()).step_by(3) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        // Checksums find each change, but one of the spaces behind the header.
        if let Ok(read) = load(&changed) {
            assert!(read == program && bytes[at] == b' ', "byte {at}");
        }
    }
}

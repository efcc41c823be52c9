//! Recurrent cells, alone and over sequences, with all options.

use nnx::nn::CellOptions;
use nnx::ops::DynTensor;
use nnx::prelude::*;
use nnx::random::init;
use nnx::tensor::Inputs;

use crate::case::Case;

type Steps = Tensor![3, 5, 3];
type Row = Tensor![3, 4];

fn case(cell: &str, what: &str) -> Case {
    Case::open("recurrent", format!("{cell} {what}").leak())
}

/// The outputs, followed by the parts of the carry.
fn together<C: Inputs, S: Shape, O: Shape>((carry, y): (C, Tensor<S>)) -> Tensor<O> {
    let parts = carry.into_list().into_iter().map(|part| part.reshape(&[3, 1, 4]));
    let all = [y.into_dyn()].into_iter().chain(parts).collect();
    DynTensor::concat(all, 1).and_then(Tensor::try_from).expect("the golden's shape")
}

fn lengths() -> Tensor![3; i32] {
    Tensor::from([5, 2, 3])
}

/// All cases of a cell. `Step` and `All` are the shapes of the outputs, followed by those of the carry's tensors.
fn check<C, Step: Shape, All: Shape>(
    name: &str,
    make: fn(&CellOptions, &mut Rngs) -> C,
    carry: fn(&Case) -> C::Carry<U3>,
    options: CellOptions,
) where
    C: RnnCell<In = U3, Hidden = U4, Element = f32>,
{
    let new = || make(&CellOptions::default(), &mut Rngs::new(0));

    let golden = case(name, "step");
    let inputs = (golden.input::<shape![3, 3], f32>(0), carry(&golden));
    golden.check_with(&mut new(), inputs, |cell, (x, carry), pass| -> Tensor<Step> {
        let (carry, y) = cell.step(carry, x, pass);
        together((carry, y.insert_axis::<1>()))
    });

    let orders: [(&str, fn(Rnn<C>) -> Rnn<C>); 3] = [
        ("reverse=false keep=false", |rnn| rnn),
        ("reverse=true keep=false", Rnn::reverse),
        ("reverse=true keep=true", |rnn| rnn.reverse().keep_order()),
    ];
    for (order, turn) in orders {
        let golden = case(name, order);
        golden.check::<_, shape![3, 5, 3], shape![3, 5, 4]>(&mut turn(Rnn::new(new())));
        let golden = case(name, &format!("{order} lengths"));
        let x: Steps = golden.input(0);
        golden.check_with(&mut turn(Rnn::new(new())), x, |rnn, x, pass| -> Tensor<All> {
            together(rnn.over(x).lengths(lengths()).run(pass))
        });
    }

    let golden = case(name, "carry");
    let inputs = (golden.input::<shape![3, 5, 3], f32>(0), carry(&golden));
    golden.check_with(&mut Rnn::new(new()), inputs, |rnn, (x, carry), pass| -> Tensor<All> {
        together(rnn.over(x).initial_carry(carry).run(pass))
    });

    let options = options
        .kernel(init::he_normal())
        .recurrent_kernel(init::normal(0.3))
        .bias(init::normal(0.5))
        .activation(DynTensor::relu);
    let cell = make(&options, &mut Rngs::new(0));
    case(name, "options").check::<_, shape![3, 5, 3], shape![3, 5, 4]>(&mut Rnn::new(cell));

    let start = new().initialize_carry::<U3>(3, &init::normal(1.0), &mut Rngs::named("carry", 7));
    for (i, part) in start.into_list().into_iter().enumerate() {
        let golden = case(name, "start");
        golden.compare_numbers(&i.to_string(), &part.array().to_vec::<f32>().expect("f32"));
    }
}

/// An LSTM's carry: a memory and an output.
fn pair(golden: &Case) -> (Row, Row) {
    (golden.input(1), golden.input(2))
}

#[test]
fn lstm() {
    let options = || CellOptions::default().gate(DynTensor::tanh);
    type Step = shape![3, 3, 4];
    type All = shape![3, 7, 4];
    check::<_, Step, All>("lstm", LstmCell::with, pair, options());
    check::<_, Step, All>("optimized", OptimizedLstmCell::with, pair, options());
}

#[test]
fn gru() {
    let options = CellOptions::default().gate(DynTensor::hard_sigmoid);
    check::<_, shape![3, 2, 4], shape![3, 6, 4]>("gru", GruCell::with, |g| g.input(1), options);
}

#[test]
fn simple() {
    let options = CellOptions::default();
    check::<_, shape![3, 2, 4], shape![3, 6, 4]>(
        "simple",
        SimpleCell::with,
        |golden| golden.input(1),
        options,
    );
    let cell = SimpleCell::<U3, U4>::init(&mut Rngs::new(0)).residual();
    case("simple", "residual").check::<_, shape![3, 5, 3], shape![3, 5, 4]>(&mut Rnn::new(cell));
}

#[test]
fn bidirectional() {
    type Layer = Bidirectional<LstmCell<U3, U4>, GruCell<U3, U2>>;
    let mut layer = Layer::init(&mut Rngs::new(0));
    let golden = Case::open("recurrent", "bidirectional");
    golden.check::<_, shape![3, 5, 3], shape![3, 5, 6]>(&mut layer);
    let golden = Case::open("recurrent", "bidirectional lengths");
    let x: Steps = golden.input(0);
    golden.check_with(&mut layer, x, |layer, x, pass| layer.over(x).lengths(lengths()).run(pass).1);
}

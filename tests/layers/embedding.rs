//! Embeddings of indices and of positions.

use nnx::nn::bounds::{HoldsPositions, InTime};
use nnx::prelude::*;
use nnx::random::init;

use crate::case::Case;

fn case(name: String) -> Case {
    Case::open("embedding", name.leak())
}

type Table = Embed<U7, U4>;

fn embed<S: Shape, O: Shape>(name: &str, mut table: Table)
where
    Table: Layer<Tensor<S, i32>, Output = Tensor<O>>,
{
    let case = case(format!("embed {name}"));
    let indices: Tensor<S, i32> = case.input(0);
    case.check_with(&mut table, (), |table, (), pass| table.forward(indices.clone(), pass));
}

#[test]
fn embed_of_indices_of_any_rank() {
    let table = || Table::init(&mut Rngs::new(0));
    embed::<shape![], shape![4]>("rank=0", table());
    embed::<shape![Batch], shape![Batch, 4]>("rank=1", table());
    embed::<shape![Batch, Time], shape![Batch, Time, 4]>("rank=2", table());
    embed::<shape![Batch, 3, 2], shape![Batch, 3, 2, 4]>("rank=3", table());
    embed::<shape![2, 1, 3, 2], shape![2, 1, 3, 2, 4]>("rank=4", table());
}

#[test]
fn embed_of_any_start() {
    let table = Table::with(&init::uniform(0.3), &mut Rngs::new(0));
    embed::<shape![Batch], shape![Batch, 4]>("uniform", table);
}

fn attend<S, O: Shape>(rank: usize)
where
    S: Shape + nnx::size::rules::LastAxis<Last = U4, With<U7> = O>,
{
    let case = case(format!("attend rank={rank}"));
    let x: Tensor<S> = case.input(0);
    let mut table = Table::init(&mut Rngs::new(0));
    case.check_with(&mut table, x, |table, x, pass| table.attend(x, pass));
}

#[test]
fn attend_multiplies_by_the_table() {
    attend::<shape![4], shape![7]>(1);
    attend::<shape![Batch, 4], shape![Batch, 7]>(2);
    attend::<shape![Batch, Time, 4], shape![Batch, Time, 7]>(3);
}

#[test]
fn a_table_at_both_ends_has_the_sum_of_both_gradients() {
    #[derive(Module)]
    struct Tied {
        embed: Table,
    }
    let case = case("tied".to_owned());
    let indices: Tensor![Batch, 4; i32] = case.input(0);
    case.check_with(&mut Tied::init(&mut Rngs::new(0)), (), |model, (), pass| {
        let x = model.embed.forward(indices.clone(), pass).tanh();
        model.embed.attend(x, pass)
    });
}

#[test]
fn an_index_outside_the_table_is_reported() {
    let table = Table::init(&mut Rngs::new(0));
    let error = |index| {
        let indices = Tensor::from([[0, 1], [index, 2]]);
        table.try_forward(indices, &Pass::eval()).expect_err("outside").to_string()
    };
    assert_eq!(
        error(7),
        "`Embed` was given index 7 at position 2, outside 0..7: check the labels or tokens"
    );
    assert_eq!(
        error(-1),
        "`Embed` was given index -1 at position 2, outside 0..7: check the labels or tokens; no index counts from the end"
    );
}

#[test]
#[should_panic(expected = "`Embed` was given index 7 at position 0, outside 0..7")]
fn an_index_outside_the_table_stops_a_forward_pass() {
    let _ = Table::init(&mut Rngs::new(0)).infer(Tensor::from([7]));
}

fn learned<S>(rank: usize)
where
    S: InTime<U4>,
    U9: HoldsPositions<S::Time>,
{
    #[derive(Module)]
    struct Model {
        table: LearnedPositions<U9, U4>,
    }
    let case = case(format!("learned positions rank={rank}"));
    let x: Tensor<S> = case.input(0);
    case.check_with(&mut Model::init(&mut Rngs::new(0)), x, |model, x, pass| {
        model.table.forward(x, pass)
    });
}

#[test]
fn learned_positions_are_rows_of_a_table() {
    learned::<shape![Time, 4]>(2);
    learned::<shape![Batch, 9, 4]>(3);
    learned::<shape![Batch, 2, Time, 4]>(4);
}

#[test]
#[should_panic(expected = "holds 9 positions, but its input has 10")]
fn more_positions_than_rows_are_refused() {
    let x: Tensor![Time, 4] = Tensor::from_vec(vec![0.0; 40]).expect("ten positions");
    let _ = LearnedPositions::<U9, U4>::init(&mut Rngs::new(0)).infer(x);
}

#[test]
fn sinusoidal_positions_equal_plain_loops() {
    case("sinusoidal rank=2".to_owned())
        .check::<_, shape![Time, 4], _>(&mut SinusoidalPositions::<U4>::default());
    case("sinusoidal rank=3".to_owned())
        .check::<_, shape![Batch, 6, 5], _>(&mut SinusoidalPositions::<U5>::default());
    case("sinusoidal rank=4".to_owned())
        .check::<_, shape![Batch, 2, Time, 8], _>(&mut SinusoidalPositions::<U8>::default());
}

#[test]
fn rotary_positions_equal_plain_loops() {
    let layouts = [("false", Rotary::half_split()), ("true", Rotary::interleaved())];
    for (interleaved, mut rotary) in layouts {
        let name = |base: &str| format!("rotary interleaved={interleaved} base={base}");
        type Heads = shape![Batch, Time, 3, 6];
        case(name("10000 start=0")).check::<_, Heads, _>(&mut rotary);
        case(name("500 start=0")).check::<_, Heads, _>(&mut rotary.base(500.0));
        let late = case(name("10000 start=37"));
        let x: Tensor<Heads> = late.input(0);
        late.check_with(&mut rotary, x, |rotary, x, _| rotary.rotate::<1, _, _>(x, 37));
    }
}

#[test]
fn rotary_time_may_be_any_axis() {
    let x: Tensor![Batch, Time, 3, 6] =
        case("rotary interleaved=true base=500 start=0".to_owned()).input(0);
    let rotary = Rotary::interleaved();
    let heads_first = x.clone().permute::<(Axis<0>, Axis<2>, Axis<1>, Axis<3>)>();
    let turned = rotary.rotate::<2, _, _>(heads_first, 3);
    let back = turned.permute::<(Axis<0>, Axis<2>, Axis<1>, Axis<3>)>();
    assert_eq!(back.to_vec(), rotary.rotate::<1, _, _>(x, 3).to_vec());
}

#[test]
fn rotated_products_depend_on_the_distance_alone() {
    let product = |start: usize| {
        let turned = |x: [f32; 8], at| {
            let x: Tensor![1, 8] = Tensor::from([x]);
            Rotary::half_split().rotate::<0, _, _>(x, at).to_vec()
        };
        let query = turned([0.1, -0.7, 0.3, 0.9, -0.2, 0.5, 0.8, -0.4], start + 5);
        let key = turned([0.6, 0.2, -0.9, 0.4, 0.7, -0.1, 0.3, 0.5], start);
        query.iter().zip(key).map(|(a, b)| a * b).sum::<f32>()
    };
    assert!((product(0) - product(100)).abs() < 1e-5);
}

#[test]
#[should_panic(expected = "a finite number of at least 1; found 0")]
fn a_base_of_zero_is_refused() {
    let _ = Rotary::half_split().base(0.0);
}

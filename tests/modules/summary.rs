//! The printed table of a model.

use nnx::models::SimpleCnn;
use nnx::module::{KindId, Path, Row, Summary};
use nnx::prelude::*;

type Images = Tensor![Batch, 28, 28, 1];

fn model() -> SimpleCnn<U10> {
    SimpleCnn::init(&mut Rngs::new(0))
}

fn images(batch: usize) -> Images {
    Tensor::from_vec(vec![0.5; batch * 28 * 28]).expect("whole images")
}

#[test]
fn the_table_of_a_pass_is_this() {
    // The FLOPs are those of one image. A kernel's product counts two for each multiply-add, and it adds its bias by
    // itself:   conv1   2 · 28·28·32 · 3·3·1  + 28·28·32 = 476,672   conv2   2 · 14·14·64 · 3·3·32 + 14·14·64 =
    // 7,237,888   dense1  2 · 3136 · 128         + 128      = 802,944   dense2  2 · 128 · 10           + 10       =
    // 2,570 Relus and pools, of which each output takes four: 25,088 + 25,088 + 12,544 + 12,544 + 128 = 75,392.
    // Activations are the most at the first pool: 28·28·32 numbers go in and 14·14·32 come out.
    let expected = "\
path           kind   shape               elements      bytes      FLOPs
------------------------------------------------------------------------
conv1/kernel   Param  (3, 3, 1, 32) f32        288      1,152    476,672
conv1/bias     Param  (32,) f32                 32        128          0
conv2/kernel   Param  (3, 3, 32, 64) f32    18,432     73,728  7,237,888
conv2/bias     Param  (64,) f32                 64        256          0
dense1/kernel  Param  (3136, 128) f32      401,408  1,605,632    802,944
dense1/bias    Param  (128,) f32               128        512          0
dense2/kernel  Param  (128, 10) f32          1,280      5,120      2,570
dense2/bias    Param  (10,) f32                 10         40          0
(no variable)                                                     75,392
------------------------------------------------------------------------
total                 421,642 parameters   421,642  1,686,568  8,595,466
activations: 125,440 bytes at one time
";
    assert_eq!(summary_of_pass(&model(), images(1)).to_string(), expected);
}

#[test]
fn the_table_without_a_pass_counts_no_operations() {
    let expected = "\
path           kind   shape               elements      bytes  FLOPs
--------------------------------------------------------------------
conv1/kernel   Param  (3, 3, 1, 32) f32        288      1,152
conv1/bias     Param  (32,) f32                 32        128
conv2/kernel   Param  (3, 3, 32, 64) f32    18,432     73,728
conv2/bias     Param  (64,) f32                 64        256
dense1/kernel  Param  (3136, 128) f32      401,408  1,605,632
dense1/bias    Param  (128,) f32               128        512
dense2/kernel  Param  (128, 10) f32          1,280      5,120
dense2/bias    Param  (10,) f32                 10         40
--------------------------------------------------------------------
total                 421,642 parameters   421,642  1,686,568
";
    assert_eq!(summary(&model()).to_string(), expected);
}

#[test]
fn operations_grow_with_the_batch_and_variables_do_not() {
    let (one, seven) = (summary_of_pass(&model(), images(1)), summary_of_pass(&model(), images(7)));
    assert_eq!((one.flops(), seven.flops()), (8_595_466, 7 * 8_595_466));
    assert_eq!((one.bytes(), seven.bytes()), (1_686_568, 1_686_568));
    for (one, seven) in one.rows.iter().zip(&seven.rows) {
        assert_eq!(7 * one.flops, seven.flops, "{}", one.path);
    }
}

/// A model with a layer that is used twice, a statistic, a variable that nothing uses, and integers.
#[derive(Module)]
struct Odd {
    shared: Linear<U4, U4>,
    shift: BatchStat<shape![4]>,
    unused: Param<shape![2, 3], f64>,
    dropout: Dropout,
}

impl Layer<Tensor![3, 4]> for Odd {
    type Output = Tensor![3, 4];
    fn forward(&self, x: Tensor![3, 4], pass: &mut Pass) -> Tensor![3, 4] {
        let x = self.shared.forward(x, pass) + self.shift.get(pass);
        self.dropout.forward(self.shared.forward(x, pass).tanh(), pass)
    }
}

fn odd() -> Odd {
    let rngs = &mut Rngs::new(0);
    Odd {
        shared: Linear::init(rngs),
        shift: BatchStat::new(Tensor::zeros()),
        unused: Param::new(Tensor::zeros()),
        dropout: Dropout::new(0.5, rngs),
    }
}

#[test]
fn a_layer_used_twice_counts_its_operations_twice_and_its_weights_once() {
    let table = summary_of_pass(&odd(), Tensor::full(1.0));
    let row = |path: &str| -> &Row {
        table.rows.iter().find(|row| row.path.to_string() == path).expect("a row")
    };
    assert_eq!(row("shared/kernel").flops, 2 * ((2 * 4 + 1) * 3 * 4), "with its bias");
    assert_eq!((row("shift").flops, row("unused").flops), (12, 0));
    assert_eq!(table.other_flops, 12, "tanh counts one an element, dropout is off");
    assert_eq!(table.parameters(), 16 + 4 + 6, "a statistic isn't trained");
    assert_eq!(table.bytes(), 4 * (16 + 4 + 4) + 8 * 6 + 4 * 3);
}

#[test]
fn kinds_and_element_types_are_columns() {
    let text = summary(&odd()).to_string();
    for line in [
        "shift                 BatchStat  (4,) f32              4     16",
        "unused                Param      (2, 3) f64            6     48",
        "dropout/stream/count  RngCount   () u32                1      4",
        "dropout/stream/key    RngKey     (2,) u32              2      8",
    ] {
        assert!(text.contains(line), "no line\n{line}\nin\n{text}");
    }
}

#[test]
fn counting_leaves_the_model_as_it_was() {
    let model = odd();
    let before = state(&model);
    let _ = summary_of_pass(&model, Tensor::full(1.0));
    assert!(crate::same(&before, &state(&model)));
}

#[test]
fn operations_on_the_input_count_too() {
    type Net = Sequential<(AvgPool<(U2, U2)>, Flatten, Linear<U4, U2>)>;
    let table =
        summary_of_pass(&Net::init(&mut Rngs::new(0)), Tensor::<shape![1, 4, 4, 1]>::ones());
    // 4 sums of 4 elements and 4 scalings; 2 · 4 · 2 of the product, and 2 of the bias.
    assert_eq!((table.other_flops, table.flops()), (20, 38));
}

/// A table with long paths and large numbers.
fn wide() -> Summary {
    let row = |path: &str, shape: &str, elements: usize| Row {
        path: Path::parse(path),
        kind: KindId::of::<kind::Param>(),
        shape: shape.into(),
        elements,
        bytes: 4 * elements,
        flops: 98 * elements as u64,
    };
    let rows = vec![
        row("encoder/layers/11/attention/query/kernel", "(4096, 32, 128) f32", 16_777_216),
        row("encoder/layers/11/attention/query/bias", "(32, 128) f32", 4_096),
        row("head/kernel", "(4096, 50257) f32", 205_852_672),
    ];
    Summary { rows, other_flops: 12, activation_bytes: 1 << 30, counted: true }
}

#[test]
fn a_wide_table_is_rounded_and_its_paths_are_cut_until_it_fits_80_columns() {
    let text = wide().to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for part in
        ["…", "tion/query/kernel", "(4096, 50257) f32", "222,633,984 parameters", "891 M", "21.8 G"]
    {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    let mut wider = wide();
    wider.rows[0].shape = "(1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024) f32".into();
    wider.rows[0].path = Path::parse("a_field/".repeat(20).trim_end_matches('/'));
    let text = wider.to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn a_folded_table_has_a_row_for_each_module_and_kind_and_the_same_totals() {
    let table = summary_of_pass(&odd(), Tensor::full(1.0));
    let folded = table.folded(1);
    let rows: Vec<(String, &str, usize, u64)> = folded
        .rows
        .iter()
        .map(|row| (row.path.to_string(), &*row.shape, row.elements, row.flops))
        .collect();
    assert_eq!(
        rows,
        [
            ("shared".into(), "2 variables", 20, 216),
            ("shift".into(), "(4,) f32", 4, 12),
            ("unused".into(), "(2, 3) f64", 6, 0),
            ("dropout/stream/count".into(), "() u32", 1, 0),
            ("dropout/stream/key".into(), "(2,) u32", 2, 0),
        ]
    );
    for depth in 0..5 {
        let folded = table.folded(depth);
        assert_eq!(folded.parameters(), table.parameters());
        assert_eq!((folded.bytes(), folded.flops()), (table.bytes(), table.flops()));
    }
    assert_eq!(table.folded(0).rows.len(), 4, "one for each kind");
    assert_eq!(table.folded(9).to_string(), table.to_string());
}

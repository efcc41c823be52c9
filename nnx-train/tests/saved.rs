//! Statistics and names that are saved with the model.

use nnx_core::Module;
use nnx_core::module::{Init, Layer, state};
use nnx_core::nn::Linear;
use nnx_core::optim::{Optimizer, adam};
use nnx_core::random::Rngs;
use nnx_core::size::{U1, U2, U3};
use nnx_core::tensor::Tensor;
use nnx_train::{Categories, Standardize};

fn standardize() -> Standardize<U2> {
    Standardize::init(&mut Rngs::new(0))
}

fn categories() -> Categories<U3> {
    Categories::init(&mut Rngs::new(0))
}

#[test]
fn columns_get_mean_0_and_deviation_1() {
    let rows: Vec<[f32; 2]> = (0..1000).map(|i| [1e6 + (i % 7) as f32, -(i as f32)]).collect();
    let mut layer = standardize();
    layer.fit(rows.iter().copied()).unwrap();
    let x: nnx_core::Tensor![nnx_core::size::Batch, 2] = Tensor::batch(rows);
    let y = layer.infer(x).to_vec();
    for column in 0..2 {
        let values: Vec<f64> = y.iter().skip(column).step_by(2).map(|&x| f64::from(x)).collect();
        let mean = values.iter().sum::<f64>() / 1000.0;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1000.0;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }
}

#[test]
fn missing_values_get_the_mean_and_constant_columns_the_deviation_1() {
    let mut layer = standardize();
    layer.fit([[Some(1.0), Some(5.0)], [None, Some(5.0)], [Some(4.0), None]]).unwrap();
    assert_eq!(layer.fill([None, Some(7.0)]), [2.5, 7.0]);
    assert_eq!(layer.deviation.value().to_vec(), [1.5, 1.0]);
}

#[test]
fn what_can_not_be_fitted_is_refused_and_changes_nothing() {
    let mut layer = standardize();
    for (value, shown) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        assert_eq!(
            layer.fit([[0.0, 1.0], [2.0, value]]).unwrap_err().to_string(),
            format!("rows: row 2, column `1`: expected a finite number, found {shown}")
        );
    }
    assert_eq!(
        layer.fit([[Some(0.0), None]]).unwrap_err().to_string(),
        "rows: column `1`: expected at least one value, found none"
    );
    assert_eq!(
        (layer.mean.value().to_vec(), layer.deviation.value().to_vec()),
        (vec![0.0; 2], vec![1.0; 2])
    );

    let mut colors = categories();
    assert_eq!(
        colors.label("red").unwrap_err().to_string(),
        "categories: expected names that were fitted, found `red`"
    );
    colors.fit(["red"]).unwrap();
    for (names, message) in [
        (
            &["a", "b", "c", "d"][..],
            "expected 1 to 3 different names, found 4; use a Categories<dim!(4)>, or join rare names",
        ),
        (
            &[],
            "expected 1 to 3 different names, found 0; use a Categories<dim!(0)>, or join rare names",
        ),
        (&[""], "expected names of 1 to 64 bytes without a zero byte, found ``"),
        (&["a\0b"], "expected names of 1 to 64 bytes without a zero byte, found `a\0b`"),
    ] {
        assert_eq!(colors.fit(names).unwrap_err().to_string(), format!("categories: {message}"));
    }
    assert!(colors.fit(["x".repeat(65)]).is_err());
    assert!(colors.clone().fit(["x".repeat(64)]).is_ok());
    assert_eq!(colors.names(), ["red"]);
}

#[test]
fn names_are_sorted_and_numbered() {
    let mut colors = categories();
    colors.fit(["rot", "blau", "grün", "rot"]).unwrap();
    assert_eq!(colors.names(), ["blau", "grün", "rot"]);
    let numbers = colors.numbers();
    for (number, name) in colors.names().iter().enumerate() {
        assert_eq!(colors.label(name).unwrap().index(), number);
        assert_eq!(numbers.name(numbers.label(name).unwrap()), name);
    }
    assert_eq!(
        numbers.label("gelb").unwrap_err().to_string(),
        "categories: expected one of blau, grün, rot, found `gelb`"
    );
}

#[derive(Module)]
struct Model {
    standardize: Standardize<U2>,
    colors: Categories<U3>,
    output: Linear<U2, U1>,
}

#[test]
fn they_are_variables_of_the_model_that_no_optimizer_changes() {
    let mut model = Model::init(&mut Rngs::new(0));
    model.standardize.fit([[1.0, 2.0], [3.0, 6.0]]).unwrap();
    model.colors.fit(["red", "blue"]).unwrap();
    let saved = state(&model);
    let paths: Vec<String> = saved.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(
        paths,
        [
            "colors/names",
            "output/bias",
            "output/kernel",
            "standardize/deviation",
            "standardize/mean"
        ]
    );
    let mut optimizer = Optimizer::new(&model, adam(0.1));
    let (_, grads) = nnx_core::module::value_and_grad(&mut model, |model, pass| {
        let x = model.standardize.forward(Tensor::from([[1.0, 2.0]]), pass);
        model.output.forward(x, pass).sum()
    })
    .unwrap();
    assert_eq!(grads.len(), 2);
    optimizer.update(&mut model, grads).unwrap();
    assert_eq!(model.standardize.mean.value().to_vec(), [2.0, 4.0]);

    let mut loaded = Model::init(&mut Rngs::new(1));
    nnx_core::module::update(&mut loaded, &saved).unwrap();
    assert_eq!(loaded.colors.names(), ["blue", "red"]);
    assert_eq!(loaded.standardize.deviation.value().to_vec(), [1.0, 2.0]);
}

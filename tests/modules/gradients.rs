//! `value_and_grad`: its variables, values returned with the loss, and its error messages.

use nnx::module::{Path, grad_of};
use nnx::prelude::*;

use crate::panic_of;

/// Two weights in a row, f64 so that the expected numbers are exact.
#[derive(Module, Clone)]
struct Product {
    a: Param<(), f64>,
    b: Param<(), f64>,
    mean: BatchStat<(), f64>,
}

fn product() -> Product {
    Product {
        a: Param::new(Tensor::from(3.0)),
        b: Param::new(Tensor::from(5.0)),
        mean: BatchStat::new(Tensor::from(7.0)),
    }
}

impl Product {
    /// a b mean.
    fn loss(&self, pass: &mut Pass) -> Tensor<(), f64> {
        self.a.get(pass) * self.b.get(pass) * self.mean.get(pass)
    }
}

/// Gradients by path.
fn numbers(gradients: &State) -> Vec<(String, f64)> {
    let number = |array: &nnx::array::Array| array.to_vec::<f64>().expect("f64")[0];
    gradients.iter().map(|(path, entry)| (path.to_string(), number(&entry.array))).collect()
}

fn named<const N: usize>(pairs: [(&str, f64); N]) -> Vec<(String, f64)> {
    pairs.map(|(path, number)| (path.to_owned(), number)).to_vec()
}

#[test]
fn gradients_are_of_parameters_by_default() {
    let (loss, gradients) = value_and_grad(&mut product(), Product::loss).expect("gradients");
    assert_eq!((loss, numbers(&gradients)), (105.0, named([("a", 35.0), ("b", 21.0)])));
}

#[test]
fn a_filter_selects_a_part_of_the_parameters_or_other_kinds() {
    let b = Filter::within("b");
    let (loss, gradients) =
        value_and_grad_of(&b, &mut product(), Product::loss).expect("gradients");
    assert_eq!((loss, numbers(&gradients)), (105.0, named([("b", 21.0)])));
    let all = grad_of(&Filter::everything(), &mut product(), Product::loss).expect("gradients");
    assert_eq!(numbers(&all), named([("a", 35.0), ("b", 21.0), ("mean", 15.0)]));
}

#[test]
fn variables_that_do_not_take_part_have_gradient_0() {
    let loss = |model: &Product, pass: &mut Pass| model.a.get(pass).square();
    let gradients = grad(&mut product(), loss).expect("gradients");
    assert_eq!(numbers(&gradients), named([("a", 6.0), ("b", 0.0)]));
}

#[test]
fn a_layer_used_twice_has_the_sum_of_both_gradients() {
    // d/da of a (a b) is 2 a b.
    let loss = |model: &Product, pass: &mut Pass| {
        let inner = model.a.get(pass) * model.b.get(pass);
        model.a.get(pass) * inner
    };
    let gradients = grad(&mut product(), loss).expect("gradients");
    assert_eq!(numbers(&gradients), named([("a", 30.0), ("b", 9.0)]));
}

#[test]
fn anything_may_be_returned_with_the_loss() {
    let loss = |model: &Product, pass: &mut Pass| {
        let a = model.a.get(pass);
        (a.clone().square(), (a, "beside"))
    };
    let ((loss, (a, text)), gradients) = value_and_grad(&mut product(), loss).expect("gradients");
    assert_eq!((loss, a.item(), text), (9.0, 3.0, "beside"));
    assert_eq!(numbers(&gradients)[0].1, 6.0);
}

#[test]
fn a_closure_may_use_the_question_mark() {
    let loss = |model: &Product, pass: &mut Pass| -> Result<_, nnx::Error> {
        let table: Tensor![2; f64] = Tensor::from_vec(vec![1.0, 10.0])?;
        let rows = table.gather(Tensor::<(), i32>::from(1))?;
        Ok((rows * model.a.get(pass), "aux"))
    };
    let ((loss, _), gradients) = value_and_grad(&mut product(), loss).expect("gradients");
    assert_eq!((loss, numbers(&gradients)[0].1), (30.0, 10.0));
}

#[test]
fn an_error_of_the_closure_comes_through_with_its_text() {
    let loss = |_: &Product, _: &mut Pass| -> Result<Tensor<(), f64>, nnx::Error> {
        let table: Tensor![2; f64] = Tensor::from_vec(vec![1.0, 10.0])?;
        Ok(table.gather(Tensor::<(), i32>::from(2))?)
    };
    let error = value_and_grad(&mut product(), loss).expect_err("an index outside");
    let expected =
        "`gather` was given index 2 at position 0, outside 0..2: check the labels or tokens";
    assert_eq!(error.to_string(), expected);
    assert!(matches!(error, nnx::Error::Shape(_)));
}

#[test]
fn a_model_without_the_variables_asked_for_is_refused() {
    let mut model = BatchStat::<shape![2]>::new(Tensor::zeros());
    let error = grad(&mut model, |m, pass| m.get(pass).sum()).expect_err("no parameter");
    assert_eq!(
        error.to_string(),
        "no variable to differentiate with respect to: the filter (kind Param) selects no \
         floating-point variable of this model"
    );
    assert!(matches!(error, nnx::Error::Grad(_)));
}

#[test]
fn integers_are_not_differentiated() {
    let mut model = Variable::<Tensor![2; i32], kind::Param>::new(Tensor::from([1, 2]));
    let everything = Filter::everything();
    let result = grad_of(&everything, &mut model, |_, _| Tensor::<(), f32>::from(1.0));
    let text = result.expect_err("integers alone").to_string();
    assert!(text.contains("the filter (everything) selects no floating-point variable"), "{text}");
}

#[test]
fn a_loss_from_elsewhere_is_refused() {
    let text = "the loss depends on none of the 2 variables selected: compute it from the `model` and \
                the `pass` that the closure is given";
    let refused = |loss: &dyn Fn(&Product, &mut Pass) -> Tensor<(), f64>| {
        value_and_grad(&mut product(), loss).expect_err("nothing to differentiate").to_string()
    };
    assert_eq!(refused(&|_, _| Tensor::from(1.0)), text);
    assert_eq!(refused(&|model, _| model.a.value().clone().square()), text, "not by the pass");
    assert_eq!(refused(&|model, _| model.loss(&mut Pass::train())), text, "another pass");
    assert_eq!(
        refused(&|model, pass| model.clone().loss(pass)),
        text,
        "a clone has its own variables"
    );
    let outside = product();
    assert_eq!(refused(&|_, pass| outside.loss(pass)), text, "another model");
}

#[test]
fn one_model_is_differentiated_while_another_is() {
    // d/da (a · db'/db (b²)) with the inner gradient 2 b as a constant: 10.
    let mut inner = product();
    let loss = |model: &Product, pass: &mut Pass| {
        let slope = grad(&mut inner, |inner, pass| inner.b.get(pass).square()).expect("inside");
        let slope = slope.get(&Path::parse("b")).expect("of b").array.clone();
        model.a.get(pass) * <Tensor<(), f64>>::try_from(slope).expect("a scalar in f64")
    };
    let gradients = grad(&mut product(), loss).expect("outside");
    assert_eq!(numbers(&gradients), named([("a", 10.0), ("b", 0.0)]));
}

#[test]
fn a_label_outside_the_classes_panics_with_its_position() {
    let mut model = Linear::<U2, U3>::init(&mut Rngs::new(0));
    let text = panic_of(|| {
        value_and_grad(&mut model, |model, pass| {
            let logits = model.forward(Tensor::from([[1.0, 2.0], [3.0, 4.0]]), pass);
            softmax_cross_entropy(logits, Tensor::from([0, 3])).mean()
        })
    });
    let expected = "`softmax_cross_entropy` was given index 3 at position 1, outside 0..3: check the \
                    labels or tokens";
    assert_eq!(text, expected);
}

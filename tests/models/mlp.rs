//! `Mlp`: of any depth.

use nnx::models::{Depth, Mlp, SimpleLinear};
use nnx::prelude::*;

use crate::support::{labels, numbers, overfits};

#[cfg(feature = "safetensors")]
#[test]
fn it_is_the_model_of_flax() {
    use crate::reference::{FlaxReference, Tolerances};
    let reference = FlaxReference::<Mlp<U784, U256, U10>, shape![Batch, 784]>::new(
        "mlp",
        Tolerances::OF_ROUNDING,
    );
    let labels: Tensor![Batch; i32] = reference.target();
    reference.check(|logits| softmax_cross_entropy(logits, labels.clone()).mean());
}

#[test]
fn it_overfits_one_batch() {
    let (x, labels): (Tensor![Batch, 8], _) = (numbers(&[16, 8]), labels(16, 4));
    let model = Mlp::<U8, U32, U4, U4>::init(&mut Rngs::new(0));
    let model = overfits(model, 100, 1e-2, 0.01, |model, pass| {
        softmax_cross_entropy(model.forward(x.clone(), pass), labels.clone()).mean()
    });
    assert_eq!(model.infer(x).argmax().to_vec(), labels.to_vec());
}

/// The names of the variables, and that the compiler has counted them rightly.
fn variables<Layers: Depth>() -> Vec<String> {
    let model = Mlp::<U5, U8, U3, Layers>::init(&mut Rngs::new(0));
    assert_eq!(parameters(&model), Mlp::<U5, U8, U3, Layers>::PARAMETERS);
    let names = state(&model);
    names.iter().map(|(path, _)| path.to_string()).collect()
}

#[test]
fn each_depth_has_its_number_of_layers() {
    const _: () = assert!(Mlp::<U784, U256, U10>::PARAMETERS == 269_322);
    assert_eq!(variables::<U1>(), ["layers/0/bias", "layers/0/kernel"]);
    for (depth, variables) in
        [(2, variables::<U2>()), (3, variables::<U3>()), (12, variables::<U12>())]
    {
        assert_eq!(variables.len(), 2 * depth);
        let last = format!("layers/{}/kernel", depth - 1);
        assert!(variables.contains(&last), "{variables:?}");
    }
}

#[test]
fn one_layer_is_a_linear_layer() {
    let mlp = Mlp::<U5, U8, U3, U1>::init(&mut Rngs::new(7));
    let linear = SimpleLinear::<U5, U3>::init(&mut Rngs::new(7));
    let x: Tensor![Batch, 5] = numbers(&[4, 5]);
    let y = mlp.infer(x.clone()).to_vec();
    assert_eq!(y, linear.infer(x).to_vec());
    assert!(y.iter().any(|&y| y < 0.0), "there is no relu behind it");
}

#[test]
fn a_loss_reaches_every_layer() {
    let mut model = Mlp::<U5, U8, U3, U6>::init(&mut Rngs::new(0));
    let x: Tensor![Batch, 5] = numbers(&[4, 5]);
    let (_, grads) =
        value_and_grad(&mut model, |model, pass| model.forward(x.clone(), pass).square().mean())
            .expect("gradients");
    assert_eq!(grads.len(), 12);
    for (path, entry) in grads.iter() {
        let numbers = entry.array.to_vec::<f32>().expect("f32");
        assert!(numbers.iter().any(|&gradient| gradient != 0.0), "{path}");
    }
}

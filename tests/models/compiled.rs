//! Each model, compiled: the bits of the model itself, for several sizes of the input.

use nnx::models::*;
use nnx::module::compile;
use nnx::prelude::*;

use crate::support::{Tokens, numbers, tokens};

type Images<H, W, C> = Tensor<(Batch, H, W, C)>;

/// Runs the compiled model on each input twice: the first run is recorded, the second one is replayed.
macro_rules! replays {
    (init $model:ty, $input:ty, $output:ty) => {
        replays!(<$model>::init(&mut Rngs::new(0)), $input, $output, |batch| sized(batch));
    };
    ($model:expr, $input:ty, $output:ty, |$batch:ident| $x:expr) => {
        let model = $model;
        let compiled = compile::<$input, _>(&model);
        for $batch in [2, 1, 2, 1] {
            let x: $input = $x;
            let found: $output = compiled.infer(x.clone());
            let expected: $output = model.infer(x);
            let bits = |y: &$output| y.to_vec().iter().map(|y| y.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&expected), "{} of batch {}", stringify!($model), $batch);
        }
    };
}

/// Numbers for all axes of a batch.
fn sized<S: Shape>(batch: usize) -> Tensor<S> {
    numbers(&S::AXES.iter().map(|size| size.unwrap_or(batch)).collect::<Vec<_>>())
}

#[test]
fn models_of_features_and_images() {
    replays!(init SimpleLinear<U12, U5>, Tensor![Batch, 12], Tensor![Batch, 5]);
    replays!(init Mlp<U12, U8, U5>, Tensor![Batch, 12], Tensor![Batch, 5]);
    replays!(init Autoencoder<U12, U8, U4>, Tensor![Batch, 12], Tensor![Batch, 12]);
    replays!(init SimpleCnn<U10>, Images<U28, U28, U1>, Tensor![Batch, 10]);
    replays!(init SmallResNet<U3>, Images<U8, U8, U3>, Tensor![Batch, 3]);
    replays!(init ResNet18<U3, U1, U4>, Images<U32, U32, U1>, Tensor![Batch, 3]);
    replays!(init ResNet50<U3, U1, U4>, Images<U32, U32, U1>, Tensor![Batch, 3]);
    replays!(init ConvNext<U3, U4>, Images<U32, U32, U3>, Tensor![Batch, 3]);
    replays!(init UNet<U3, U1, U2>, Images<U16, U16, U1>, Images<U16, U16, U3>);
    replays!(init MbConv<U4, U6, U2>, Images<U8, U8, U4>, Images<U8, U8, U6>);
    replays!(init Vit<U8, U8, U4, U8, U2, U5>, Images<U8, U8, U3>, Tensor![Batch, 5]);
    replays!(init MlpMixer<U8, U8, U4, U8, U4, U16, U5>, Images<U8, U8, U3>, Tensor![Batch, 5]);
}

#[test]
fn models_of_sequences() {
    let rngs = &mut Rngs::new(0);
    replays!(init TransformerBlock<U8, U2, U16>, Tensor![Batch, 5, 8], Tensor![Batch, 5, 8]);
    let gpt = Gpt::<U11, U8, U8, U2>::with(&GptOptions::default().depth(2), rngs);
    replays!(gpt, Tokens, Tensor![Batch, Time, 11], |batch| tokens(batch, 4 + batch));
    let lstm = LstmLanguageModel::<U11, U8, U8>::init(rngs);
    replays!(lstm, Tokens, Tensor![Batch, Time, 11], |batch| tokens(batch, 4 + batch));
}

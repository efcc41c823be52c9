//! Parts of models: features, other heads, bodies that are loaded or frozen, and adaptations of a part.

use nnx::models::*;
use nnx::prelude::*;

use crate::support::{labels, numbers, tokens};

fn rngs() -> Rngs {
    Rngs::new(0)
}

fn bits<S: Shape, E: nnx::array::Element>(tensor: &Tensor<S, E>) -> Vec<E> {
    tensor.to_vec()
}

/// The arrays of the variables that a filter selects, by path.
fn arrays(filter: &Filter, model: &impl Module) -> Vec<(String, nnx::array::Array)> {
    let state = state_of(filter, model);
    state.iter().map(|(path, entry)| (path.to_string(), entry.array.clone())).collect()
}

/// The features have the shape that is expected, and its head makes the model's logits of them. Under
/// another head the features and the body are the same, bit for bit.
macro_rules! features_are_what_the_head_sees {
    ($($test:ident: $model:expr, $x:expr, $head:ident is $path:literal, features $features:ty, logits $logits:ty,
       other logits $other:ty;)*) => { $(
        #[test]
        fn $test() {
            let (model, x) = ($model, $x);
            let features: $features = model.features(x.clone(), &mut Pass::eval());
            assert!(bits(&features).iter().any(|&feature| feature != bits(&features)[0]));
            let logits: $logits = model.infer(x.clone());
            assert_eq!(bits(&model.$head.infer(features.clone())), bits(&logits));

            let body = !Filter::within($path);
            let before = arrays(&body, &model);
            let model = model.with_head(Init::init(&mut Rngs::new(7)));
            assert_eq!(arrays(&body, &model), before);
            let same: $features = model.features(x.clone(), &mut Pass::eval());
            assert_eq!(bits(&same), bits(&features));
            let logits: $other = model.infer(x);
            assert_eq!(bits(&model.$head.infer(same)), bits(&logits));
        }
    )* };
}

features_are_what_the_head_sees! {
    simple_cnn: SimpleCnn::<U10>::init(&mut rngs()), numbers::<shape![Batch, 28, 28, 1]>(&[2, 28, 28, 1]),
        dense2 is "dense2", features Tensor![Batch, 128], logits Tensor![Batch, 10],
        other logits Tensor![Batch, 3];
    small_resnet: SmallResNet::<U10>::init(&mut rngs()), numbers::<shape![Batch, 9, 12, 3]>(&[2, 9, 12, 3]),
        head is "head", features Tensor![Batch, 64], logits Tensor![Batch, 10],
        other logits Tensor![Batch, 3];
    resnet_of_basic_blocks: ResNet18::<U10, U3, U4>::init(&mut rngs()),
        numbers::<shape![Batch, 33, 40, 3]>(&[2, 33, 40, 3]),
        head is "head", features Tensor![Batch, 32], logits Tensor![Batch, 10],
        other logits Tensor![Batch, 3];
    resnet_of_bottlenecks: ResNet50::<U10, U3, U2>::init(&mut rngs()),
        numbers::<shape![Batch, 33, 40, 3]>(&[2, 33, 40, 3]),
        head is "head", features Tensor![Batch, 64], logits Tensor![Batch, 10],
        other logits Tensor![Batch, 3];
    conv_next: ConvNext::<U10, U4>::with_depths([1, 1, 2, 1], &mut rngs()),
        numbers::<shape![Batch, 32, 48, 3]>(&[2, 32, 48, 3]),
        head is "head", features Tensor![Batch, 32], logits Tensor![Batch, 10],
        other logits Tensor![Batch, 3];
    vit: Vit::<U12, U8, U4, U16, U4, U10, U1>::with_depth(2, &mut rngs()).with_head::<U10>(Init::init(&mut rngs())),
        numbers::<shape![Batch, 12, 8, 1]>(&[2, 12, 8, 1]),
        head is "head", features Tensor![Batch, 16], logits Tensor![Batch, 10],
        other logits Tensor![Batch, 3];
    mlp_mixer: MlpMixer::<U12, U8, U4, U16, U8, U32, U10, U1>::with_depth(2, &mut rngs()),
        numbers::<shape![Batch, 12, 8, 1]>(&[2, 12, 8, 1]),
        head is "head", features Tensor![Batch, 16], logits Tensor![Batch, 10],
        other logits Tensor![Batch, 3];
    u_net: UNet::<U5, U1, U4>::init(&mut rngs()), numbers::<shape![Batch, 13, 20, 1]>(&[2, 13, 20, 1]),
        head is "head", features Tensor![Batch, 13, 20, 4], logits Tensor![Batch, 13, 20, 5],
        other logits Tensor![Batch, 13, 20, 3];
}

#[test]
fn mlp_features_are_those_of_the_last_hidden_layer() {
    let x: Tensor![Batch, 6] = numbers(&[3, 6]);
    let model = Mlp::<U6, U8, U4, U3>::init(&mut rngs());
    let features: Tensor![Batch, 8] = model.features(x.clone(), &mut Pass::eval());
    let MlpLayers::More { first, hidden, last, .. } = &model.layers else { panic!("three layers") };
    let by_hand = hidden[0].infer(first.infer(x.clone()).relu()).relu();
    assert_eq!(bits(&features), bits(&by_hand));
    assert_eq!(bits(&last.infer(by_hand)), bits(&model.infer(x.clone())));

    let head = Linear::<U8, U2>::init(&mut Rngs::new(7));
    let model = model.with_head(head.clone());
    assert_eq!(bits(&model.infer(x)), bits(&head.infer(features)));
}

#[test]
fn resnet_features_are_the_mean_of_its_feature_maps() {
    let model = ResNet18::<U10, U3, U4>::init(&mut rngs());
    let x: Tensor![Batch, 64, 96, 3] = numbers(&[2, 64, 96, 3]);
    let maps: Tensor![Batch, 2, 3, 32] = model.feature_maps(x.clone(), &mut Pass::eval());
    let stem =
        model.stem.infer(x.clone()).relu().max_pool_with::<(U3, U3), (Strided<U2>, Symmetric)>();
    assert_eq!(bits(&maps), bits(&model.stages.infer(stem)));
    let features: Tensor![Batch, 32] = model.features(x, &mut Pass::eval());
    for (image, features) in bits(&maps).chunks(6 * 32).zip(bits(&features).chunks(32)) {
        for (channel, feature) in features.iter().enumerate() {
            let mean = image.iter().skip(channel).step_by(32).sum::<f32>() / 6.0;
            assert!((mean - feature).abs() <= 1e-6 * mean.abs().max(1.0), "{mean} {feature}");
        }
    }
}

#[test]
fn the_class_token_is_the_first_of_the_tokens_of_a_vit() {
    let model = Vit::<U12, U8, U4, U16, U4, U10, U1>::with_depth(2, &mut rngs());
    let x: Tensor![Batch, 12, 8, 1] = numbers(&[2, 12, 8, 1]);
    let tokens: Tensor![Batch, 7, 16] = model.tokens(x.clone(), &mut Pass::eval());
    let features: Tensor![Batch, 16] = model.features(x, &mut Pass::eval());
    let first: Vec<f32> =
        bits(&tokens).chunks(7 * 16).flat_map(|image| image[..16].to_vec()).collect();
    assert_eq!(bits(&features), first);
}

#[test]
fn hidden_states_of_a_gpt_make_its_logits_and_do_not_look_ahead() {
    let options = GptOptions::default().depth(2);
    let model = Gpt::<U11, U8, U16, U4>::with(&options, &mut rngs());
    let hidden: Tensor![Batch, Time, 16] = model.features(tokens(2, 8), &mut Pass::eval());
    let logits: Tensor![Batch, Time, 11] = model.infer(tokens(2, 8));
    assert_eq!(bits(&model.logits(hidden.clone(), &mut Pass::eval())), bits(&logits));

    let mut later = tokens(2, 8).to_vec();
    later[7] = (later[7] + 1) % 11;
    let later = Tensor::from_shape_vec(&[2, 8], later).expect("two sequences");
    let changed: Tensor![Batch, Time, 16] = model.features(later, &mut Pass::eval());
    assert_eq!(bits(&changed)[..7 * 16], bits(&hidden)[..7 * 16]);
    assert_ne!(bits(&changed)[7 * 16..8 * 16], bits(&hidden)[7 * 16..8 * 16]);
}

#[test]
fn hidden_states_of_an_lstm_make_its_logits() {
    let model = LstmLanguageModel::<U11, U8, U16>::with_layers(2, &mut rngs());
    let hidden: Tensor![Batch, Time, 16] = model.features(tokens(2, 8), &mut Pass::eval());
    let embedded: Tensor![Batch, Time, 8] = model.tokens.infer(tokens(2, 8));
    let by_hand = model.others[0].infer(model.first.infer(embedded));
    assert_eq!(bits(&hidden), bits(&by_hand));
    let logits: Tensor![Batch, Time, 11] = model.infer(tokens(2, 8));
    assert_eq!(bits(&model.head.infer(hidden)), bits(&logits));
}

#[test]
fn autoencoders_encode_and_decode_by_their_fields() {
    let x: Tensor![Batch, 12] = numbers(&[3, 12]);
    let model = Autoencoder::<U12, U8, U4>::init(&mut rngs());
    let code: Tensor![Batch, 4] = model.encode(x.clone(), &mut Pass::eval());
    assert_eq!(bits(&code), bits(&model.encoder.infer(x.clone())));
    let back: Tensor![Batch, 12] = model.decode(code, &mut Pass::eval());
    assert_eq!(bits(&back), bits(&model.infer(x.clone())));

    let model = Vae::<U12, U8, U4>::init(&mut rngs());
    let (mean, log_variance) = model.encode(x.clone(), &mut Pass::eval());
    let hidden = model.hidden.infer(x).relu();
    assert_eq!(bits(&mean), bits(&model.mean.infer(hidden.clone())));
    assert_eq!(bits(&log_variance), bits(&model.log_variance.infer(hidden)));
    let logits: Tensor![Batch, 12] = model.decode(mean.clone(), &mut Pass::eval());
    assert_eq!(bits(&logits), bits(&model.decoder.infer(mean)));
}

type Images = Tensor![Batch, 32, 32, 1];

fn images() -> Images {
    numbers(&[6, 32, 32, 1])
}

/// A network of 5 classes, whose running statistics differ from the initial ones.
fn trained() -> ResNet18<U5, U1, U4> {
    let mut model = ResNet18::<U5, U1, U4>::init(&mut rngs());
    let mut pass = Pass::train();
    let _: Tensor![Batch, 5] = model.forward(images(), &mut pass);
    pass.commit(&mut model).expect("statistics");
    model
}

#[cfg(feature = "safetensors")]
#[test]
fn a_body_is_loaded_by_a_filter_under_other_classes_or_none() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("five_classes.safetensors");
    let five = trained();
    nnx::io::save(&five, &file).expect("saved");
    let expected: Tensor![Batch, 32] = five.features(images(), &mut Pass::eval());

    let (body, head) = (!Filter::within("head"), Filter::within("head"));
    let mut three = ResNet18::<U3, U1, U4>::init(&mut Rngs::new(1));
    let start = arrays(&head, &three);
    nnx::io::load_of(&body, &mut three, &file).expect("the body fits");
    assert_eq!(arrays(&body, &three), arrays(&body, &five));
    assert_eq!(arrays(&head, &three), start);
    let features: Tensor![Batch, 32] = three.features(images(), &mut Pass::eval());
    assert_eq!(bits(&features), bits(&expected));

    let mut none = ResNet18::<U0, U1, U4>::init(&mut Rngs::new(1));
    assert_eq!(parameters(&none), parameters(&five) - (32 * 5 + 5));
    nnx::io::load_of(&body, &mut none, &file).expect("the body fits");
    let features: Tensor![Batch, 32] = none.features(images(), &mut Pass::eval());
    assert_eq!(bits(&features), bits(&expected));
}

/// Trains the part that `filter` selects for some steps; gives the first loss and the last.
fn train<M: Module>(
    model: &mut M,
    filter: &Filter,
    loss: impl Fn(&M, &mut Pass) -> Tensor<()>,
) -> (f32, f32) {
    let mut optimizer = Optimizer::within::<kind::Param, _>(filter, model, adam(1e-2));
    let mut losses = Vec::new();
    for _ in 0..30 {
        let (loss, grads) = value_and_grad_of(filter, model, &loss).expect("gradients");
        optimizer.update(model, grads).expect("an update");
        losses.push(loss);
    }
    (losses[0], losses[29])
}

/// A frozen body that runs in an evaluation pass keeps its statistics, too.
#[test]
fn only_the_head_learns_on_a_frozen_body() {
    let labels = labels(6, 3);
    let mut model = trained().with_head(Linear::<U32, U3>::init(&mut Rngs::new(1)));
    let (body, head) = (!Filter::within("head"), Filter::within("head"));
    let frozen = arrays(&body, &model);
    let (first, last) = train(&mut model, &head, |model, pass| {
        let features: Tensor![Batch, 32] = model.features(images(), &mut Pass::eval());
        softmax_cross_entropy(model.head.forward(features, pass), labels.clone()).mean()
    });
    assert!(last < 0.9 * first, "from {first} to {last}");
    assert_eq!(arrays(&body, &model), frozen);
}

/// A trained network, with a low-rank adaptation (LoRA) added to its head.
#[derive(Module)]
struct Adapted {
    model: ResNet18<U5, U1, U4>,
    lora: Lora<U32, U2, U5>,
}

impl Adapted {
    fn logits(&self, pass: &mut Pass) -> Tensor![Batch, 5] {
        let features: Tensor![Batch, 32] = self.model.features(images(), &mut Pass::eval());
        self.model.head.forward(features.clone(), pass) + self.lora.forward(features, pass)
    }
}

#[test]
fn an_adaptation_of_the_head_learns_alone_and_merges_into_its_kernel() {
    let labels = labels(6, 5);
    let mut adapted = Adapted { model: trained(), lora: Lora::init(&mut Rngs::new(1)) };
    let before = arrays(&Filter::within("model"), &adapted);
    let logits: Tensor![Batch, 5] = adapted.model.infer(images());
    assert_eq!(bits(&adapted.logits(&mut Pass::eval())), bits(&logits));

    let part = Filter::kind::<LoraParam>();
    let (first, last) = train(&mut adapted, &part, |adapted, pass| {
        softmax_cross_entropy(adapted.logits(pass), labels.clone()).mean()
    });
    assert!(last < 0.9 * first, "from {first} to {last}");
    assert_eq!(arrays(&Filter::within("model"), &adapted), before);

    let learned = bits(&adapted.logits(&mut Pass::eval()));
    let product = adapted.lora.lora_a.value().clone().matmul(adapted.lora.lora_b.value().clone());
    let mut merged = adapted.model;
    merged.head.kernel.replace(merged.head.kernel.value().clone() + product);
    let logits: Tensor![Batch, 5] = merged.infer(images());
    for (merged, learned) in bits(&logits).iter().zip(&learned) {
        assert!((merged - learned).abs() < 1e-5, "{merged} {learned}");
    }
}

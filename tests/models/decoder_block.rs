//! `DecoderBlock`.

use nnx::models::DecoderBlock;
use nnx::prelude::*;

use crate::support::{numbers, overfits};

axis!(Source);

type Words<D> = Tensor![Batch, Time, D];
type Context<D> = Tensor![Batch, Source, D];

#[test]
fn it_overfits_one_batch() {
    // The target is the mean of the context, which only attention to it can provide.
    let (x, context): (Words<U8>, Context<U8>) = (numbers(&[3, 4, 8]), numbers(&[3, 6, 8]));
    let mean = context.clone().mean_axes::<Axis<1>>().insert_axis::<1>().broadcast_like(&x);
    let block = DecoderBlock::<U8, U2, U16>::init(&mut Rngs::new(0));
    overfits(block, 300, 1e-2, 1e-3, |block, pass| {
        (block.forward((x.clone(), context.clone()), pass) - &mean).square().mean()
    });
}

#[test]
fn a_position_sees_no_later_word_and_all_of_the_context() {
    let block = DecoderBlock::<U8, U2, U16>::init(&mut Rngs::new(0));
    let (x, context): (Words<U8>, Context<U8>) = (numbers(&[1, 4, 8]), numbers(&[1, 3, 8]));
    let first = |y: Words<U8>| y.at::<1>(0).sum();
    let [of_x, of_context] = {
        let (x, context) = (x.clone(), context.clone());
        let slope_x = gradient(|x| first(block.infer((x, context.clone()))), x.clone()).to_vec();
        let slope = gradient(|context| first(block.infer((x.clone(), context))), context.clone());
        [slope_x, slope.to_vec()]
    };
    assert!(of_x[..8].iter().all(|&slope| slope != 0.0), "{of_x:?}");
    assert!(of_x[8..].iter().all(|&slope| slope == 0.0), "{of_x:?}");
    assert!(of_context.iter().all(|&slope| slope != 0.0), "{of_context:?}");
    // A mask leaves out the last element of the context.
    let mask = Tensor::from([[[[true, true, false]; 4]; 2]]);
    let run = |context: Context<U8>| {
        let mask: Tensor![Batch, 2, Time, Source; bool] =
            mask.clone().try_into_shape().expect("a shape");
        block.masked(x.clone(), context, Causal, mask, &mut Pass::eval()).to_vec()
    };
    let mut changed = context.to_vec();
    changed[16..].fill(5.0);
    assert_eq!(run(Tensor::from_shape_vec(&[1, 3, 8], changed).expect("a shape")), run(context));
}

#[cfg(feature = "safetensors")]
#[test]
fn it_is_the_decoder_layer_of_pytorch() {
    use nnx::io::Foreign;
    use nnx::io::load_state;
    use nnx::module::Path;

    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/torch_decoder.safetensors");
    let golden = load_state(file).expect("the golden");
    let numbers = |name: &str| -> Vec<f32> {
        let entry = golden.get(&Path::parse(&format!("case/{name}"))).expect(name);
        entry.array.to_vec().expect("f32")
    };
    let mut block = DecoderBlock::<U8, U2, U12>::init(&mut Rngs::new(0));
    let names =
        Foreign::torch().renaming("attention", "self_attn").renaming("cross", "multihead_attn");
    names.ignoring(|name| name.starts_with("case/")).load(&mut block, file).expect("the weights");

    let of = |name: &str, time| -> Words<U8> {
        Tensor::from_shape_vec(&[2, time, 8], numbers(name)).expect("a shape")
    };
    let (x, context) = (of("x", 5), of("context", 3));
    let close = |found: Vec<f32>, name: &str| {
        let expected = numbers(name);
        let most = expected.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        for (found, expected) in found.iter().zip(&expected) {
            assert!(
                (found - expected).abs() < 1e-5 * most.max(1.0),
                "{name}: {found} instead of {expected}"
            );
        }
        assert_eq!(found.len(), expected.len(), "{name}");
    };
    let run =
        |x: Words<U8>, context: Words<U8>, pass: &mut Pass, block: &DecoderBlock<U8, U2, U12>| {
            block.masked(x, context, Causal, (), pass)
        };
    close(run(x.clone(), context.clone(), &mut Pass::eval(), &block).to_vec(), "output");
    let weighted = |y: Words<U8>| (y * of("cotangent", 5)).sum();
    let slope =
        gradient(|x| weighted(run(x, context.clone(), &mut Pass::eval(), &block)), x.clone());
    close(slope.to_vec(), "gradient/x");
    let slope =
        gradient(|c| weighted(run(x.clone(), c, &mut Pass::eval(), &block)), context.clone());
    close(slope.to_vec(), "gradient/context");
    let grads =
        grad(&mut block, |block, pass| weighted(run(x, context, pass, block))).expect("gradients");
    for name in ["norm3/bias", "norm2/scale", "linear2/bias"] {
        let found = grads.get(&Path::parse(name)).expect(name).array.to_vec().expect("f32");
        close(found, &format!("gradient/{}", name.replace('/', ".").replace("scale", "weight")));
    }
}

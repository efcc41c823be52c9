//! Layers with f64 parameters start as in Flax with `param_dtype=jnp.float64`: drawn from 64 random bits each.

use nnx::prelude::*;
use nnx::random::init::{self, Distribution, Mode};
use nnx::random::{
    Key, categorical_f64, exponential_f64, gumbel_f64, laplace_f64, normal_f64, randint,
    truncated_normal_f64, uniform_f64,
};

use crate::golden::Golden;

/// The largest error, relative to numbers of at least 0.1. XLA's logarithms differ from ours in their last bits.
const ALLOWED: f64 = 4e-15;

fn compare(name: &str, found: &[f64], expected: &[f64], allowed: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / expected.abs().max(0.1);
        assert!(
            error <= allowed,
            "{name}, element {i}: {found} instead of {expected}, off by {error:e}"
        );
    }
}

#[test]
fn distributions_in_f64_are_those_of_jax() {
    let (golden, key) = (Golden::open("double"), Key::new(7));
    let expected = |name: &str| golden.array(name).to_vec::<f64>().expect("f64");
    assert_eq!(uniform_f64(key, 500, 0.0, 1.0), expected("uniform 0 1"));
    compare("uniform", &uniform_f64(key, 500, -2.5, 7.3), &expected("uniform -2.5 7.3"), 1e-15);
    compare("normal", &normal_f64(key, 500), &expected("normal"), ALLOWED);
    let inner = truncated_normal_f64(key, 500, -2.0, 2.0);
    compare("truncated", &inner, &expected("truncated_normal -2 2"), ALLOWED);
    // Near 1 the error function is flat: its last bit is a large step of the sample.
    let tail = truncated_normal_f64(key, 500, 1.0, 10.0);
    compare("tail", &tail, &expected("truncated_normal 1 10"), 1e-13);
    compare("gumbel", &gumbel_f64(key, 500), &expected("gumbel"), ALLOWED);
    // XLA's log1p is that far from NumPy's, which ours equals.
    compare("exponential", &exponential_f64(key, 500), &expected("exponential"), 3e-14);
    compare("laplace", &laplace_f64(key, 500), &expected("laplace"), 3e-14);
    let logits = [1.0f64, 2.0, 5.0].map(f64::ln).repeat(99);
    let classes: Vec<i64> =
        categorical_f64(key, &logits, 3).into_iter().map(|class| class as i64).collect();
    assert_eq!(classes, golden.array("categorical").to_vec::<i64>().expect("i64"));
}

#[test]
fn integers_of_all_types_are_those_of_jax() {
    let (golden, key) = (Golden::open("double"), Key::new(7));
    let dtype_name = |integer: &str| match integer {
        "i64" => "int64",
        "u32" => "uint32",
        _ => "uint8",
    };
    macro_rules! same {
        ($($integer:ident $low:expr, $high:expr;)*) => { $(
            let name = format!("randint {} {} {}", dtype_name(stringify!($integer)), $low, $high);
            let expected = golden.array(&name).to_vec::<$integer>().expect(&name);
            assert_eq!(randint::<$integer>(key, 99, $low, $high), expected, "{name}");
        )* };
    }
    same! {
        i64 0, 10; i64 -5, 1i64 << 40; i64 i64::MIN, i64::MAX;
        u32 0, 10; u32 7, u32::MAX;
        u8 0, 10; u8 3, 255; u8 100, 101;
    }
}

/// All parameters of a layer against Flax's.
fn starts_as<M: Module>(name: &str, layer: M, allowed: f64) {
    let golden = Golden::open("double");
    let found = state_of(&Filter::kind::<kind::Param>(), &layer);
    let names: Vec<String> = found.iter().map(|(path, _)| format!("{name}/{path}")).collect();
    assert_eq!(names, golden.names(&format!("{name}/")), "the paths of Flax");
    for ((_, entry), name) in found.iter().zip(&names) {
        let expected = golden.array(name);
        assert_eq!(entry.array.dims(), expected.dims(), "{name}");
        let [found, expected] = [&entry.array, &expected].map(|x| x.to_vec::<f64>().expect("f64"));
        compare(name, &found, &expected, allowed);
    }
}

#[test]
fn layers_in_f64_start_as_in_flax() {
    let new = || Rngs::new(0);
    let plain = KernelOptions::default;
    let start = || plain().bias(init::normal(0.5));
    type Double = Linear<U3, U4, f64>;
    starts_as("linear", Double::with(&start(), &mut new()), ALLOWED);
    let uniform = plain().kernel(init::glorot_uniform()).bias(init::uniform(0.3));
    starts_as("uniform", Double::with(&uniform, &mut new()), ALLOWED);
    let constant = plain().kernel(init::constant(0.1)).bias(init::truncated_normal(0.3));
    starts_as("constant", Double::with(&constant, &mut new()), ALLOWED);
    let normal = start().kernel(init::he_normal());
    starts_as("normal", Double::with(&normal, &mut new()), ALLOWED);
    let scaled = init::variance_scaling(0.7, Mode::FanGeoAvg, Distribution::Normal);
    starts_as("variance", Double::with(&start().kernel(scaled), &mut new()), ALLOWED);
    let conv = Conv::<U2, U3, (U3, U2), (), f64>::with(&start(), &mut new());
    starts_as("conv", conv, ALLOWED);
    let conv = ConvTranspose::<U2, U3, (U3, U2), (), f64>::with(&start(), &mut new());
    starts_as("conv transpose", conv, ALLOWED);
    let general = LinearGeneral::<U6, (U2, U3), f64>::with(&start(), &mut new());
    starts_as("linear general", general, ALLOWED);
    starts_as("embed", Embed::<U7, U3, f64>::init(&mut new()), ALLOWED);
    let options = AttentionOptions::default().bias(init::normal(0.5));
    let attention = MultiHeadAttention::<U2, U4, (), f64>::with(&options, &mut new());
    starts_as("attention", attention, ALLOWED);
    let options = NormOptions::default().scale(init::normal(0.5)).bias(init::normal(0.5));
    starts_as("layer norm", LayerNorm::<U4, f64>::with(&options, &mut new()), ALLOWED);
    // The recurrent kernel is orthogonal: LAPACK decomposes it in a different order.
    let options = CellOptions::default().bias(init::normal(0.5));
    starts_as("gru", GruCell::<U3, U4, f64>::with(&options, &mut new()), 1e-14);
    starts_as("lora", Lora::<U3, U2, U4, f64>::init(&mut new()), ALLOWED);
}

/// An initializer of one's own needs one method: its f32 are converted.
#[test]
fn an_initializer_of_f32_alone_serves_f64_too() {
    #[derive(Debug)]
    struct Thirds;
    impl init::Initializer for Thirds {
        fn sample(&self, _: Key, dims: &[usize]) -> Vec<f32> {
            vec![1.0 / 3.0; dims.iter().product()]
        }
    }
    let layer =
        Linear::<U2, U1, f64>::with(&KernelOptions::default().kernel(Thirds), &mut Rngs::new(0));
    assert_eq!(layer.kernel.value().to_vec(), [f64::from(1.0f32 / 3.0); 2]);
    let carry = GruCell::<U1, U2, f64>::init(&mut Rngs::new(0));
    let carry = carry.initialize_carry::<U1>(1, &init::normal(1.0), &mut Rngs::new(3));
    let drawn = normal_f64(Rngs::new(3).key("carry").expect("a stream"), 2);
    assert_eq!(carry.to_vec(), drawn);
}

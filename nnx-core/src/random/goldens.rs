//! Compares all samples with JAX's, from `tests/goldens`, bit for bit. Orthogonal matrices are compared within a
//! tolerance, as JAX decomposes in f32.

use safetensors::SafeTensors;

use super::init::{Distribution, Initializer, Mode};
use super::*;

static FILE: &[u8] = include_bytes!("../../../tests/goldens/random.safetensors");

const KEY: Key = Key::new(7);
const MANY: usize = 1 << 20;

/// The shape of a golden, and its elements as 32-bit words.
fn golden(name: &str) -> (Vec<usize>, Vec<u32>) {
    let file = SafeTensors::deserialize(FILE).unwrap();
    let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let words = tensor.data().as_chunks().0.iter().map(|&bytes| u32::from_le_bytes(bytes));
    (tensor.shape().to_vec(), words.collect())
}

fn words(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn integers(values: &[i32]) -> Vec<u32> {
    values.iter().map(|value| value.cast_unsigned()).collect()
}

/// A position-dependent checksum, the same as in the script that makes the goldens.
fn checksum(words: &[u32]) -> u32 {
    (1u32..).zip(words).fold(0, |sum, (index, word)| sum.wrapping_add(word.wrapping_mul(index)))
}

#[test]
fn keys_and_bits_are_those_of_jax() {
    let data = |keys: Vec<Key>| keys.into_iter().flat_map(Key::data).collect::<Vec<_>>();
    let folds = [0, 1, 2, 1000, 1 << 31, u32::MAX];
    assert_eq!(data(KEY.split(20)), golden("split").1);
    assert_eq!(data(folds.map(|data| KEY.fold_in(data)).to_vec()), golden("fold_in").1);
    assert_eq!(KEY.bits(100), golden("bits").1);
}

#[test]
fn a_million_samples_of_each_distribution_are_those_of_jax() {
    type Sample = fn(usize) -> Vec<u32>;
    let cases: [(&str, Sample); _] = [
        ("uniform 0 1", |n| words(&uniform(KEY, n, 0.0, 1.0))),
        ("uniform -2.5 7.3", |n| words(&uniform(KEY, n, -2.5, 7.3))),
        ("normal", |n| words(&normal(KEY, n))),
        ("truncated_normal -2 2", |n| words(&truncated_normal(KEY, n, -2.0, 2.0))),
        ("truncated_normal -0.5 3", |n| words(&truncated_normal(KEY, n, -0.5, 3.0))),
        ("truncated_normal 1 10", |n| words(&truncated_normal(KEY, n, 1.0, 10.0))),
        ("gumbel", |n| words(&gumbel(KEY, n))),
        ("exponential", |n| words(&exponential(KEY, n))),
        ("laplace", |n| words(&laplace(KEY, n))),
        ("randint 0 10", |n| integers(&randint(KEY, n, 0, 10))),
        ("randint -5 70000", |n| integers(&randint(KEY, n, -5, 70_000))),
        ("randint min max", |n| integers(&randint(KEY, n, i32::MIN, i32::MAX))),
    ];
    for (name, sample) in cases {
        assert_eq!(sample(50), golden(name).1, "{name}");
        assert_eq!([checksum(&sample(MANY))], golden(&format!("{name} checksum")).1[..], "{name}");
    }
}

#[test]
fn booleans_classes_and_permutations_are_those_of_jax() {
    let file = SafeTensors::deserialize(FILE).unwrap();
    for p in ["0.0", "0.3", "0.9", "1.0"] {
        let samples: Vec<u8> =
            bernoulli(KEY, 100, p.parse().unwrap()).into_iter().map(u8::from).collect();
        assert_eq!(samples, file.tensor(&format!("bernoulli {p}")).unwrap().data(), "{p}");
    }
    let indices = |indices: Vec<usize>| indices.into_iter().map(|i| i as u32).collect::<Vec<_>>();
    let logits: Vec<f32> = golden("logits").1.into_iter().map(f32::from_bits).collect();
    assert_eq!(indices(categorical(KEY, &logits, 5)), golden("categorical").1);
    for n in [1, 2, 10, 1625, 1626] {
        assert_eq!(indices(permutation(KEY, n)), golden(&format!("permutation {n}")).1, "{n}");
    }
}

/// The initializer that the script calls by this name.
fn initializer(name: &str) -> Box<dyn Initializer> {
    if let Some(arguments) = name.strip_prefix("variance_scaling ") {
        let (mode, distribution) = arguments.split_once(' ').unwrap();
        let mode = match mode {
            "fan_in" => Mode::FanIn,
            "fan_out" => Mode::FanOut,
            "fan_avg" => Mode::FanAvg,
            "fan_geo_avg" => Mode::FanGeoAvg,
            other => panic!("unknown mode {other}"),
        };
        let distribution = match distribution {
            "truncated_normal" => Distribution::TruncatedNormal,
            "normal" => Distribution::Normal,
            "uniform" => Distribution::Uniform,
            other => panic!("unknown distribution {other}"),
        };
        return Box::new(init::variance_scaling(0.7, mode, distribution));
    }
    match name {
        "zeros" => Box::new(init::zeros()),
        "ones" => Box::new(init::ones()),
        "constant 2.5" => Box::new(init::constant(2.5)),
        "uniform" => Box::new(init::uniform(0.01)),
        "normal" => Box::new(init::normal(0.01)),
        "truncated_normal" => Box::new(init::truncated_normal(0.01)),
        "lecun_normal" => Box::new(init::lecun_normal()),
        "lecun_uniform" => Box::new(init::lecun_uniform()),
        "he_normal" => Box::new(init::he_normal()),
        "he_uniform" => Box::new(init::he_uniform()),
        "kaiming_normal" => Box::new(init::kaiming_normal()),
        "kaiming_uniform" => Box::new(init::kaiming_uniform()),
        "glorot_normal" => Box::new(init::glorot_normal()),
        "glorot_uniform" => Box::new(init::glorot_uniform()),
        "xavier_normal" => Box::new(init::xavier_normal()),
        "xavier_uniform" => Box::new(init::xavier_uniform()),
        "orthogonal" => Box::new(init::orthogonal(1.0)),
        "orthogonal 2.5" => Box::new(init::orthogonal(2.5)),
        "delta_orthogonal" => Box::new(init::delta_orthogonal(1.0)),
        other => panic!("unknown initializer {other}"),
    }
}

#[test]
fn initializers_give_the_values_of_flax() {
    let file = SafeTensors::deserialize(FILE).unwrap();
    let mut checked = 0;
    for name in file.names() {
        let Some(call) = name.strip_prefix("init ") else {
            continue;
        };
        let initializer_name = call.split_once(" /").unwrap().0;
        let (dims, expected) = golden(name);
        let values = initializer(initializer_name).sample(KEY, &dims);
        if initializer_name.contains("orthogonal") {
            let worst = values
                .iter()
                .zip(&expected)
                .map(|(value, &expected)| (value - f32::from_bits(expected)).abs())
                .fold(0.0, f32::max);
            assert_eq!(values.len(), expected.len(), "{name}");
            assert!(worst < 2e-6, "{name}: {worst}");
        } else {
            assert_eq!(words(&values), expected, "{name}");
        }
        checked += 1;
    }
    assert_eq!(checked, 30 * 4 + 3);
}

#[test]
fn a_whole_weight_matrix_is_that_of_flax() {
    let kernel = init::lecun_normal().sample(KEY, &[784, 256]);
    assert_eq!([checksum(&words(&kernel))], golden("lecun_normal (784, 256) checksum").1[..]);
}

/// Every parameter draws one key, biases of zeros too, so the kernels use the draws 0, 2, 4, 6.
#[test]
fn a_network_starts_from_the_weights_of_flax() {
    static FILE: &[u8] = include_bytes!("../../../tests/goldens/simple_cnn.safetensors");
    let file = SafeTensors::deserialize(FILE).unwrap();
    let mut rngs = Rngs::named("params", 0);
    let kernels: [(&str, &[usize]); _] = [
        ("conv1", &[3, 3, 1, 32]),
        ("conv2", &[3, 3, 32, 64]),
        ("dense1", &[64 * 7 * 7, 128]),
        ("dense2", &[128, 10]),
    ];
    for (layer, dims) in kernels {
        let kernel = init::lecun_normal().sample(rngs.params(), dims);
        rngs.params(); // the bias
        // The file has every 37th element of large kernels.
        let step = if kernel.len() > 1000 { 37 } else { 1 };
        let bytes: Vec<u8> = kernel.iter().step_by(step).flat_map(|x| x.to_le_bytes()).collect();
        assert_eq!(bytes, file.tensor(&format!("param/{layer}/kernel")).unwrap().data(), "{layer}");
    }
}

//! Keys of maps: each is one step of a path, whatever is in it, and is found again by its text.

use std::collections::{BTreeMap, HashMap};

use nnx::module::{Key, MapKey, Path, state_of};
use nnx::prelude::*;

type Small = Linear<U2, U3>;

fn small() -> Small {
    Linear::init(&mut Rngs::new(0))
}

/// Keys that paths, files or filters could take for something else.
const KEYS: [&str; 18] = [
    "a/b", "a//b", "a", "/", "//", "", "~", "~0", "~1", "~01", "a~1b", "0/1", "0", "00", "a/",
    "/a", " ", "é/ü",
];

#[test]
fn a_key_of_a_map_is_one_step_whatever_is_in_it() {
    let model: BTreeMap<&str, Small> = KEYS.map(|name| (name, small())).into();
    let all = state(&model);
    assert_eq!(all.len(), 2 * KEYS.len());
    for (path, _) in all.iter() {
        assert_eq!(path.keys().len(), 2, "{path}");
        assert_eq!(Path::parse(&path.to_string()), *path, "{path}");
    }
    let kernel = |key: &str| Path::default().join(key.key()).join("kernel".key());
    let written = ["a~1b/kernel", "a~1~1b/kernel", "~/kernel", "~0/kernel", "~01/kernel"];
    let keys = ["a/b", "a//b", "", "~", "~1"];
    assert_eq!(keys.map(|key| kernel(key).to_string()), written);
    for key in KEYS {
        let within = state_of(&Filter::within(&kernel(key).to_string()), &model);
        assert_eq!(within.len(), 1, "a filter finds {key:?} by its text");
    }
}

#[test]
fn models_with_keys_of_any_text_are_saved_and_loaded() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("model.safetensors");
    let model = |seed: u64| -> HashMap<String, Small> {
        let mut rngs = Rngs::new(seed);
        KEYS.iter().map(|&key| (key.to_owned(), Small::init(&mut rngs))).collect()
    };
    let (saved, mut loaded) = (model(0), model(1));
    nnx::io::save(&saved, &file).expect("written");
    nnx::io::load(&mut loaded, &file).expect("the same model");
    for key in KEYS {
        let kernel = |model: &HashMap<String, Small>| model[key].kernel.value().to_vec();
        assert_eq!(kernel(&loaded), kernel(&saved), "{key:?}");
    }

    let mut trained = model(2);
    let mut optimizer = Optimizer::new(&trained, adam(0.1));
    let step = |trained: &mut HashMap<String, Small>, optimizer: &mut Optimizer| {
        let (_, gradients) = value_and_grad(trained, |model, pass| {
            let x = || Tensor::from([1.0, 2.0]);
            KEYS.iter()
                .map(|&key| model[key].forward(x(), pass).square().mean())
                .reduce(|a, b| a + b)
                .expect("some keys")
        })
        .expect("a loss");
        optimizer.update(trained, gradients).expect("its gradients");
    };
    step(&mut trained, &mut optimizer);
    nnx::io::save(&optimizer, &file).expect("written");
    let mut resumed = Optimizer::new(&trained, adam(0.1));
    nnx::io::load(&mut resumed, &file).expect("the same optimizer");
    assert!(crate::same(&state(&resumed), &state(&optimizer)), "slots stand at the model's paths");
}

/// Texts of random characters, those that are written otherwise among them.
#[test]
fn random_keys_are_found_again_by_their_texts() {
    let mut seed = 1_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let alphabet = ['/', '~', '0', '1', 'a', '.', 'é'];
    for _ in 0..5000 {
        let mut path = Path::default();
        for _ in 0..=random(4) {
            let text: String = (0..random(6))
                .map(|_| alphabet[usize::try_from(random(7)).expect("few")])
                .collect();
            path = path.join(text.key());
        }
        assert_eq!(Path::parse(&path.to_string()), path, "{path}");
    }
}

#[test]
fn numbers_characters_and_types_of_ones_own_are_keys() {
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    enum Language {
        English,
        German,
    }
    impl MapKey for Language {
        fn key(&self) -> Key {
            match self {
                Self::English => "en".key(),
                Self::German => "de".key(),
            }
        }
    }
    let kernels = |model: &dyn Module| -> Vec<String> {
        let state = state(model);
        let paths = state.iter().map(|(path, _)| path.to_string());
        paths.filter_map(|path| path.strip_suffix("/kernel").map(str::to_owned)).collect()
    };
    let numbers: HashMap<u64, Small> = [10, 9, u64::MAX].map(|key| (key, small())).into();
    assert_eq!(kernels(&numbers), ["9", "10", "18446744073709551615"]);
    let signed: BTreeMap<i8, Small> = [-1, 1].map(|key| (key, small())).into();
    assert_eq!(kernels(&signed), ["-1", "1"]);
    let letters: HashMap<char, Small> = ['é', '/', 'a'].map(|key| (key, small())).into();
    assert_eq!(kernels(&letters), ["~1", "a", "é"], "in the order of the names");
    let switches: BTreeMap<bool, Small> = [true, false].map(|key| (key, small())).into();
    assert_eq!(kernels(&switches), ["false", "true"]);
    let texts: BTreeMap<std::borrow::Cow<'_, str>, Small> = [("a".into(), small())].into();
    assert_eq!(kernels(&texts), ["a"]);
    let own: BTreeMap<Box<Language>, Small> =
        [Language::English, Language::German].map(|key| (Box::new(key), small())).into();
    assert_eq!(kernels(&own), ["de", "en"]);
}

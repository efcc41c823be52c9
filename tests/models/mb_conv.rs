//! Squeeze-and-excitation and inverted bottlenecks, against torchvision in f64 where goldens can be read.

use nnx::models::{MbConv, ResidualMbConv};
use nnx::prelude::*;

use crate::support::numbers;

#[test]
fn stochastic_depth_drops_whole_examples_in_training_alone() {
    let block = ResidualMbConv::<MbConv<U4, U4, U2>>::init(&mut Rngs::new(0));
    let x: Tensor![Batch, 3, 3, 4] = numbers(&[16, 3, 3, 4]);
    let whole = block.clone().stochastic_depth(1.0, &mut Rngs::new(1));
    assert_eq!(whole.forward(x.clone(), &mut Pass::train()).to_vec(), x.to_vec());
    assert_ne!(whole.infer(x.clone()).to_vec(), x.to_vec());
    assert_eq!(whole.infer(x.clone()).to_vec(), block.infer(x.clone()).to_vec());

    let half = block.stochastic_depth(0.5, &mut Rngs::new(1));
    let y = half.forward(x.clone(), &mut Pass::train()).to_vec();
    let (x, unchanged) = (x.to_vec(), |i: usize, y: &[f32], x: &[f32]| {
        let example = |all: &[f32]| all[36 * i..36 * (i + 1)].to_vec();
        example(y).iter().zip(example(x)).filter(|(y, x)| **y == *x).count()
    });
    let counts: Vec<usize> = (0..16).map(|i| unchanged(i, &y, &x)).collect();
    assert!(counts.iter().all(|&count| count == 36 || count == 0), "{counts:?}");
    assert!(counts.contains(&36) && counts.contains(&0), "{counts:?}");
}

#[cfg(feature = "safetensors")]
mod goldens {
    use nnx::io::{Foreign, Source};
    use nnx::models::{DepthwiseExcite, MbConv, ResidualMbConv, SqueezeExcite};
    use nnx::module::Path;
    use nnx::prelude::*;

    use crate::golden::{Errors, Golden};

    /// A block against torchvision's in training. `names` has the beginning of a path of ours, and torchvision's name;
    /// `probe` is the path and the name of a bias whose gradient is compared.
    fn compare<M, S: Shape, O: Shape>(
        case: &'static str,
        names: &'static [(&'static str, &'static str)],
        probe: (&str, &str),
        mut model: M,
    ) where
        M: Module + Layer<Tensor<S>, Output = Tensor<O>>,
    {
        let prefix = format!("{case}/weight/");
        let source = move |path: &Path| {
            let path = path.to_string();
            let (name, rest) = names.iter().find_map(|(ours, name)| {
                Some((name, path.strip_prefix(ours)?.strip_prefix('/')?))
            })?;
            let source = |what| Source::named(format!("{case}/weight/{name}.{what}"));
            match rest {
                "kernel" if name.contains(".fc") || name.starts_with("fc") => {
                    let weight = source("weight").permute(&[2, 3, 1, 0]);
                    let sizes = match (name.ends_with('1'), case) {
                        (true, "squeeze excite") => [6, 3],
                        (false, "squeeze excite") => [3, 6],
                        (true, "mb conv 1 1") => [8, 2],
                        (false, "mb conv 1 1") => [2, 8],
                        (true, _) => [32, 2],
                        (false, _) => [2, 32],
                    };
                    Some(weight.reshape(&sizes))
                }
                "kernel" => Some(source("weight").permute(&[2, 3, 1, 0])),
                "scale" => Some(source("weight")),
                "bias" => Some(source("bias")),
                _ => None,
            }
        };
        let names = Foreign::new(source).ignoring(move |name| !name.starts_with(&prefix));
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/torch.safetensors");
        let filter = Filter::kind::<kind::Param>();
        names.load_of(&filter, &mut model, file).expect("torchvision's weights");

        let golden = Golden::open("torch");
        let mut errors = Errors::of(case, 1e-5);
        let numbers = |what: &str| golden.numbers(&format!("{case}/{what}"));
        let x: Tensor<S> = golden.tensor(&format!("{case}/input"));
        let cotangent: Tensor<O> = golden.tensor(&format!("{case}/cotangent"));
        let y = model.forward(x.clone(), &mut Pass::train());
        errors.compare("output", &y.to_vec(), &numbers("output"));
        let weighted = |y: Tensor<O>| {
            let sum = (y.into_dyn() * cotangent.clone().into_dyn()).sum_all();
            Tensor::<()>::try_from(sum).expect("a sum")
        };
        let slope = gradient(|x| weighted(model.forward(x, &mut Pass::train())), x.clone());
        errors.compare("input gradient", &slope.to_vec(), &numbers("input gradient"));
        let grads = grad(&mut model, |model, pass| weighted(model.forward(x.clone(), pass)));
        let (path, name) = probe;
        let found = grads.expect("gradients").get(&Path::parse(path)).expect("one").array.to_vec();
        errors.compare(name, &found.expect("f32"), &numbers(&format!("gradient/{name}")));
    }

    #[test]
    fn squeeze_and_excitation_is_that_of_torchvision() {
        let model = SqueezeExcite::<U6, U3>::init(&mut Rngs::new(0));
        compare::<_, shape![2, 4, 3, 6], shape![2, 4, 3, 6]>(
            "squeeze excite",
            &[("fc1", "fc1"), ("fc2", "fc2")],
            ("fc1/bias", "fc1.bias"),
            model,
        );
    }

    #[test]
    fn inverted_bottlenecks_are_those_of_torchvision() {
        let rngs = &mut Rngs::new(0);
        compare::<_, shape![2, 5, 4, 8], shape![2, 5, 4, 8]>(
            "mb conv 4 1",
            &[
                ("block/expand/conv", "block.0.0"),
                ("block/expand/norm", "block.0.1"),
                ("block/body/depthwise", "block.1.0"),
                ("block/body/norm", "block.1.1"),
                ("block/body/excite/fc1", "block.2.fc1"),
                ("block/body/excite/fc2", "block.2.fc2"),
                ("block/body/project/conv", "block.3.0"),
                ("block/body/project/norm", "block.3.1"),
            ],
            ("block/body/norm/bias", "block.1.1.bias"),
            ResidualMbConv::<MbConv<U8, U8, U4>>::init(rngs),
        );
        compare::<_, shape![2, 5, 4, 8], shape![2, 3, 2, 16]>(
            "mb conv 4 2",
            &[
                ("expand/conv", "block.0.0"),
                ("expand/norm", "block.0.1"),
                ("body/depthwise", "block.1.0"),
                ("body/norm", "block.1.1"),
                ("body/excite/fc1", "block.2.fc1"),
                ("body/excite/fc2", "block.2.fc2"),
                ("body/project/conv", "block.3.0"),
                ("body/project/norm", "block.3.1"),
            ],
            ("body/excite/fc2/bias", "block.2.fc2.bias"),
            MbConv::<U8, U16, U4, U3, U2>::init(rngs),
        );
        compare::<_, shape![2, 5, 4, 8], shape![2, 5, 4, 16]>(
            "mb conv 1 1",
            &[
                ("depthwise", "block.0.0"),
                ("norm", "block.0.1"),
                ("excite/fc1", "block.1.fc1"),
                ("excite/fc2", "block.1.fc2"),
                ("project/conv", "block.2.0"),
                ("project/norm", "block.2.1"),
            ],
            ("excite/fc1/bias", "block.1.fc1.bias"),
            DepthwiseExcite::<U8, U16>::init(rngs),
        );
    }
}

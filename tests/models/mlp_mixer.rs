//! `MlpMixer`: mixing of patches and features, and training.

use nnx::models::MlpMixer;
use nnx::prelude::*;

use crate::support::{labels, numbers, overfits};

/// Images of 8 x 12, patches of 4 x 4: 6 of them.
type Small = MlpMixer<U8, U12, U4, U10, U14, U20, U3>;
type Images = Tensor![Batch, 8, 12, 3];

fn small(depth: usize) -> Small {
    Small::with_depth(depth, &mut Rngs::new(0))
}

#[test]
fn it_overfits_one_batch() {
    let images: Images = numbers(&[6, 8, 12, 3]);
    let labels = labels(6, 3);
    let model = overfits(small(2), 150, 5e-3, 0.01, |model, pass| {
        softmax_cross_entropy(model.forward(images.clone(), pass), labels.clone()).mean()
    });
    assert_eq!(model.infer(images).argmax().to_vec(), labels.to_vec());
}

#[test]
fn its_depth_is_chosen_when_the_program_runs() {
    let block = 4 * 10 + (6 * 14 + 14 + 14 * 6 + 6) + (10 * 20 + 20 + 20 * 10 + 10);
    for (depth, model) in [(0, small(0)), (3, small(3)), (8, Small::init(&mut Rngs::new(0)))] {
        assert_eq!(parameters(&model), (48 + 1) * 10 + depth * block + 20 + 11 * 3);
    }
}

/// Without blocks patches are summed, so their order makes no difference. Token mixing makes one.
#[test]
fn blocks_mix_patches() {
    let images: Images = numbers(&[1, 8, 12, 3]);
    let turned = {
        let (left, right) = images.clone().split::<2, U4, U8>();
        right.concat::<2, _>(left)
    };
    let apart = |model: &Small| {
        let (a, b) = (model.infer(images.clone()).to_vec(), model.infer(turned.clone()).to_vec());
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    assert!(apart(&small(0)) < 1e-5);
    assert!(apart(&small(1)) > 1e-3);
}

//! Several optimizers over parts of one model: a small generative adversarial network (Goodfellow et al.,
//! 2014) learns a distribution of points.

use nnx::prelude::*;
use nnx::random::{Key, normal};

type Points = Tensor![Batch, 2];
type Noise = Tensor![Batch, 4];

#[derive(Module)]
struct Gan {
    generator: (Linear<U4, U16>, Relu, Linear<U16, U2>),
    discriminator: (Linear<U2, U16>, Relu, Linear<U16, U16>, Relu, Linear<U16, U1>),
}

impl Gan {
    /// How likely the discriminator holds B points to be made, as a loss: binary cross-entropy against
    /// `real`.
    fn loss(&self, points: Points, real: f32, pass: &mut Pass) -> Tensor<()> {
        let logits = self.discriminator.forward(points, pass);
        let labels = logits.full_like(real);
        sigmoid_binary_cross_entropy(logits, labels).mean()
    }
}

/// Normal around (2, -1), with deviations of 0.5 and 0.1.
fn real(key: Key, count: usize) -> Points {
    let place = |(i, x): (usize, f32)| if i % 2 == 0 { 2.0 + 0.5 * x } else { -1.0 + 0.1 * x };
    Tensor::from_vec(normal(key, 2 * count).into_iter().enumerate().map(place).collect())
        .expect("whole points")
}

fn noise(key: Key, count: usize) -> Noise {
    Tensor::from_vec(normal(key, 4 * count)).expect("whole rows")
}

/// The mean of each coordinate of generated points.
fn mean(gan: &Gan) -> [f32; 2] {
    let points: Points = gan.generator.infer(noise(Key::new(99), 2000));
    let mean = points.mean_axes::<Axis<0>>().to_vec();
    [mean[0], mean[1]]
}

#[test]
fn each_part_follows_an_optimizer_and_a_loss_of_its_own() {
    let mut gan = Gan::init(&mut Rngs::new(0));
    let [generator, discriminator] = ["generator", "discriminator"].map(Filter::within);
    let rule = || adam(3e-3).betas(0.5, 0.999);
    let mut optimizer_g = Optimizer::within::<kind::Param, _>(&generator, &gan, rule());
    let mut optimizer_d = Optimizer::within::<kind::Param, _>(&discriminator, &gan, rule());
    let start = mean(&gan);

    let mut rngs = Rngs::new(1);
    let key = |rngs: &mut Rngs| rngs.key("points").expect("a default stream");
    for _ in 0..600 {
        let (points, seeds) = (real(key(&mut rngs), 64), noise(key(&mut rngs), 64));
        let before = state_of(&generator, &gan);
        let (_, grads) = value_and_grad_of(&discriminator, &mut gan, |gan, pass| {
            let made = gan.generator.forward(seeds, pass);
            gan.loss(points, 1.0, pass) + gan.loss(made, 0.0, pass)
        })
        .expect("gradients of the discriminator");
        optimizer_d.update(&mut gan, grads).expect("an update");
        let after = state_of(&generator, &gan);
        assert!(before.iter().zip(after.iter()).all(|((_, a), (_, b))| a.array == b.array));

        let seeds = noise(key(&mut rngs), 64);
        let (_, grads) = value_and_grad_of(&generator, &mut gan, |gan, pass| {
            let made = gan.generator.forward(seeds, pass);
            gan.loss(made, 1.0, pass)
        })
        .expect("gradients of the generator");
        optimizer_g.update(&mut gan, grads).expect("an update");
    }
    let distance = |[x, y]: [f32; 2]| (x - 2.0).hypot(y + 1.0);
    assert!(distance(start) > 1.0, "it starts elsewhere: {start:?}");
    assert!(distance(mean(&gan)) < 0.3, "{:?}", mean(&gan));
}

#[test]
fn an_optimizer_of_one_part_refuses_gradients_of_the_other() {
    let mut gan = Gan::init(&mut Rngs::new(0));
    let mut optimizer =
        Optimizer::within::<kind::Param, _>(&Filter::within("generator"), &gan, adam(1e-3));
    let (_, grads) = value_and_grad_of(&Filter::within("discriminator"), &mut gan, |gan, pass| {
        gan.loss(real(Key::new(0), 2), 1.0, pass)
    })
    .expect("gradients");
    let error = optimizer.update(&mut gan, grads).expect_err("gradients of another part");
    let text = error.to_string();
    assert!(text.contains("generator/0/kernel"), "{text}");
    assert!(text.contains("discriminator/0/kernel"), "{text}");
}

//! `Autoencoder` and `Vae`.

use nnx::models::{Autoencoder, Vae, VaeOutput};
use nnx::prelude::*;
use nnx::random::{Key, normal};
use nnx::tensor::Shared;

use crate::support::{numbers, overfits};

type Features = Tensor![Batch, 12];
type Model = Vae<U12, U16, U3>;

/// Features within 0 to 1.
fn features() -> Features {
    numbers::<(Batch, U12)>(&[4, 12]) * 0.5 + 0.5
}

#[test]
fn an_autoencoder_overfits_one_batch() {
    let model = Autoencoder::<U12, U32, U4>::init(&mut Rngs::new(0));
    let model = overfits(model, 300, 1e-2, 1e-4, |model, pass| {
        squared_error(model.forward(features(), pass), features()).mean()
    });
    // A code of four elements for each of four examples.
    assert_eq!(model.encode(features(), &mut Pass::eval()).dims().to_vec(), [4, 4]);
}

#[test]
fn a_variational_autoencoder_overfits_one_batch() {
    // Examples of zeros and ones can be reconstructed exactly, so that the loss approaches the KL term, which is at
    // least ln 4 = 1.39 nats for four examples.
    let bits = features().to_vec().into_iter().map(f32::round).collect();
    let bits: Features = Tensor::from_vec(bits).expect("whole examples");
    let model = Model::init(&mut Rngs::new(0));
    let model = overfits(model, 300, 1e-2, 2.5, |model, pass| {
        model.forward(bits.clone(), pass).negative_elbo(bits.clone()).mean()
    });
    let again = model.infer(bits.clone()).logits.sigmoid();
    assert_eq!(again.to_vec().into_iter().map(f32::round).collect::<Vec<_>>(), bits.to_vec());
}

/// The formula, written out for one example in f64.
fn negative_elbo(x: &[f32], logits: &[f32], mean: &[f32], log_variance: &[f32]) -> f64 {
    let told = x.iter().zip(logits).map(|(&x, &logit)| {
        let p = 1.0 / (1.0 + (-f64::from(logit)).exp());
        -(f64::from(x) * p.ln() + (1.0 - f64::from(x)) * (1.0 - p).ln())
    });
    let far = mean.iter().zip(log_variance).map(|(&mean, &log_variance)| {
        let (mean, log_variance) = (f64::from(mean), f64::from(log_variance));
        -0.5 * (1.0 + log_variance - mean * mean - log_variance.exp())
    });
    told.sum::<f64>() + far.sum::<f64>()
}

#[test]
fn the_negative_elbo_is_the_formula_of_the_paper() {
    let x: Tensor![2, 3] = Tensor::from([[0.0, 0.25, 1.0], [0.5, 0.9, 0.1]]);
    let logits = Tensor::from([[-2.0, 0.5, 3.0], [0.0, 1.0, -1.0]]);
    let mean = Tensor::from([[0.0, 0.0], [1.0, -2.0]]);
    let log_variance = Tensor::from([[0.0, 0.0], [-1.0, 0.5]]);
    let expected: Vec<f64> = (0..2)
        .map(|i| {
            let row = |x: Vec<f32>, n: usize| x[i * n..][..n].to_vec();
            negative_elbo(
                &row(x.to_vec(), 3),
                &row(logits.to_vec(), 3),
                &row(mean.to_vec(), 2),
                &row(log_variance.to_vec(), 2),
            )
        })
        .collect();
    let found = VaeOutput { logits, mean, log_variance }.negative_elbo(x).to_vec();
    for (found, expected) in found.into_iter().zip(expected) {
        assert!((f64::from(found) - expected).abs() < 1e-5, "{found} and {expected}");
    }
}

#[test]
fn a_training_pass_draws_codes_from_their_distribution() {
    let model = Model::init(&mut Rngs::new(0));
    let one = model.forward(features(), &mut Pass::train()).logits.to_vec();
    let mut rngs = Rngs::new(0);
    let drawn = Model::init(&mut rngs);
    // The noise is the first draw of a fork of the stream, made after the weights were drawn.
    let mut pass = Pass::train();
    let (mean, log_variance) = drawn.encode(features(), &mut pass);
    let key = first_key_of_the_noise();
    let noise: Tensor![Batch, 3] = Tensor::from_vec(normal(key, 4 * 3)).expect("whole codes");
    let code = mean + (log_variance * 0.5).exp() * noise;
    assert_eq!(drawn.decode(code, &mut pass).to_vec(), one);
}

/// A kernel and a bias for each of the three layers before it, then the fork.
fn first_key_of_the_noise() -> Key {
    let mut rngs = Rngs::new(0);
    for _ in 0..6 {
        rngs.params();
    }
    rngs.stream("noise").expect("the default stream").fork().next_key()
}

#[test]
fn each_committed_pass_draws_other_noise_and_evaluation_none() {
    let mut model = Model::init(&mut Rngs::new(0));
    let mut training = || {
        let mut pass = Pass::train();
        let logits = model.forward(features(), &mut pass).logits.to_vec();
        pass.commit(&mut model).expect("counters");
        logits
    };
    assert_ne!(training(), training());
    let model = Model::init(&mut Rngs::new(0));
    let (a, b) = (model.infer(features()), model.infer(features()));
    assert_eq!(a.logits.to_vec(), b.logits.to_vec());
    assert_eq!(model.decode(a.mean, &mut Pass::eval()).to_vec(), b.logits.to_vec());
}

#[test]
#[should_panic(expected = "noise")]
fn a_model_without_a_stream_for_its_noise_is_refused_by_name() {
    let _ = Model::init(&mut Rngs::named("params", 0));
}

#[test]
fn an_ensemble_of_vaes_has_the_numbers_of_its_members() {
    let mut ensemble = Ensemble::<Model, U3>::init(&mut Rngs::new(0));
    let x: Tensor![5, 12] =
        Tensor::from_vec((0..60).map(|i| (i % 7) as f32 / 7.0).collect()).expect("five");
    let members: Vec<Model> = ensemble.members().collect();
    // Without noise, and with that of each member's own stream.
    for train in [false, true] {
        let new = || if train { Pass::train() } else { Pass::eval() };
        let (logits, mean, log_variance) = ensemble.forward(x.clone(), &mut new());
        let losses: Tensor![3, 5] =
            ensemble.map(Shared(x.clone()), &mut new(), |member, x, pass| {
                member.forward(x.clone(), pass).negative_elbo(x)
            });
        for (i, member) in members.iter().enumerate() {
            let alone = member.forward(x.clone(), &mut new());
            let close = |all: Vec<f32>, one: Vec<f32>| {
                all.iter().zip(&one).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs().max(1.0))
            };
            assert!(
                close(logits.clone().at::<0>(i as isize).to_vec(), alone.logits.to_vec()),
                "{i} {train}"
            );
            assert!(close(mean.clone().at::<0>(i as isize).to_vec(), alone.mean.to_vec()));
            assert!(close(
                log_variance.clone().at::<0>(i as isize).to_vec(),
                alone.log_variance.to_vec()
            ));
            assert!(close(
                losses.clone().at::<0>(i as isize).to_vec(),
                alone.negative_elbo(x.clone()).to_vec()
            ));
        }
    }
    let (_, grads) = value_and_grad(&mut ensemble, |ensemble, pass| {
        let losses: Tensor![3, 5] = ensemble.map(Shared(x.clone()), pass, |member, x, pass| {
            member.forward(x.clone(), pass).negative_elbo(x)
        });
        losses.sum()
    })
    .expect("gradients");
    assert_eq!(grads.len(), state_of(&Filter::kind::<kind::Param>(), &ensemble).len());
}

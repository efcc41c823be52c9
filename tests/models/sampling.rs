//! `Sampler`: temperature, top-k and top-p in this order, against a reference implementation; the samples are those of JAX.

use nnx::models::{Sampler, SamplingError};
use nnx::random::{Key, categorical};

/// The probabilities of all tokens, computed in the steps of the documentation.
fn plain(logits: &[f32], temperature: f64, top_k: Option<usize>, top_p: f64) -> Vec<f64> {
    let most_likely = |weights: &[f64]| {
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by(|&a, &b| weights[b].partial_cmp(&weights[a]).unwrap()); // The sort is stable, so the first one wins.
        order
    };
    let normalized = |weights: Vec<f64>| {
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect::<Vec<f64>>()
    };
    // Temperature.
    let weights = logits.iter().map(|&x| (f64::from(x) / temperature).exp()).collect();
    let mut weights = normalized(weights);
    // Top-k.
    for &token in most_likely(&weights).iter().skip(top_k.unwrap_or(logits.len())) {
        weights[token] = 0.0;
    }
    let mut weights = normalized(weights);
    // Top-p.
    let mut sum = 0.0;
    for token in most_likely(&weights) {
        if sum >= top_p {
            weights[token] = 0.0;
        }
        sum += weights[token];
    }
    normalized(weights)
}

fn sampler(temperature: f64, top_k: Option<usize>, top_p: f64) -> Sampler {
    let sampler = Sampler::new(3).temperature(temperature).unwrap().top_p(top_p).unwrap();
    match top_k {
        Some(k) => sampler.top_k(k).unwrap(),
        None => sampler,
    }
}

fn probabilities(filtered: &[f32]) -> Vec<f64> {
    plain(filtered, 1.0, None, 1.0)
}

const LOGITS: [f32; 8] = [0.3, -1.0, 2.5, 2.5, 0.0, -4.0, 1.1, 2.0];

#[test]
fn the_three_steps_are_those_of_the_reference() {
    for temperature in [0.25, 0.8, 1.0, 2.5] {
        for top_k in [None, Some(1), Some(2), Some(3), Some(5), Some(8), Some(100)] {
            for top_p in [0.01, 0.3, 0.5, 0.72, 0.9, 0.999, 1.0] {
                let filtered = sampler(temperature, top_k, top_p).filter(&LOGITS).unwrap();
                let expected = plain(&LOGITS, temperature, top_k, top_p);
                for (found, expected) in probabilities(&filtered).iter().zip(&expected) {
                    let case = format!("{temperature} {top_k:?} {top_p}");
                    assert!((found - expected).abs() < 1e-6, "{case}: {filtered:?} {expected:?}");
                }
            }
        }
    }
}

#[test]
fn top_p_counts_what_temperature_and_top_k_leave() {
    // Of four equal tokens top-k keeps two. Half of their probability is one token; half of the probability of all four
    // would be two.
    let filtered = sampler(1.0, Some(2), 0.5).filter(&[1.0; 4]).unwrap();
    assert_eq!(filtered, [0.0, f32::NEG_INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY]);
    // At a low temperature the first token alone is likely enough.
    let kept = |temperature| {
        let filtered = sampler(temperature, None, 0.9).filter(&[1.0, 0.0, 0.0]).unwrap();
        filtered.iter().filter(|logit| logit.is_finite()).count()
    };
    assert_eq!((kept(1.0), kept(0.1)), (3, 1));
}

#[test]
fn a_temperature_of_zero_is_greedy_and_a_tiny_one_nearly() {
    for temperature in [0.0, 1e-300, f64::MIN_POSITIVE] {
        let mut sampler = sampler(temperature, None, 1.0);
        for _ in 0..20 {
            let token = sampler.sample(&[-3e38, 1.0, 3e38, f32::NEG_INFINITY]).unwrap();
            assert_eq!(token, 2, "at {temperature}");
        }
    }
    // Of equal tokens the first is chosen.
    assert_eq!(sampler(0.0, None, 1.0).sample(&LOGITS).unwrap(), 2);
    assert_eq!(sampler(0.0, None, 1.0).sample(&[-0.0, 0.0]).unwrap(), 0);
}

#[test]
fn a_huge_temperature_makes_all_tokens_alike() {
    // In f32 the difference of the largest and the smallest number would be infinite.
    let filtered = sampler(1e42, None, 1.0).filter(&[-f32::MAX, 0.0, f32::MAX]).unwrap();
    assert!(filtered.iter().all(|logit| (-0.001..=0.0).contains(logit)), "{filtered:?}");
}

#[test]
fn the_draws_are_those_of_jax() {
    let mut sampler = sampler(0.8, Some(5), 0.95);
    let filtered = sampler.filter(&LOGITS).unwrap();
    for i in 0..200 {
        let expected = categorical(Key::new(3).fold_in(i), &filtered, 8)[0];
        assert_eq!(sampler.sample(&LOGITS).unwrap() as usize, expected);
    }
}

#[test]
fn tokens_come_as_often_as_they_are_likely() {
    let mut sampler = sampler(1.5, Some(4), 0.9);
    let expected = plain(&LOGITS, 1.5, Some(4), 0.9);
    let mut counts = [0.0; 8];
    for _ in 0..20_000 {
        counts[sampler.sample(&LOGITS).unwrap() as usize] += 1.0 / 20_000.0;
    }
    for (count, expected) in counts.iter().zip(&expected) {
        // Four standard deviations of a share of 20,000 draws are 0.014 at most.
        assert!((count - expected).abs() < 0.014, "{counts:?}, expected {expected:?}");
        assert!(*expected > 0.0 || *count == 0.0);
    }
}

#[test]
fn options_without_a_meaning_are_refused() {
    let said = |result: Result<Sampler, SamplingError>| result.unwrap_err().to_string();
    for temperature in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            said(Sampler::new(0).temperature(temperature)),
            format!(
                "the temperature of sampling is a finite number of at least 0 (0 is greedy); found \
                 {temperature}"
            )
        );
    }
    assert_eq!(
        said(Sampler::new(0).top_k(0)),
        "top-k keeps the k most likely tokens, at least 1; found 0: leave it out to keep all"
    );
    for p in [0.0, -0.5, 1.5, f64::NAN] {
        assert_eq!(
            said(Sampler::new(0).top_p(p)),
            format!(
                "top-p keeps tokens of this probability together, above 0 and at most 1; found {p}"
            )
        );
    }
}

#[test]
fn logits_that_are_nan_are_refused_and_draw_nothing() {
    let mut sampler = Sampler::new(0);
    let mut said = |logits: &[f32]| sampler.sample(logits).unwrap_err().to_string();
    assert_eq!(
        said(&[0.0, f32::NAN]),
        "the logit of token 1 is NaN, expected a finite number or -inf: look for NaN among the model's \
         weights"
    );
    assert!(said(&[f32::INFINITY]).starts_with("the logit of token 0 is inf, "));
    assert_eq!(said(&[]), "there are no logits: a vocabulary has at least one token");
    assert_eq!(
        said(&[f32::NEG_INFINITY; 3]),
        "all 3 logits are -inf: at least one token has to be possible"
    );
    assert_eq!(sampler.sample(&LOGITS), Sampler::new(0).sample(&LOGITS));
}

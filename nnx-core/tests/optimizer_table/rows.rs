//! The rows. A row is a name, a chain, what differs from the defaults of [`Row`], and the settings that are checked.

use nnx_core::module::Filter;
use nnx_core::optim::{
    AddDecayedWeights, Chain, Clip, Ema, Preconditioning, Schedule, acprop, adabelief, adadelta,
    adafactor, adagrad, adam, adamax, adamaxw, adamw, adan, ademamix, adopt, amsgrad,
    clip_by_block_rms, clip_by_global_norm, cocob, dadapt_adamw, dog, dowg, every, freeze, fromage,
    lamb, lars, linear, lion, lookahead, madgrad, masked, mechanize, muon, nadam, nadamw,
    noisy_sgd, normalize, novograd, optimistic_adam, optimistic_gradient_descent, partition,
    prodigy, radam, rmsprop, rprop, sam, schedule_free, sgd, sign_sgd, signum, simplified_ademamix,
    sm3, warmup_constant, warmup_cosine_decay, yogi,
};

use super::{Check, Row};

/// The table: `name => chain, field = value; Check setting => |x| the optimizer with this setting; ..`.
macro_rules! rows {
    ($($name:literal => $make:expr $(, $field:ident = $value:expr)*
        $(; $check:ident $setting:literal => $with:expr)*;;)*) => {
        /// All rows.
        pub(crate) fn rows() -> Vec<Row> {
            vec![$({
                #[allow(unused_mut, reason = "some rows have the defaults alone")]
                let mut row = Row::new($name, || $make.into());
                $(row.$field = $value;)*
                $(row.settings.push((Check::$check, $setting, |x| {
                    let with: fn(f64) -> _ = $with;
                    drop(with(x));
                }));)*
                row
            }),*]
        }
    };
}

fn w() -> Filter {
    Filter::within("w")
}

fn b() -> Filter {
    Filter::within("b")
}

fn after(first: Chain, then: impl Into<Chain>) -> Chain {
    first.then(then.into())
}

fn warmup() -> Schedule {
    warmup_cosine_decay(0.0, 0.1, 10, 40, 0.001)
}

rows! {
    "sgd" => sgd(0.1), unbounded = true;
        Momentum "momentum" => |x| sgd(0.1).momentum(x);;
    "momentum" => sgd(0.1).momentum(0.9), unbounded = true;;
    "nesterov" => sgd(0.1).momentum(0.9).nesterov(), unbounded = true;;
    "adam" => adam(0.01);
        Decay "b1" => |x| adam(0.1).betas(x, 0.9);
        Decay "b2" => |x| adam(0.1).betas(0.9, x);
        NonNegative "eps" => |x| adam(0.1).eps(x);
        NonNegative "eps_root" => |x| adam(0.1).eps_root(x);
        NonNegative "weight_decay" => |x| adam(0.1).weight_decay(x);;
    "adam b1=0.8 b2=0.95 eps=0.001" => adam(0.01).betas(0.8, 0.95).eps(1e-3);;
    "adam eps_root" => adam(0.01).eps_root(1e-2);;
    "adam warmup_cosine" => adam(warmup());;
    "adamw" => adamw(0.01);
        Decay "b1" => |x| adamw(0.1).betas(x, 0.9);;
    "adamw decay=0.1" => adamw(0.01).weight_decay(0.1);;
    "adamw decay=0.1 w only" => adamw(0.01).weight_decay(0.1).decay_only(w());;
    "adamax" => adamax(0.01);;
    "adamaxw" => adamaxw(0.01);
        NonNegative "eps" => |x| adamaxw(0.1).eps(x);;
    "nadam" => nadam(0.01);;
    "nadamw" => nadamw(0.01);
        NonNegative "eps" => |x| nadamw(0.1).eps(x);;
    "amsgrad" => amsgrad(0.01);
        NonNegative "eps" => |x| amsgrad(0.1).eps(x);;
    // The golden was compiled by XLA (`jit`), which rounds the power of b2 once. Without `jit`, optax squares b2 step
    // by step, which is 0.6 % off.
    "radam" => radam(0.01);
        Threshold "threshold" => |x| radam(0.1).threshold(x);;
    "radam b2=0.9 nesterov" => radam(0.01).betas(0.9, 0.9).nesterov();;
    "adabelief" => adabelief(0.01);
        NonNegative "eps" => |x| adabelief(0.1).eps(x);;
    "adabelief eps=0.001 nesterov" => adabelief(0.01).eps(1e-3).eps_root(1e-6).nesterov();;
    "yogi" => yogi(0.01);
        NonNegative "eps_root" => |x| yogi(0.1).eps_root(x);;
    "lion" => lion(0.01);
        Decay "b2" => |x| lion(0.1).betas(0.9, x);;
    "lion b1=0.8 b2=0.95 decay=0.1" => lion(0.01).betas(0.8, 0.95).weight_decay(0.1);;
    "lamb" => lamb(0.01);
        NonNegative "weight_decay" => |x| lamb(0.1).weight_decay(x);;
    "lamb decay=0.1" => lamb(0.01).weight_decay(0.1);;
    "lars" => lars(0.1);
        NonNegative "weight_decay" => |x| lars(0.1).weight_decay(x);
        NonNegative "trust_coefficient" => |x| lars(0.1).trust(x, 0.0);
        NonNegative "eps" => |x| lars(0.1).trust(1.0, x);
        Momentum "momentum" => |x| lars(0.1).momentum(x);;
    "lars decay=0.1 masks" => lars(0.1)
        .weight_decay(0.1)
        .decay_only(w())
        .trust(0.01, 1e-3)
        .trust_only(b())
        .momentum(0.8)
        .nesterov(), unbounded = true;;
    "rmsprop" => rmsprop(0.01);
        Decay "decay" => |x| rmsprop(0.1).decay(x);
        NonNegative "eps" => |x| rmsprop(0.1).eps(x);
        NonNegative "initial_scale" => |x| rmsprop(0.1).initial_scale(x);
        Momentum "momentum" => |x| rmsprop(0.1).momentum(x);;
    "rmsprop decay=0.99 eps outside" => rmsprop(0.01).decay(0.99).eps_outside();;
    "rmsprop centered momentum" => rmsprop(0.01).centered().momentum(0.9);;
    "rmsprop corrected nesterov" =>
        rmsprop(0.01).initial_scale(1.0).bias_correction().momentum(0.9).nesterov();;
    "adagrad" => adagrad(0.1);
        NonNegative "eps" => |x| adagrad(0.1).eps(x);
        NonNegative "initial_accumulator_value" => |x| adagrad(0.1).initial_accumulator_value(x);;
    "adagrad initial=0 eps=0.001" => adagrad(0.1).initial_accumulator_value(0.0).eps(1e-3);;
    "clip_by_global_norm 1 momentum" =>
        after(Chain::new().then(clip_by_global_norm(1.0)), sgd(0.1).momentum(0.9));;
    "clip 0.5 sgd" =>
        after(Chain::new().then(Clip { max_delta: 0.5 }), sgd(0.1)), hides_infinity = true;;
    "clip_by_block_rms 0.5 sgd" => after(Chain::new().then(clip_by_block_rms(0.5)), sgd(0.1));;
    "masked clip" => after(
        Chain::new().then(masked(b(), clip_by_global_norm(0.5))),
        sgd(0.1),
    ), unbounded = true;;
    "decay before momentum" => after(
        Chain::new().then(masked(w(), AddDecayedWeights { decay: 0.1 })),
        sgd(0.1).momentum(0.9),
    ), unbounded = true;;
    "ema sgd" => after(Chain::new().then(Ema::default()), sgd(0.1)), unbounded = true;;
    "ema biased sgd" =>
        after(Chain::new().then(Ema { decay: 0.9, debias: false }), sgd(0.1)), unbounded = true;;
    "partition" => partition()
        .group(w(), adam(0.1))
        .group(Filter::everything(), sgd(linear(0.1, 0.0, 40))), unbounded = true;;
    "partition frozen" => partition().group(b(), freeze()).group(Filter::everything(), adam(0.01));;
    "every 4 adam warmup_cosine" => every(4, adam(warmup()));;
    "sign_sgd" => sign_sgd(0.01);;
    "adadelta" => adadelta(1.0);
        Decay "rho" => |x| adadelta(1.0).rho(x);
        NonNegative "eps" => |x| adadelta(1.0).eps(x);
        NonNegative "weight_decay" => |x| adadelta(1.0).weight_decay(x);;
    "adadelta rho=0.95 eps=0.0001 decay=0.1" =>
        adadelta(0.5).rho(0.95).eps(1e-4).weight_decay(0.1);;
    "adan" => adan(0.01);
        Decay "b1" => |x| adan(0.1).betas(x, 0.9, 0.9);
        Decay "b2" => |x| adan(0.1).betas(0.9, x, 0.9);
        Decay "b3" => |x| adan(0.1).betas(0.9, 0.9, x);
        NonNegative "eps" => |x| adan(0.1).eps(x);
        NonNegative "eps_root" => |x| adan(0.1).eps_root(x);
        NonNegative "weight_decay" => |x| adan(0.1).weight_decay(x);;
    "adan b1=0.9 b2=0.8 b3=0.95 decay=0.1" =>
        adan(0.01).betas(0.9, 0.8, 0.95).eps(1e-6).eps_root(1e-4).weight_decay(0.1);;
    "rprop" => rprop(0.01);
        Fraction "eta_minus" => |x| rprop(0.1).etas(x, 1.2);
        Growth "eta_plus" => |x| rprop(0.1).etas(0.5, x);
        NonNegative "min_step_size" => |x| rprop(0.1).step_sizes(x, 1.0);
        NonNegative "max_step_size" => |x| rprop(0.1).step_sizes(0.0, x);;
    "rprop factors=0.7,1.5 sizes=0.005..0.05" =>
        rprop(0.01).etas(0.7, 1.5).step_sizes(0.005, 0.05);;
    // A sum of ten steps, whose divisor optax rounds three times: its f32 is 6.5e-7 off its f64.
    "novograd" => novograd(0.01), allowed = 1e-6;
        Decay "b1" => |x| novograd(0.1).betas(x, 0.9);
        Decay "b2" => |x| novograd(0.1).betas(0.9, x);
        NonNegative "eps" => |x| novograd(0.1).eps(x);
        NonNegative "eps_root" => |x| novograd(0.1).eps_root(x);
        NonNegative "weight_decay" => |x| novograd(0.1).weight_decay(x);;
    "novograd b1=0.8 b2=0.9 decay=0.1" =>
        novograd(0.01).betas(0.8, 0.9).eps(1e-3).eps_root(1e-4).weight_decay(0.1);;
    "adafactor" => adafactor(0.01);
        NonNegative "decay_rate" => |x| adafactor(0.1).decay_rate(x);
        NonNegative "eps" => |x| adafactor(0.1).eps(x);
        Decay "momentum" => |x| adafactor(0.1).momentum(x);
        NonNegative "weight_decay" => |x| adafactor(0.1).weight_decay(x);;
    "adafactor factored" => adafactor(0.01).min_dim_size_to_factor(2);;
    "adafactor factored momentum decay=0.01" => adafactor(0.01)
        .min_dim_size_to_factor(2)
        .decay_rate(0.7)
        .clipping_threshold(0.5)
        .momentum(0.9)
        .weight_decay(0.01)
        .decay_only(w())
        .eps(1e-6);;
    "adafactor without scale" => adafactor(0.01)
        .without_parameter_scale()
        .clipping_threshold(f64::INFINITY)
        .unfactored()
        .decay_offset(-3);;
    "sm3" => sm3(0.1);
        Decay "momentum" => |x| sm3(0.1).momentum(x);
        Momentum "b2" => |x| sm3(0.1).b2(x);
        NonNegative "eps" => |x| sm3(0.1).eps(x);;
    "sm3 momentum=0.5" => sm3(0.1).momentum(0.5);;
    "sm3 b2=0.9 eps=0.001" => sm3(0.1).momentum(0.8).b2(0.9).eps(1e-3);;
    "signum" => signum(0.01);
        Decay "beta" => |x| signum(0.1).beta(x);;
    "signum beta=0.5" => signum(warmup()).beta(0.5);;
    "fromage" => fromage(0.01);
        NonNegative "min_norm" => |x| fromage(0.1).min_norm(x);;
    // optax's f32 is 6.6e-7 off its f64, ours 4e-7 to the other side.
    "fromage min_norm=0.5 warmup" => fromage(warmup()).min_norm(0.5), allowed = 1.2e-6;;
    "noisy_sgd" => noisy_sgd(0.1, 3), unbounded = true;
        NonNegative "eta" => |x| noisy_sgd(0.1, 3).noise(x, 0.5);
        NonNegative "gamma" => |x| noisy_sgd(0.1, 3).noise(0.1, x);;
    "noisy_sgd eta=0.1 gamma=0.3" => noisy_sgd(warmup(), 5).noise(0.1, 0.3), unbounded = true;;
    "optimistic_gradient_descent" => optimistic_gradient_descent(0.1), unbounded = true;
        NonNegative "alpha" => |x| optimistic_gradient_descent(0.1).optimism(x, 1.0);
        NonNegative "beta" => |x| optimistic_gradient_descent(0.1).optimism(1.0, x);;
    "optimistic_gradient_descent alpha=0.9 beta=0.5" =>
        optimistic_gradient_descent(warmup()).optimism(0.9, 0.5), unbounded = true;;
    "optimistic_adam" => optimistic_adam(0.01);
        Decay "b1" => |x| optimistic_adam(0.1).betas(x, 0.9);
        NonNegative "eps" => |x| optimistic_adam(0.1).eps(x);
        NonNegative "eps_root" => |x| optimistic_adam(0.1).eps_root(x);
        NonNegative "beta" => |x| optimistic_adam(0.1).optimism(1.0, x);;
    "optimistic_adam alpha=0.02 beta=0.01 b1=0.5" => optimistic_adam(1.0)
        .optimism(0.02, 0.01)
        .betas(0.5, 0.9)
        .eps(1e-6)
        .eps_root(1e-4)
        .without_nesterov();;
    "ademamix" => ademamix(0.01);
        Decay "b1" => |x| ademamix(0.1).betas(x, 0.9, 0.9);
        Decay "b2" => |x| ademamix(0.1).betas(0.9, x, 0.9);
        Decay "b3" => |x| ademamix(0.1).betas(0.9, 0.9, x);
        NonNegative "alpha" => |x| ademamix(0.1).alpha(x);
        NonNegative "eps" => |x| ademamix(0.1).eps(x);
        NonNegative "eps_root" => |x| ademamix(0.1).eps_root(x);
        NonNegative "weight_decay" => |x| ademamix(0.1).weight_decay(x);;
    "ademamix b3=0.99 alpha=2 decay=0.1" => ademamix(0.01)
        .betas(0.8, 0.95, 0.99)
        .alpha(2.0)
        .eps(1e-6)
        .eps_root(1e-6)
        .weight_decay(0.1);;
    "simplified_ademamix" => simplified_ademamix(1e-3);
        Decay "b1" => |x| simplified_ademamix(0.1).betas(x, 0.9);
        NonNegative "alpha" => |x| simplified_ademamix(0.1).alpha(x);;
    "simplified_ademamix b1=0.9 alpha=3 decay=0.1" => simplified_ademamix(1e-3)
        .betas(0.9, 0.99)
        .alpha(3.0)
        .eps(1e-6)
        .eps_root(1e-6)
        .weight_decay(0.1);;
    // optax's f32 is 1.8e-6 off its f64, as `1 - b2` is 1e-4.
    "adopt" => adopt(0.01), allowed = 2e-6;
        Decay "b1" => |x| adopt(0.1).betas(x, 0.9);
        NonNegative "eps" => |x| adopt(0.1).eps(x);;
    "adopt nesterov without clipping" =>
        adopt(0.01).betas(0.8, 0.99).eps(1e-3).nesterov().without_clipping(), unbounded = true;;
    // Gradients are divided by the deviation of earlier ones, which may be 0.
    "acprop" => acprop(0.01).eps(1e-8), unbounded = true;
        Decay "b2" => |x| acprop(0.1).betas(0.9, x);
        NonNegative "eps" => |x| acprop(0.1).eps(x);
        NonNegative "eps_root" => |x| acprop(0.1).eps_root(x);
        NonNegative "weight_decay" => |x| acprop(0.1).weight_decay(x);;
    "acprop b1=0.5 decay=0.1" => acprop(0.01)
        .betas(0.5, 0.95)
        .eps(1e-3)
        .eps_root(1e-6)
        .weight_decay(0.1), unbounded = true;;
    "madgrad" => madgrad(0.01);
        Momentum "momentum" => |x| madgrad(0.1).momentum(x);
        NonNegative "eps" => |x| madgrad(0.1).eps(x);
        NonNegative "weight_decay" => |x| madgrad(0.1).weight_decay(x);;
    "madgrad momentum=0.5 decay=0.1" =>
        madgrad(warmup()).momentum(0.5).eps(1e-3).weight_decay(0.1);;
    "prodigy" => prodigy(1.0);
        Decay "b1" => |x| prodigy(1.0).betas(x, 0.9);
        NonNegative "eps" => |x| prodigy(1.0).eps(x);
        NonNegative "estim_lr0" => |x| prodigy(1.0).estim_lr0(x);
        NonNegative "estim_lr_coef" => |x| prodigy(1.0).estim_lr_coef(x);
        NonNegative "weight_decay" => |x| prodigy(1.0).weight_decay(x);;
    "prodigy warmup decay=0.1" => prodigy(warmup())
        .betas(0.8, 0.99)
        .eps(1e-6)
        .estim_lr0(1e-3)
        .estim_lr_coef(0.5)
        .weight_decay(0.1)
        .safeguard_warmup();;
    // The estimate divides by `1 - √b2`, which optax computes in f32: its f32 is 4.4e-5 off its f64, ours 1e-6.
    "dadapt_adamw" => dadapt_adamw(1.0), allowed = 5e-5;
        Decay "b2" => |x| dadapt_adamw(1.0).betas(0.9, x);;
    "dadapt_adamw b2=0.99 decay=0.1" => dadapt_adamw(1.0)
        .betas(0.8, 0.99)
        .eps(1e-6)
        .estim_lr0(1e-3)
        .weight_decay(0.1), allowed = 1e-5;;
    "dog" => dog(1.0), unbounded = true;
        NonNegative "eps" => |x| dog(1.0).eps(x);
        NonNegative "init_step" => |x| dog(1.0).init_step(x);
        NonNegative "weight_decay" => |x| dog(1.0).weight_decay(x);;
    "dog init=0.01 decay=0.1" =>
        dog(0.5).init_step(0.01).eps(1e-3).weight_decay(0.1).decay_only(w()), unbounded = true;;
    // optax adds up squares of norms in f32: its f32 is 1.6e-6 off its f64, where these steps reach 7e7.
    "dowg" => dowg(1.0), unbounded = true, allowed = 2e-6;
        NonNegative "eps" => |x| dowg(1.0).eps(x);
        NonNegative "init_estim_sq_dist" => |x| dowg(1.0).init_estim_sq_dist(x);;
    "dowg init=0.01 decay=0.1" =>
        dowg(0.5).init_estim_sq_dist(0.01).eps(1e-3).weight_decay(0.1), unbounded = true;;
    "cocob" => cocob(1.0);
        NonNegative "alpha" => |x| cocob(1.0).alpha(x);
        NonNegative "eps" => |x| cocob(1.0).eps(x);;
    "cocob alpha=5 decay=0.1" => cocob(0.5).alpha(5.0).eps(1e-3).weight_decay(0.1);;
    "muon" => muon(0.01);
        Decay "beta" => |x| muon(0.1).beta(x);
        NonNegative "eps" => |x| muon(0.1).eps(x);
        NonNegative "consistent_rms" => |x| muon(0.1).consistent_rms(x);
        NonNegative "weight_decay" => |x| muon(0.1).weight_decay(x);
        Decay "adam_b1" => |x| muon(0.1).adam_betas(x, 0.9);
        Decay "adam_b2" => |x| muon(0.1).adam_betas(0.9, x);
        NonNegative "adam_weight_decay" => |x| muon(0.1).adam_weight_decay(x);;
    "muon beta=0.8 decay=0.1" => muon(0.01)
        .beta(0.8)
        .weight_decay(0.1)
        .without_nesterov()
        .iterations(3)
        .consistent_rms(0.2)
        .adam_learning_rate(0.02)
        .adam_betas(0.8, 0.99)
        .adam_weight_decay(0.2);;
    // Ten products of matrices in each step, which XLA sums in a different order.
    "muon aol adaptive" => muon(0.01).adaptive().preconditioning(Preconditioning::Aol),
        allowed = 6e-7;;
    "lookahead adam" => lookahead(adam(0.01), 4, 0.5);
        NonNegative "slow_step_size" => |x| lookahead(adam(0.1), 4, x);;
    "lookahead adam reset" => lookahead(adam(warmup()), 3, 0.3).reset_state();;
    "sam" => sam(adam(warmup()), Chain::new().then(normalize()).then(sgd(0.05)));;
    "sam 3 momentum" =>
        sam(sgd(0.1), sgd(0.05).momentum(0.9)).sync_period(3).keep_state(), unbounded = true;;
    // Each step computes x from y and z again, and so divides rounding errors by b1: optax's f32 is 2e-6 off its f64.
    // With three scales, optax's f32 is 4.7e-7 off its f64, and ours 3e-7 to the other side.
    "mechanize adam" => mechanize(adam(1.0)), unbounded = true;
        NonNegative "weight_decay" => |x| mechanize(adam(1.0)).weight_decay(x);
        NonNegative "eps" => |x| mechanize(adam(1.0)).eps(x);
        NonNegative "s_init" => |x| mechanize(adam(1.0)).s_init(x);;
    "mechanize sgd 3 decay=0.1" => mechanize(sgd(warmup()))
        .weight_decay(0.1)
        .eps(1e-4)
        .s_init(1e-2)
        .num_betas(3), unbounded = true, allowed = 9e-7;;
    "schedule_free sgd" => schedule_free(sgd(0.1), 0.1), unbounded = true, allowed = 1e-6;
        Share "b1" => |x| schedule_free(sgd(0.1), 0.1).b1(x);
        NonNegative "weight_lr_power" => |x| schedule_free(sgd(0.1), 0.1).weight_lr_power(x);;
    "schedule_free adam warmup" => schedule_free(
        adam(warmup_constant(0.0, 0.05, 10)).betas(0.0, 0.999),
        warmup_constant(0.0, 0.05, 10),
    ).b1(0.95).weight_lr_power(1.0), allowed = 2e-6;;
    "muon schatten" => muon(0.01).preconditioning(Preconditioning::Schatten);;
}

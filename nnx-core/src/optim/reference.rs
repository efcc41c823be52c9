//! Compares an optimizer with a reference implementation of its formula, on one parameter in f64.

use super::{Chain, Optimizer};
use crate::array::Array;
use crate::module::{Entry, KindId, Param, Path, State, kind};
use crate::size::U1;
use crate::tensor::Tensor;

/// Runs 20 steps from the parameter 1.5, with gradients of both signs and several magnitudes. `reference` maps
/// the parameter, the gradient and the step, counted from 1, to the next parameter.
pub(super) fn check(optimizer: impl Into<Chain>, mut reference: impl FnMut(f64, f64, i32) -> f64) {
    let mut model = Param::<(U1,), f64>::new(Tensor::from([1.5]));
    let mut optimizer = Optimizer::new(&model, optimizer);
    let mut expected = 1.5;
    for t in 1..=20 {
        let g = (f64::from(t) * 2.7).sin() * 10f64.powi(t % 3 - 1);
        expected = reference(expected, g, t);
        let array = Array::new(vec![g], &[1]).expect("one element");
        let entry = Entry { kind: KindId::of::<kind::Param>(), array };
        let gradients: State = [(Path::parse(""), entry)].into_iter().collect();
        optimizer.update(&mut model, gradients).expect("its own gradient");
        let found = model.value().to_vec()[0];
        let error = (found - expected).abs();
        assert!(error < 1e-12 * expected.abs().max(1.0), "step {t}: {found}, not {expected}");
    }
}

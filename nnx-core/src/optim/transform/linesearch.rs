//! A line search as a transform: the length of a step from the loss along it.

use super::zoom::{Point, Search, Settings};
use super::{Objective, Scale, Transform, Updates, dot};
use crate::array::Array;
use crate::module::{Entry, State, Variable, kind};
use crate::ops::DynTensor;
use crate::optim::settings;
use crate::tensor::Tensor;

/// A line search: scales the updates `u` by a step size `η` that decreases the loss `f` enough, and reduces its
/// slope along `u` (the strong Wolfe conditions): `f(p + η u) ≤ f(p) + c1 η ⟨u, ∇f(p)⟩` and `|⟨u, ∇f(p + η u)⟩| ≤
/// c2 |⟨u, ∇f(p)⟩|`, with `c1 = 1e-4` and `c2 = 0.9` by default. It evaluates the loss and its gradients up to
/// `max_steps` times.
///
/// Where the loss rises by no more than `1e-6 |f(p)|`, `⟨u, ∇f(p + η u)⟩ ≤ (2 c1 - 1) ⟨u, ∇f(p)⟩` counts as
/// decrease, too, since rounding hides small ones. If no step fulfils the conditions, one that decreases the loss
/// enough is taken, or the last one tried; none, if the loss isn't finite there.
///
/// It needs [`Optimizer::step_on`](crate::optim::Optimizer::step_on), which evaluates the loss. The update before
/// it has to go downhill: `sgd(1.0)`, or that of [`lbfgs`](crate::optim::lbfgs), which has this search already. The
/// first step size tried is that of the last search.
///
/// optax calls it `scale_by_zoom_linesearch`. Sources: Nocedal and Wright, Numerical Optimization, 1999; Hager and
/// Zhang, 2006.
///
/// ```
/// use nnx_core::optim::{Chain, Optimizer, sgd, zoom_linesearch};
/// use nnx_core::{module::Param, size::U2, tensor::Tensor};
///
/// let chain = Chain::new().then(sgd(1.0)).then(zoom_linesearch(15));
/// let mut model = Param::<(U2,)>::new(Tensor::from([3.0, -1.0]));
/// let mut optimizer = Optimizer::new(&model, chain);
/// optimizer.step_on(&mut model, |p, pass| p.get(pass).square().sum())?;
/// assert!(model.value().to_vec().iter().all(|p| p.abs() < 1e-5));
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Panics
/// If `max_steps` is 0.
#[must_use]
#[doc(alias = "scale_by_zoom_linesearch")]
pub fn zoom_linesearch(max_steps: u32) -> ZoomLinesearch {
    assert!(max_steps > 0, "zoom_linesearch: `max_steps` must be at least 1");
    let settings = Settings {
        max_steps,
        max_learning_rate: f64::INFINITY,
        tol: 0.0,
        slope_rtol: 1e-4,
        curv_rtol: 0.9,
    };
    ZoomLinesearch { settings, from_one: false, stepsize: Variable::new(Tensor::from(1.0)) }
}

/// See [`zoom_linesearch`].
#[derive(Debug, crate::Module)]
pub struct ZoomLinesearch {
    #[module(skip)]
    settings: Settings,
    from_one: bool,
    /// The step size of the last search.
    stepsize: Variable<Tensor<(), f64>, kind::OptState>,
}

impl ZoomLinesearch {
    /// The constants `c1` of the decrease and `c2` of the slope.
    ///
    /// # Panics
    /// If one is negative or NaN, or `c1` infinite. `c2` may be infinite: then the decrease alone counts.
    #[must_use]
    #[track_caller]
    pub fn conditions(mut self, slope_rtol: f64, curv_rtol: f64) -> Self {
        let of = "zoom_linesearch";
        self.settings.slope_rtol = settings::non_negative(of, "slope_rtol", slope_rtol);
        self.settings.curv_rtol = settings::bound(of, "curv_rtol", curv_rtol);
        self
    }

    /// How far the conditions may be missed, 0 by default.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn tol(mut self, tol: f64) -> Self {
        self.settings.tol = settings::non_negative("zoom_linesearch", "tol", tol);
        self
    }

    /// The largest step size; by default there is none.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn max_learning_rate(mut self, rate: f64) -> Self {
        self.settings.max_learning_rate =
            settings::bound("zoom_linesearch", "max_learning_rate", rate);
        self
    }

    /// Tries the step size 1 first, in place of that of the last search (`initial_guess_strategy='one'`).
    #[must_use]
    pub fn from_one(mut self) -> Self {
        self.from_one = true;
        self
    }
}

impl Transform for ZoomLinesearch {
    fn init(&mut self, _: &State) {}

    /// # Panics
    /// If the loss can't be evaluated.
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let directions: Vec<Array> = updates.collect();
        let params = updates.params();
        let Some(objective) = updates.objective() else {
            panic!(
                "`Optimizer::update` has gradients alone, but the line search of this optimizer evaluates the loss: \
                 call `optimizer.step_on(&mut model, |model, pass| loss)`"
            )
        };
        let slope = |gradients: &State| {
            let along = params.iter().zip(&directions).map(|((path, _), direction)| {
                gradients.get(path).map_or(0.0, |gradient| dot(&gradient.array, direction))
            });
            along.sum::<f64>()
        };
        let Objective { loss, gradients, evaluate, error } = objective;
        let guess = if self.from_one { 1.0 } else { self.stepsize.value().item() };
        let step = Search::new(self.settings, *loss, slope(gradients)).run(guess, |step| {
            let moved = params.iter().zip(&directions).map(|((path, entry), direction)| {
                let [param, direction] =
                    [&entry.array, direction].map(|x| DynTensor::from(x.clone()));
                let array = (param + direction.mul_scalar(step)).into_array();
                (path.clone(), Entry { array, kind: entry.kind })
            });
            let (value, gradients) = evaluate(&moved.collect())?;
            Ok(Point { step, value, slope: slope(&gradients) })
        });
        match step {
            Ok(step) => {
                self.stepsize.replace(Tensor::from(step));
                updates.apply_elementwise(Scale { factor: step }, []);
            }
            Err(failed) => {
                *error = Some(failed);
                updates.set_to_zero();
            }
        }
    }
}

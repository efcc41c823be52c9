//! The modules that a recorded step changes, and the functions that are steps.

use crate::Error;
use crate::module::{Module, Visitor, VisitorMut};

/// Modules that a recorded step changes: `(A,)` for a `&mut A`, `(A, B)` for a `(&mut A, &mut B)`, and so on.
/// [`jit`](super::jit) infers it.
pub trait StepModules {
    /// References to the modules: `&mut A`, or a tuple of references.
    type Refs<'a>
    where
        Self: 'a;
    /// References for a shorter time.
    #[doc(hidden)]
    fn reborrow<'a>(modules: &'a mut Self::Refs<'_>) -> Self::Refs<'a>;
    /// Visits all variables, those of a tuple below the index of the module.
    #[doc(hidden)]
    fn visit(modules: &Self::Refs<'_>, visitor: &mut Visitor<'_>);
    /// Visits all variables by mutable reference, in the same order.
    #[doc(hidden)]
    fn visit_mut(modules: &mut Self::Refs<'_>, visitor: &mut VisitorMut<'_>);
}

/// A function of modules and inputs that can be recorded: `FnMut(&mut A, X) -> Result<Y, nnx::Error>`, or
/// `FnMut((&mut A, &mut B), X) -> Result<Y, nnx::Error>` of up to six modules. `M` is inferred.
#[diagnostic::on_unimplemented(
    message = "`jit` can't record this function",
    label = "expected a closure of modules and inputs that returns a `Result<_, Error>`",
    note = "write the types of its arguments: `|(model, optimizer): (&mut Model, &mut Optimizer), (x, labels): (Tensor![..], Tensor![..; i32])|`",
    note = "the modules are a `&mut` or a tuple of up to six; the inputs a tensor, or a tuple or an array of tensors"
)]
pub trait StepFn<M: StepModules, X> {
    /// What it returns.
    type Output;
    /// Runs the function.
    ///
    /// # Errors
    /// The error that it returns.
    #[doc(hidden)]
    fn run(&mut self, modules: M::Refs<'_>, x: X) -> Result<Self::Output, Error>;
}

impl<A: Module> StepModules for (A,) {
    type Refs<'a>
        = &'a mut A
    where
        Self: 'a;
    fn reborrow<'a>(modules: &'a mut Self::Refs<'_>) -> Self::Refs<'a> {
        modules
    }
    fn visit(modules: &Self::Refs<'_>, visitor: &mut Visitor<'_>) {
        (**modules).visit(visitor);
    }
    fn visit_mut(modules: &mut Self::Refs<'_>, visitor: &mut VisitorMut<'_>) {
        (**modules).visit_mut(visitor);
    }
}

// `FnOnce` too: the compiler knows that of a closure first, and with it its arguments.
impl<F, A, X, Y> StepFn<(A,), X> for F
where
    A: Module,
    F: FnOnce(&mut A, X) -> Result<Y, Error> + FnMut(&mut A, X) -> Result<Y, Error>,
{
    type Output = Y;
    fn run(&mut self, modules: &mut A, x: X) -> Result<Y, Error> {
        self(modules, x)
    }
}

macro_rules! tuple {
    ($($module:ident $index:tt)+) => {
        impl<$($module: Module),+> StepModules for ($($module,)+) {
            type Refs<'a>
                = ($(&'a mut $module,)+)
            where
                Self: 'a;
            fn reborrow<'a>(modules: &'a mut Self::Refs<'_>) -> Self::Refs<'a> {
                ($(&mut *modules.$index,)+)
            }
            fn visit(modules: &Self::Refs<'_>, visitor: &mut Visitor<'_>) {
                $(visitor.index($index, &*modules.$index);)+
            }
            fn visit_mut(modules: &mut Self::Refs<'_>, visitor: &mut VisitorMut<'_>) {
                $(visitor.index($index, &mut *modules.$index);)+
            }
        }
        impl<F, $($module,)+ X, Y> StepFn<($($module,)+), X> for F
        where
            $($module: Module,)+
            F: for<'a> FnOnce(($(&'a mut $module,)+), X) -> Result<Y, Error>
                + for<'a> FnMut(($(&'a mut $module,)+), X) -> Result<Y, Error>,
        {
            type Output = Y;
            fn run(&mut self, modules: ($(&mut $module,)+), x: X) -> Result<Y, Error> {
                self(modules, x)
            }
        }
    };
}
tuple!(M0 0 M1 1);
tuple!(M0 0 M1 1 M2 2);
tuple!(M0 0 M1 1 M2 2 M3 3);
tuple!(M0 0 M1 1 M2 2 M3 3 M4 4);
tuple!(M0 0 M1 1 M2 2 M3 3 M4 4 M5 5);

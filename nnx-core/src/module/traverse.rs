//! Visiting the variables of a model.

use std::collections::{BTreeMap, HashMap};

use super::{AnyVariable, Key, Path};

/// A struct that holds variables, directly or in fields that are modules.
///
/// Derive it: `#[derive(Module)]`. Containers of modules are modules (`Vec`, arrays, tuples, `Option`,
/// `Box`, maps with names as keys), and plain values are modules without variables.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no module",
    label = "a field of a module must be a module, a variable or a plain value",
    note = "for a struct of your own write `#[derive(Module)]` above it",
    note = "a tensor is held by a variable: a `Param<shape![..]>` is trained, see `kind` for others",
    note = "to leave a field out of the traversal write `#[module(skip)]` above it"
)]
pub trait Module {
    /// Visits every variable, in the order of the fields.
    fn visit(&self, visitor: &mut Visitor<'_>);
    /// Visits every variable for changing it, in the same order.
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>);
}

macro_rules! visitor {
    ($(#[$doc:meta])* $visitor:ident, $callback:ty, $reference:ty, $variable:ty, $visit:ident, [$($mutable:tt)?]) => {
        $(#[$doc])*
        #[allow(missing_debug_implementations, reason = "a borrowed closure shows nothing")]
        pub struct $visitor<'a> {
            path: Path,
            callback: &'a mut $callback,
        }

        impl<'a> $visitor<'a> {
            /// A traversal from the model on, that calls `callback` with each variable and its path.
            pub fn new(callback: &'a mut $callback) -> Self {
                Self { path: Path::default(), callback }
            }

            /// Visits a field.
            pub fn field<M: Module + ?Sized>(&mut self, name: &'static str, module: &$($mutable)? M) {
                self.step(Key::of(name), |visitor| module.$visit(visitor));
            }

            /// Visits one of several in a row.
            pub fn index<M: Module + ?Sized>(&mut self, index: usize, module: &$($mutable)? M) {
                self.step(Key::Index(index), |visitor| module.$visit(visitor));
            }

            /// Visits the fields of a variant of an enum.
            pub fn variant(&mut self, name: &'static str, visit: impl FnOnce(&mut Self)) {
                self.step(Key::of(name), visit);
            }

            /// Visits the entry of a map. A `/` in its name parts it into several steps.
            pub fn entry<M: Module + ?Sized>(&mut self, name: &str, module: &$($mutable)? M) {
                let outside = self.path.clone();
                Path::parse(name).keys().iter().cloned().for_each(|key| self.path.push(key));
                module.$visit(self);
                self.path = outside;
            }

            /// Visits a variable.
            pub fn variable(&mut self, variable: $variable) {
                (self.callback)(&self.path, variable);
            }

            fn step(&mut self, key: Key, visit: impl FnOnce(&mut Self)) {
                self.path.push(key);
                visit(self);
                self.path.pop();
            }
        }
    };
}
visitor!(
    /// A traversal that reads.
    Visitor, dyn FnMut(&Path, &dyn AnyVariable) + 'a, &M, &dyn AnyVariable, visit, []
);
visitor!(
    /// A traversal that changes.
    VisitorMut, dyn FnMut(&Path, &mut dyn AnyVariable) + 'a, &mut M, &mut dyn AnyVariable, visit_mut, [mut]
);

macro_rules! in_a_row {
    ($([$($generics:tt)*] $type:ty;)*) => { $(
        impl<$($generics)*> Module for $type {
            fn visit(&self, visitor: &mut Visitor<'_>) {
                self.iter().enumerate().for_each(|(index, module)| visitor.index(index, module));
            }
            fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
                self.iter_mut().enumerate().for_each(|(index, module)| visitor.index(index, module));
            }
        }
    )* };
}
in_a_row! { [M: Module] Vec<M>; [M: Module] [M]; [M: Module, const N: usize] [M; N]; }

impl<M: Module> Module for Option<M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.iter().for_each(|module| module.visit(visitor));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.iter_mut().for_each(|module| module.visit_mut(visitor));
    }
}

impl<M: Module + ?Sized> Module for Box<M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        (**self).visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        (**self).visit_mut(visitor);
    }
}

impl<N: AsRef<str> + Ord, M: Module> Module for BTreeMap<N, M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.iter().for_each(|(name, module)| visitor.entry(name.as_ref(), module));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.iter_mut().for_each(|(name, module)| visitor.entry(name.as_ref(), module));
    }
}

impl<N: AsRef<str> + Ord, M: Module, H> Module for HashMap<N, M, H> {
    /// Entries are visited in the order of their names, so that every run sees the same order.
    fn visit(&self, visitor: &mut Visitor<'_>) {
        let mut entries: Vec<_> = self.iter().collect();
        entries.sort_by_key(|(name, _)| name.as_ref().to_owned());
        entries.into_iter().for_each(|(name, module)| visitor.entry(name.as_ref(), module));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        let mut entries: Vec<_> = self.iter_mut().collect();
        entries.sort_by_key(|(name, _)| name.as_ref().to_owned());
        entries.into_iter().for_each(|(name, module)| visitor.entry(name.as_ref(), module));
    }
}

macro_rules! tuple {
    ($($module:ident $index:tt)*) => {
        impl<$($module: Module),*> Module for ($($module,)*) {
            fn visit(&self, visitor: &mut Visitor<'_>) {
                $(visitor.index($index, &self.$index);)*
                let _ = visitor;
            }
            fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
                $(visitor.index($index, &mut self.$index);)*
                let _ = visitor;
            }
        }
    };
}
tuple!();
tuple!(A 0);
tuple!(A 0 B 1);
tuple!(A 0 B 1 C 2);
tuple!(A 0 B 1 C 2 D 3);
tuple!(A 0 B 1 C 2 D 3 E 4);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);
tuple!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);

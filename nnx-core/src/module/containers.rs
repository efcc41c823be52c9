//! Containers of modules: lists, maps, tuples, options and boxes.

use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};

use super::tuples::for_each_tuple;
use super::{MapKey, Module, ModuleVisitor, Visitor, VisitorMut};

macro_rules! sequences {
    ($([$($generics:tt)*] $type:ty;)*) => { $(
        impl<$($generics)*> Module for $type {
            fn visit(&self, visitor: &mut Visitor<'_>) {
                self.iter().enumerate().for_each(|(index, module)| visitor.index(index, module));
            }
            fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
                self.iter_mut().enumerate().for_each(|(index, module)| visitor.index(index, module));
            }
            fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
            where
                Self: 'static,
            {
                self.iter_mut().enumerate().for_each(|(index, module)| visitor.index(index, module));
            }
        }
    )* };
}
sequences! {
    [M: Module] Vec<M>; [M: Module] [M]; [M: Module, const N: usize] [M; N];
    [M: Module] VecDeque<M>; [M: Module] LinkedList<M>;
}

impl<M: Module> Module for Option<M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.iter().for_each(|module| module.visit(visitor));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.iter_mut().for_each(|module| module.visit_mut(visitor));
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        self.iter_mut().for_each(|module| module.visit_modules(visitor));
    }
}

impl<M: Module + ?Sized> Module for Box<M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        (**self).visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        (**self).visit_mut(visitor);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        (**self).visit_modules(visitor);
    }
}

impl<K: MapKey, M: Module> Module for BTreeMap<K, M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.iter().for_each(|(key, module)| visitor.entry(key, module));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.iter_mut().for_each(|(key, module)| visitor.entry(key, module));
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        self.iter_mut().for_each(|(key, module)| visitor.entry(key, module));
    }
}

impl<K: MapKey, M: Module, H> Module for HashMap<K, M, H> {
    /// Visits entries in the order of their keys, which is the same in every run.
    fn visit(&self, visitor: &mut Visitor<'_>) {
        let mut entries: Vec<_> = self.iter().collect();
        entries.sort_by_cached_key(|(key, _)| key.key());
        entries.into_iter().for_each(|(key, module)| visitor.entry(key, module));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        let mut entries: Vec<_> = self.iter_mut().collect();
        entries.sort_by_cached_key(|(key, _)| key.key());
        entries.into_iter().for_each(|(key, module)| visitor.entry(key, module));
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        let mut entries: Vec<_> = self.iter_mut().collect();
        entries.sort_by_cached_key(|(key, _)| key.key());
        entries.into_iter().for_each(|(key, module)| visitor.entry(key, module));
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
            fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
            where
                Self: 'static,
            {
                $(visitor.index($index, &mut self.$index);)*
                let _ = visitor;
            }
        }
    };
}
tuple!();
for_each_tuple!(tuple);

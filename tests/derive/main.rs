//! The behaviour of `#[derive(Module)]`: paths, construction, sequential layers; and that its expansion compiles in any
//! module.
#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(
    clippy::large_enum_variant,
    unreachable_pub,
    reason = "sizes and visibility are beside the point here"
)]

mod attributes;
mod chains;
mod items;
mod lints;
mod names;
mod surroundings;

use std::cell::RefCell;

use nnx::module::{ModuleVisitor, Visitor, VisitorMut};
use nnx::prelude::*;

/// The paths of the layers in a model: every `Linear` has one kernel.
fn paths(model: &(impl Module + ?Sized)) -> Vec<String> {
    let mut paths = Vec::new();
    model.visit(&mut Visitor::new(&mut |path, _| paths.push(path.to_string())));
    kernels(&paths)
}

/// Paths, visited by mutable reference.
fn paths_mut(model: &mut (impl Module + ?Sized)) -> Vec<String> {
    let mut paths = Vec::new();
    model.visit_mut(&mut VisitorMut::new(&mut |path, _| paths.push(path.to_string())));
    kernels(&paths)
}

fn kernels(paths: &[String]) -> Vec<String> {
    paths.iter().filter_map(|path| path.strip_suffix("/kernel").map(str::to_owned)).collect()
}

#[track_caller]
fn assert_paths(model: &mut impl Module, expected: &[&str]) {
    assert_eq!(paths(model), expected);
    assert_eq!(paths_mut(model), expected);
}

type Dense = Linear<U2, U3>;

thread_local! {
    static MADE: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// A layer that records the order in which it was made.
#[derive(Debug, PartialEq)]
struct Mark<const N: u32>;

impl<const N: u32> Mark<N> {
    fn new(_: &mut Rngs) -> Self {
        MADE.with_borrow_mut(|made| made.push(N));
        Self
    }
}

impl<const N: u32> Module for Mark<N> {
    fn visit(&self, _: &mut Visitor<'_>) {}
    fn visit_mut(&mut self, _: &mut VisitorMut<'_>) {}
    fn visit_modules(&mut self, _: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
    }
}

impl<const N: u32> Init for Mark<N> {
    fn init(rngs: &mut Rngs) -> Self {
        Self::new(rngs)
    }
}

fn made() -> Vec<u32> {
    MADE.take()
}

fn rngs() -> Rngs {
    Rngs::new(0)
}

#[derive(Module)]
struct Add<const N: usize>;

impl<const N: usize> Layer<usize> for Add<N> {
    type Output = usize;
    fn forward(&self, x: usize, _: &mut Pass) -> usize {
        x + N
    }
}

#[derive(Module)]
struct Show;

impl Layer<usize> for Show {
    type Output = String;
    fn forward(&self, x: usize, _: &mut Pass) -> String {
        format!("<{x}>")
    }
}

#[derive(Module)]
struct Length;

impl Layer<String> for Length {
    type Output = usize;
    fn forward(&self, x: String, _: &mut Pass) -> usize {
        x.len()
    }
}

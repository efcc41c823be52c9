//! The checks of an equation, one function each.

use syn::Ident;

use super::Equation;
use crate::context::Context;

/// The most axes that a tensor has.
const MOST_AXES: usize = 8;

/// Reports every wrong axis, with its span.
pub(super) fn check(context: &Context, equation: &Equation) {
    for (what, axes) in tensors(equation) {
        axes_are_distinct(context, what, axes);
        a_tensor_has_few_axes(context, what, axes);
    }
    axes_are_distinct(context, "list after `for`", &equation.own);
    own_axes_are_the_inputs(context, equation);
    every_axis_of_the_input_is_declared(context, equation);
    what_comes_out_went_in(context, equation);
    a_bias_is_a_part_of_kernel_and_output(context, equation);
}

fn tensors(equation: &Equation) -> impl Iterator<Item = (&'static str, &[Ident])> {
    let bias = equation.bias.as_deref().map(|axes| ("bias", axes));
    let named =
        [("input", &*equation.input), ("kernel", &*equation.kernel), ("output", &*equation.output)];
    named.into_iter().chain(bias)
}

/// A diagonal (`ii`) isn't supported.
fn axes_are_distinct(context: &Context, what: &str, axes: &[Ident]) {
    for (i, axis) in axes.iter().enumerate() {
        if axes[..i].contains(axis) {
            context.error(axis.span(), format!("the {what} has the axis `{axis}` twice"));
        }
    }
}

fn a_tensor_has_few_axes(context: &Context, what: &str, axes: &[Ident]) {
    if let Some(axis) = axes.get(MOST_AXES) {
        let found = axes.len();
        let message =
            format!("a tensor has at most {MOST_AXES} axes, but the {what} has {found} here");
        context.error(axis.span(), message);
    }
}

fn own_axes_are_the_inputs(context: &Context, equation: &Equation) {
    for axis in &equation.own {
        let message = if equation.kernel.contains(axis) {
            "is an axis of the kernel, too: list after `for` only axes that the kernel doesn't have"
        } else if !equation.input.contains(axis) {
            "isn't an axis of the input: list after `for` only axes that the input has and the kernel doesn't"
        } else {
            continue;
        };
        context.error(axis.span(), format!("`{axis}` {message}"));
    }
}

fn every_axis_of_the_input_is_declared(context: &Context, equation: &Equation) {
    for axis in &equation.input {
        if !equation.own.contains(axis) && !equation.kernel.contains(axis) {
            context.error(
                axis.span(),
                format!(
                    "only the input has the axis `{axis}`: list it after `for`, as `for<{axis}>`"
                ),
            );
        }
    }
}

fn what_comes_out_went_in(context: &Context, equation: &Equation) {
    for axis in &equation.output {
        if !equation.input.contains(axis) && !equation.kernel.contains(axis) {
            context.error(
                axis.span(),
                format!(
                    "the axis `{axis}` is in the output, but neither in the input nor in the kernel"
                ),
            );
        }
    }
}

/// The bias is added to the output, and the sizes of its axes are the kernel's.
fn a_bias_is_a_part_of_kernel_and_output(context: &Context, equation: &Equation) {
    let position = |axis: &Ident| equation.output.iter().position(|other| other == axis);
    let mut last: Option<&Ident> = None;
    for axis in equation.bias.iter().flatten() {
        let message = if position(axis).is_none() {
            "doesn't come out: a bias has axes of the output".to_owned()
        } else if !equation.kernel.contains(axis) {
            "isn't an axis of the kernel: an axis of the bias has the size that it has in the kernel".to_owned()
        } else if let Some(last) = last.filter(|last| position(last) > position(axis)) {
            format!("is before `{last}` in the output: a bias has its axes in the output's order")
        } else {
            last = Some(axis);
            continue;
        };
        context.error(axis.span(), format!("the bias axis `{axis}` {message}"));
    }
}

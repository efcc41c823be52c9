//! `einsum!("...ij,...jk->...ik", a, b)`: the contraction of tensors, as an expression.
//!
//! The expansion is a block with a function of its own, whose bounds are traits of its own: one for each operand, which
//! gives the types of its axes, and one for each letter that occurs again. So a mistake is an unmet bound, whose
//! message names the equation, the letter and both sizes.

mod emit;
#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{Expr, LitStr, Token};

/// The form of a call, for messages.
const USAGE: &str = "einsum!(\"...ij,...jk->...ik\", a, b)";
/// The most axes that a typed tensor has.
const MOST_AXES: usize = 8;

/// An axis of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Letter(char),
    /// `...`
    Leading,
}

/// A call with an equation that is right by itself.
struct Call {
    text: String,
    terms: Vec<Vec<Axis>>,
    output: Vec<Axis>,
    operands: Vec<Expr>,
}

/// The path of everything in the expansion, after `$crate`.
pub(super) fn expand(input: ParseStream<'_>, krate: &TokenStream) -> syn::Result<TokenStream> {
    let call: Call = input.parse()?;
    Ok(emit::block(&call, krate))
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal: LitStr = input.parse()?;
        let mut operands = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>().map_err(with_usage)?;
            if !input.is_empty() {
                operands.push(input.parse().map_err(with_usage)?);
            }
        }
        let (text, span) = (literal.value(), literal.span());
        let (terms, output) = read(&text).map_err(|problem| wrong(span, &problem))?;
        if terms.len() != operands.len() {
            let (named, given) = (terms.len(), operands.len());
            let problem = format!("the equation has {named} operands, but {given} are given");
            return Err(wrong(span, &problem));
        }
        Ok(Self { text, terms, output, operands })
    }
}

fn with_usage(error: syn::Error) -> syn::Error {
    wrong(error.span(), &error.to_string())
}

fn wrong(span: Span, problem: &str) -> syn::Error {
    syn::Error::new(span, format!("{problem}: a contraction is written `{USAGE}`"))
}

/// Splits an equation into its terms and its result; or an error message.
fn read(text: &str) -> Result<(Vec<Vec<Axis>>, Vec<Axis>), String> {
    let (operands, result) =
        text.split_once("->").ok_or("the equation has no result, which stands behind `->`")?;
    let terms = operands.split(',').map(term).collect::<Result<Vec<_>, _>>()?;
    let output = term(result)?;
    for (i, axis) in output.iter().enumerate() {
        if output[..i].contains(axis) {
            return Err(format!("the result has the axis {} twice", show(*axis)));
        }
        if !terms.iter().flatten().any(|other| other == axis) {
            return Err(format!("the result has {}, which no operand has", show(*axis)));
        }
    }
    if !output.contains(&Axis::Leading) && terms.iter().flatten().any(|axis| *axis == Axis::Leading)
    {
        return Err("an operand has `...`, which must be in the result, too".to_owned());
    }
    Ok((terms, output))
}

fn show(axis: Axis) -> String {
    match axis {
        Axis::Letter(letter) => format!("`{letter}`"),
        Axis::Leading => "`...`".to_owned(),
    }
}

fn term(text: &str) -> Result<Vec<Axis>, String> {
    let (mut rest, mut axes) = (text.trim(), Vec::new());
    while let Some(letter) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("...") {
            if axes.contains(&Axis::Leading) {
                return Err(format!("the term `{text}` has `...` twice"));
            }
            axes.push(Axis::Leading);
            rest = behind;
        } else if letter.is_ascii_alphabetic() {
            axes.push(Axis::Letter(letter));
            rest = &rest[1..];
        } else {
            return Err(format!("the term `{text}` has a `{letter}`, expected letters and `...`"));
        }
    }
    let letters = axes.iter().filter(|axis| **axis != Axis::Leading).count();
    if letters > MOST_AXES {
        return Err(format!(
            "a tensor has at most {MOST_AXES} axes, but the term `{text}` has {letters}"
        ));
    }
    Ok(axes)
}

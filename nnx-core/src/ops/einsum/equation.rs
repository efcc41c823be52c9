//! Equations of einsum: read from text, and checked against the shapes of the operands.

use crate::array::ShapeError;
use crate::ops::DynTensor;
use crate::ops::view::refuse;

/// Stands for the axes of an operand that have no name.
const ELLIPSIS: &str = "...";

/// The names of an operand's axes, as indices into the sizes of an equation.
pub(super) struct Operand {
    pub(super) names: Vec<usize>,
    /// The names of axes of size 1 that broadcast to the size of another operand.
    pub(super) broadcast: Vec<usize>,
}

/// An equation whose operands have been checked.
pub(super) struct Equation {
    pub(super) operands: Vec<Operand>,
    pub(super) output: Vec<usize>,
    /// The size of each name.
    pub(super) sizes: Vec<usize>,
}

/// The names of each operand and of the result in an equation such as `...ti,io->...to`: letters, and `...`.
pub(super) fn letters(text: &str) -> Result<(Vec<Vec<&str>>, Vec<&str>), ShapeError> {
    let wrong = |problem: &str| {
        let form = "takes an equation of letters such as \"...ti,io->...to\"";
        ShapeError::operands("einsum", format!("{form}, but {text:?} {problem}"))
    };
    let Some((operands, result)) = text.split_once("->") else {
        return Err(wrong("has no result: write it behind `->`"));
    };
    let term = |part| split(part).map_err(wrong);
    let terms = operands.split(',').map(term).collect::<Result<Vec<_>, _>>()?;
    Ok((terms, term(result)?))
}

/// The letters of one term and its ellipsis, or an error message.
fn split(term: &str) -> Result<Vec<&str>, &'static str> {
    let (term, mut names, mut at) = (term.trim(), Vec::new(), 0);
    while let Some(letter) = term[at..].chars().next() {
        let length = match letter {
            '.' if !term[at..].starts_with(ELLIPSIS) => return Err("has dots that aren't `...`"),
            '.' if names.contains(&ELLIPSIS) => return Err("has `...` twice in one term"),
            '.' => ELLIPSIS.len(),
            _ if letter.is_ascii_alphabetic() => 1,
            _ => return Err("has other signs than letters, `...`, `,` and one `->`"),
        };
        names.push(&term[at..at + length]);
        at += length;
    }
    Ok(names)
}

/// The operand of index `i`, for messages.
fn ordinal(i: usize) -> String {
    format!("operand {}", i + 1)
}

/// Numbers for names: the axes of the ellipsis first.
struct AxisNumbers<'e> {
    unnamed: usize,
    names: Vec<&'e str>,
}

impl<'e> AxisNumbers<'e> {
    fn number(&mut self, name: &'e str) -> usize {
        let known = self.names.iter().position(|other| *other == name);
        self.unnamed
            + known.unwrap_or_else(|| {
                self.names.push(name);
                self.names.len() - 1
            })
    }

    /// The names of a term as numbers, the ellipsis as its last `unnamed` axes.
    fn term(&mut self, term: &[&'e str], unnamed: usize) -> Vec<usize> {
        let all = self.unnamed;
        let axes = |name: &&'e str| match *name {
            ELLIPSIS => (all - unnamed..all).collect(),
            name => vec![self.number(name)],
        };
        term.iter().flat_map(axes).collect()
    }

    fn describe(&self, name: usize) -> String {
        match name.checked_sub(self.unnamed) {
            Some(named) => format!("an axis `{}`", self.names[named]),
            None => format!("an axis of `...`, the last but {},", self.unnamed - 1 - name),
        }
    }
}

impl Equation {
    /// The equation of these terms for these operands.
    pub(super) fn new(
        terms: &[Vec<&str>],
        output: &[&str],
        operands: &[DynTensor],
    ) -> Result<Self, ShapeError> {
        let unnamed = check_form(terms, output, operands)?;
        let all = unnamed.iter().flatten().copied().max().unwrap_or(0);
        let mut numbers = AxisNumbers { unnamed: all, names: Vec::new() };
        let count = |unnamed: Option<usize>| unnamed.unwrap_or(0);
        let terms: Vec<Vec<usize>> =
            terms.iter().zip(&unnamed).map(|(term, &own)| numbers.term(term, count(own))).collect();
        let known = numbers.names.len();
        let output = numbers.term(output, all);
        if let Some(name) = numbers.names.get(known) {
            return refuse("einsum", format!("gives an axis `{name}` that no operand has"));
        }
        let mut sizes: Vec<Option<(usize, usize)>> = vec![None; all + known];
        for (i, (names, x)) in terms.iter().zip(operands).enumerate() {
            for (&name, &size) in names.iter().zip(x.dims().iter()) {
                match sizes[name] {
                    // Axes of the ellipsis broadcast.
                    Some((_, 1)) if name < all => sizes[name] = Some((i, size)),
                    None => sizes[name] = Some((i, size)),
                    Some((first, other)) if other != size && (name >= all || size != 1) => {
                        let (axis, first) = (numbers.describe(name), ordinal(first));
                        let problem = format!(
                            "has {axis} of {other} in {first} and of {size} in {}",
                            ordinal(i)
                        );
                        return refuse("einsum", problem);
                    }
                    Some(_) => {}
                }
            }
        }
        let sizes: Vec<usize> = sizes.into_iter().map(|size| size.map_or(1, |(_, n)| n)).collect();
        let operand = |(names, x): (Vec<usize>, &DynTensor)| {
            let dims = x.dims();
            let is_broadcast = |&(axis, name): &(usize, usize)| dims[axis] != sizes[name];
            let axes = names.iter().copied().enumerate().filter(is_broadcast);
            let broadcast = axes.map(|(_, name)| name).collect();
            Operand { names, broadcast }
        };
        let operands = terms.into_iter().zip(operands).map(operand).collect();
        Ok(Self { operands, output, sizes })
    }
}

/// Checks the numbers of operands and axes, and the axes of the result. Returns how many axes the ellipsis of each
/// operand stands for.
fn check_form(
    terms: &[Vec<&str>],
    output: &[&str],
    operands: &[DynTensor],
) -> Result<Vec<Option<usize>>, ShapeError> {
    if terms.len() != operands.len() {
        let (named, given) = (terms.len(), operands.len());
        return refuse("einsum", format!("has an equation of {named} operands, found {given}"));
    }
    let dtype = operands[0].dtype();
    if let Some(x) = operands.iter().find(|x| !x.dtype().is_float() || x.dtype() != dtype) {
        let found = x.dtype();
        let problem = format!("takes operands of f32 or all of f64, found {dtype} and {found}");
        return refuse("einsum", problem);
    }
    let mut unnamed = Vec::new();
    for (i, (term, x)) in terms.iter().zip(operands).enumerate() {
        let letters = term.iter().filter(|name| **name != ELLIPSIS).count();
        let (own, is_open) = (ordinal(i), letters < term.len());
        if letters > x.rank() || (!is_open && letters < x.rank()) {
            let least = if is_open { "at least " } else { "" };
            let problem =
                format!("names {least}{letters} axes of {own}, which has shape {}", x.dims());
            return refuse("einsum", problem);
        }
        unnamed.push(is_open.then(|| x.rank() - letters));
    }
    if let Some(name) = (1..output.len()).find(|&i| output[..i].contains(&output[i])) {
        return refuse("einsum", format!("gives the axis `{}` twice", output[name]));
    }
    let is_open = output.contains(&ELLIPSIS);
    let unnamed_of_some = unnamed.iter().any(Option::is_some);
    match (is_open, unnamed_of_some) {
        (true, false) => refuse("einsum", "gives `...`, which no operand has".to_owned()),
        (false, true) => {
            refuse("einsum", "has `...` in an operand: write it in the result, too".to_owned())
        }
        _ => Ok(unnamed),
    }
}

//! The names of computed runtime axes, which are formulas such as `ceil((Height + 1) / 2)`.

use nnx_core::axis;
use nnx_core::size::Dim;

axis!(pub(crate) Height, pub(crate) Width);

/// The width that the name has in the formula.
pub(crate) const WIDTH: usize = 7;

/// The length of an axis where `Height` is `height`.
pub(crate) fn length<A: Dim>(height: usize) -> usize {
    let mut rest = A::NAME;
    let length = A::SIZE.unwrap_or_else(|| sum(&mut rest, height));
    assert_eq!(rest, "", "`{}` is no formula", A::NAME);
    length
}

fn sum(rest: &mut &'static str, height: usize) -> usize {
    let mut total = product(rest, height);
    loop {
        if take(rest, " + ") {
            total += product(rest, height);
        } else if take(rest, " - ") {
            total = total.saturating_sub(product(rest, height));
        } else {
            return total;
        }
    }
}

fn product(rest: &mut &'static str, height: usize) -> usize {
    let mut total = atom(rest, height);
    while take(rest, " * ") {
        total *= atom(rest, height);
    }
    total
}

fn atom(rest: &mut &'static str, height: usize) -> usize {
    let up = take(rest, "ceil");
    let down = take(rest, "floor");
    if take(rest, "(") {
        let mut total = sum(rest, height);
        if up || down {
            assert!(take(rest, " / "), "no divisor before `{rest}`");
            let divisor = atom(rest, height);
            total = if up { total.div_ceil(divisor) } else { total / divisor };
        }
        assert!(take(rest, ")"), "no `)` before `{rest}`");
        return total;
    }
    for (name, value) in [("Height", height), ("Width", WIDTH)] {
        if take(rest, name) {
            return value;
        }
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, behind) = rest.split_at(digits);
    *rest = behind;
    number.parse().unwrap_or_else(|_| panic!("no number before `{rest}`"))
}

fn take(rest: &mut &'static str, text: &str) -> bool {
    let behind = rest.strip_prefix(text);
    *rest = behind.unwrap_or(rest);
    behind.is_some()
}

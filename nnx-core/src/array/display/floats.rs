//! Floats as text, aligned at the decimal point.

use std::fmt::{Display, LowerExp};
use std::ops::Div;

/// The most decimals that are printed, unless the format has a precision.
const PRECISION: usize = 8;

/// A floating-point type.
pub(super) trait Number: Copy + Display + LowerExp + Div<Output = Self> + Into<f64> {
    /// Numbers of this magnitude or more are printed in scientific notation in arrays.
    const HUGE: f64;
    /// The same of a number by itself.
    const HUGE_ALONE: f64;
}
impl Number for f32 {
    const HUGE: f64 = 1e6;
    const HUGE_ALONE: f64 = 1e6;
}
impl Number for f64 {
    const HUGE: f64 = 1e8;
    const HUGE_ALONE: f64 = 1e16;
}

/// The digits of a finite number.
struct Digits {
    /// The digits before the point, with the sign.
    whole: String,
    fraction: String,
    exponent: String,
}

impl Digits {
    /// The shortest digits that give `x` back, rounded to [`PRECISION`], or exactly as many decimals as the precision
    /// says.
    fn of<E: Number>(x: E, scientific: bool, decimals: Option<usize>) -> Self {
        let rounded = |places: usize| match scientific {
            true => format!("{x:.places$e}"),
            false => format!("{x:.places$}"),
        };
        let shortest = || if scientific { format!("{x:e}") } else { format!("{x}") };
        let mut digits = Self::parse(&decimals.map_or_else(shortest, rounded));
        if decimals.is_none() && digits.fraction.len() > PRECISION {
            digits = Self::parse(&rounded(PRECISION));
            digits.fraction.truncate(digits.fraction.trim_end_matches('0').len());
        }
        digits
    }

    fn parse(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let [whole, fraction] = [whole, fraction].map(str::to_owned);
        Self { whole, fraction, exponent: exponent.to_owned() }
    }

    /// The exponent without its sign.
    fn power(&self) -> &str {
        self.exponent.trim_start_matches('-')
    }
}

/// A number by itself, as `str(numpy.float32(x))`: the shortest digits that give it back, in scientific notation if it is
/// below 1e-4 or huge. `decimals` is the precision of the format, if it has one.
pub(super) fn alone<E: Number>(x: E, decimals: Option<usize>) -> String {
    let size = x.into().abs();
    if !size.is_finite() {
        return x.to_string().to_lowercase();
    }
    if let Some(places) = decimals {
        return format!("{x:.places$}");
    }
    if size == 0.0 || (1e-4..E::HUGE_ALONE).contains(&size) {
        let text = x.to_string();
        return if text.contains('.') { text } else { format!("{text}.0") };
    }
    let text = format!("{x:e}");
    let digits = Digits::parse(&text);
    let mantissa = text.split('e').next().unwrap_or_default();
    let sign = if digits.exponent.starts_with('-') { '-' } else { '+' };
    format!("{mantissa}e{sign}{:0>2}", digits.power())
}

/// Numbers as text, padded to one width. `decimals` is the precision of the format, if it has one.
pub(super) fn aligned<E: Number>(values: &[E], decimals: Option<usize>) -> Vec<String> {
    let scientific = is_scientific(values, decimals);
    let mut words: Vec<Result<Digits, String>> = values
        .iter()
        .map(|&x| match x.into().is_finite() {
            true => Ok(Digits::of(x, scientific, decimals)),
            false => Err(x.to_string().to_lowercase()),
        })
        .collect();
    if scientific {
        // All numbers get as many decimals as the longest one. They are formatted again, not padded with zeros.
        let places = words.iter().flatten().map(|digits| digits.fraction.len()).max();
        for (word, &x) in words.iter_mut().zip(values) {
            if let Ok(digits) = word
                && Some(digits.fraction.len()) != places
            {
                *digits = Digits::of(x, scientific, places);
            }
        }
    }

    let longest = |length: fn(&Digits) -> usize| {
        words.iter().filter_map(|word| word.as_ref().ok()).map(length).max().unwrap_or(0)
    };
    let fraction = longest(|digits| digits.fraction.len());
    let power = longest(|digits| digits.power().len()).max(2);
    let behind = 1 + fraction + if scientific { 2 + power } else { 0 };
    let special = words.iter().filter_map(|word| word.as_ref().err()).map(String::len).max();
    let whole =
        longest(|digits| digits.whole.len()).max(special.unwrap_or(0).saturating_sub(behind));

    let text = |word: &Result<Digits, String>| match word {
        Err(special) => format!("{special:>width$}", width = whole + behind),
        Ok(digits) if scientific => {
            let sign = if digits.exponent.starts_with('-') { '-' } else { '+' };
            format!(
                "{:>whole$}.{}e{sign}{:0>power$}",
                digits.whole,
                digits.fraction,
                digits.power()
            )
        }
        Ok(digits) => format!("{:>whole$}.{:<fraction$}", digits.whole, digits.fraction),
    };
    words.iter().map(text).collect()
}

/// Whether the numbers are printed in scientific notation. They are if one is huge; without a precision, also if one is
/// tiny, or tiny compared with the largest one.
fn is_scientific<E: Number>(values: &[E], decimals: Option<usize>) -> bool {
    let size = |x: E| x.into().abs();
    let not_0 = || values.iter().copied().filter(|&x| size(x) > 0.0 && size(x).is_finite());
    let largest = not_0().max_by(|&a, &b| size(a).total_cmp(&size(b)));
    let smallest = not_0().min_by(|&a, &b| size(a).total_cmp(&size(b)));
    largest.zip(smallest).is_some_and(|(largest, smallest)| {
        let is_tiny = size(smallest) < 1e-4 || size(largest / smallest) > 1000.0;
        size(largest) >= E::HUGE || (decimals.is_none() && is_tiny)
    })
}

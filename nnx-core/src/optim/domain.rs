//! Which numbers settings of optimizers and schedules may be. Others are refused where they are given, with
//! what they are for, before they make parameters NaN.

/// A decay of a mean, within 0 to below 1: at 1 the mean never moves, and what corrects its start divides
/// by 0.
#[track_caller]
pub(super) fn decay(of: &str, _: &str, decay: f64) -> f64 {
    assert!(
        (0.0..1.0).contains(&decay),
        "{of}: a decay is what stays of the mean, from 0 to below 1; found {decay}"
    );
    decay
}

/// A number of 0 or more, and finite.
#[track_caller]
pub(super) fn positive(of: &str, what: &str, number: f64) -> f64 {
    assert!(
        number >= 0.0 && number.is_finite(),
        "{of}: expected `{what}` to be 0 or more, and finite; found {number}"
    );
    number
}

/// Numbers of 0 or more, and finite, by their names.
#[track_caller]
pub(super) fn all_positive(of: &str, numbers: &[(&str, f64)]) {
    for (what, number) in numbers {
        positive(of, what, *number);
    }
}

/// A finite number.
#[track_caller]
pub(super) fn finite(of: &str, what: &str, number: f64) -> f64 {
    assert!(number.is_finite(), "{of}: expected `{what}` to be finite; found {number}");
    number
}

/// A bound of 0 or more; infinity is no bound.
#[track_caller]
pub(super) fn bound(of: &str, what: &str, number: f64) -> f64 {
    assert!(number >= 0.0, "{of}: expected `{what}` to be 0 or more; found {number}");
    number
}

/// What stays of a momentum, within 0 to 1: above 1 it grows by itself.
#[track_caller]
pub(super) fn momentum(of: &str, what: &str, number: f64) -> f64 {
    assert!(
        (0.0..=1.0).contains(&number),
        "{of}: expected `{what}` to be from 0 to 1; found {number}"
    );
    number
}

/// The threshold of rectified Adam: below 4 the variance that it divides by is negative.
#[track_caller]
pub(super) fn threshold(of: &str, what: &str, number: f64) -> f64 {
    assert!(
        number >= 4.0 && number.is_finite(),
        "{of}: expected `{what}` to be 4 or more, and finite; found {number}"
    );
    number
}

/// A learning rate: `whose` says where it comes from.
#[track_caller]
pub(super) fn learning_rate(whose: std::fmt::Arguments<'_>, rate: f64) -> f64 {
    assert!(
        rate >= 0.0 && rate.is_finite(),
        "{whose}: expected a learning rate of 0 or more, and finite; found {rate}{}",
        if rate < 0.0 { " (to go uphill, negate the loss)" } else { "" }
    );
    rate
}

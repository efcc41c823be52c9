//! Checks of settings. An invalid setting of an optimizer or a schedule panics where it is given, before it
//! can make parameters NaN. Messages start with `of`, the optimizer or function, and name the setting.

/// A decay rate, in [0, 1). At 1 a moving average would never move, and its bias correction divide by 0.
#[track_caller]
pub(super) fn decay(of: &str, what: &str, decay: f64) -> f64 {
    assert!(
        (0.0..1.0).contains(&decay),
        "{of}: expected the decay rate `{what}` to be in [0, 1); found {decay}"
    );
    decay
}

/// A finite value of at least 0.
#[track_caller]
pub(super) fn non_negative(of: &str, what: &str, value: f64) -> f64 {
    assert!(
        value >= 0.0 && value.is_finite(),
        "{of}: expected `{what}` to be 0 or more, and finite; found {value}"
    );
    value
}

/// Finite values of at least 0, with their names.
#[track_caller]
pub(super) fn all_non_negative(of: &str, values: &[(&str, f64)]) {
    for (what, value) in values {
        non_negative(of, what, *value);
    }
}

/// A finite value.
#[track_caller]
pub(super) fn finite(of: &str, what: &str, value: f64) -> f64 {
    assert!(value.is_finite(), "{of}: expected `{what}` to be finite; found {value}");
    value
}

/// A bound of at least 0, or infinity for no bound.
#[track_caller]
pub(super) fn bound(of: &str, what: &str, value: f64) -> f64 {
    assert!(value >= 0.0, "{of}: expected `{what}` to be 0 or more; found {value}");
    value
}

/// A momentum, in [0, 1]. Above 1 the sum of past updates would grow by itself.
#[track_caller]
pub(super) fn momentum(of: &str, what: &str, value: f64) -> f64 {
    assert!(
        (0.0..=1.0).contains(&value),
        "{of}: expected `{what}` to be from 0 to 1; found {value}"
    );
    value
}

/// The threshold of RAdam, at least 4. Below 4 its rectification is the root of a negative value.
#[track_caller]
pub(super) fn threshold(of: &str, what: &str, value: f64) -> f64 {
    assert!(
        value >= 4.0 && value.is_finite(),
        "{of}: expected `{what}` to be 4 or more, and finite; found {value}"
    );
    value
}

/// A factor in (0, 1).
#[track_caller]
pub(super) fn fraction(of: &str, what: &str, value: f64) -> f64 {
    assert!(
        value > 0.0 && value < 1.0,
        "{of}: expected `{what}` to be above 0 and below 1; found {value}"
    );
    value
}

/// A share that isn't 0, in (0, 1].
#[track_caller]
pub(super) fn share(of: &str, what: &str, value: f64) -> f64 {
    assert!(
        value > 0.0 && value <= 1.0,
        "{of}: expected `{what}` to be above 0, and at most 1; found {value}"
    );
    value
}

/// A factor of at least 1.
#[track_caller]
pub(super) fn growth(of: &str, what: &str, value: f64) -> f64 {
    assert!(
        value >= 1.0 && value.is_finite(),
        "{of}: expected `{what}` to be 1 or more, and finite; found {value}"
    );
    value
}

/// Panics unless a learning rate is finite and at least 0. The message begins with `of`, such as the name of a
/// function.
#[track_caller]
pub(super) fn learning_rate(of: std::fmt::Arguments<'_>, rate: f64) -> f64 {
    assert!(
        rate >= 0.0 && rate.is_finite(),
        "{of}: expected a learning rate of 0 or more, and finite; found {rate}{}",
        if rate < 0.0 { " (to go uphill, negate the loss)" } else { "" }
    );
    rate
}

//! Bounds on the inputs of attention: sequences `(batch, time, features)`, and masks over them.

use crate::size::{
    BroadcastsTo, Dim, DivisibleBy, Grouped, Positive, Shape, Size, StretchesTo, U1, Ungrouped,
    assert_divides_in,
};

/// A sequence `(batch, time, I)`: the queries of an attention.
#[diagnostic::on_unimplemented(
    message = "attention takes sequences `(batch, time, {I})`, but its input has shape `{Self}`",
    label = "expected `(batch, time, {I})`",
    note = "the features of the queries are `In` of `MultiHeadAttention<Heads, In, ..>`"
)]
pub trait SequenceOf<I>: Shape {
    /// The batch.
    type Batch: Dim;
    /// The time.
    type Time: Dim;
    /// The sequence with other features.
    type With<O: Dim>: Shape;
}
impl<B: Dim, T: Dim, I: Dim> SequenceOf<I> for (B, T, I) {
    type Batch = B;
    type Time = T;
    type With<O: Dim> = (B, T, O);
}

/// A sequence `(batch, key time, I)`, of the same batch as the queries `Q` that attend to it.
#[diagnostic::on_unimplemented(
    message = "queries `{Q}` can't attend to `{Self}`: expected `(batch, key time, {I})` of the same batch",
    label = "expected `(batch, key time, {I})`",
    note = "the features of keys and values are those of the option `ContextFeatures<..>` of `MultiHeadAttention`, or `In` unless given"
)]
pub trait ContextOf<Q, I>: Shape {
    /// The time of the keys.
    type KeyTime: Dim;
}
#[diagnostic::do_not_recommend]
impl<B: Dim, T: Dim, S: Dim, X: Dim, I: Dim> ContextOf<(B, T, X), I> for (B, S, I) {
    type KeyTime = S;
}

/// A sequence of values for the keys `K`, with the same batch, time and features.
#[diagnostic::on_unimplemented(
    message = "values `{Self}` don't fit keys `{K}`: each key has one value",
    label = "expected shape `{K}`"
)]
pub trait ValuesFor<K>: Shape {}
#[diagnostic::do_not_recommend]
impl<S: Shape> ValuesFor<S> for S {}

/// Keys `(batch, key time, key heads, size)` for queries `Q` = `(batch, time, heads, size)`. The number of
/// heads must be divisible by the number of key heads.
#[diagnostic::on_unimplemented(
    message = "keys `{Self}` don't fit queries `{Q}`: batch and size must be equal, and the key heads divide the heads",
    label = "expected `(batch, key time, key heads, size)`",
    note = "where the heads are parameters, write the bound `H: DivisibleBy<K>`, for H heads of queries and K of keys"
)]
pub trait KeysOf<Q>: Shape {
    /// `(batch, heads, time, key time)`.
    type Scores: Shape;
    /// The check of the heads, which `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<B: Dim, T: Dim, H: DivisibleBy<K>, S: Dim, K: Size, D: Dim> KeysOf<(B, T, H, D)>
    for (B, S, K, D)
{
    type Scores = (B, H, T, S);
    const CHECKED: () = assert_divides_in::<H, K>(KEY_HEADS);
}

/// Values `(batch, key time, key heads, size)` for keys `K` and queries `Q`.
#[diagnostic::on_unimplemented(
    message = "values `{Self}` don't fit keys `{K}`: each key has one value",
    label = "expected `(batch, key time, key heads, size)`: all but the size are the keys'"
)]
pub trait ValuesOf<Q, K>: Shape {
    /// `(batch, time, heads, size of the values)`.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<B: Dim, T: Dim, H: Dim, S: Dim, K: Dim, D: Dim, V: Dim> ValuesOf<(B, T, H, D), (B, S, K, D)>
    for (B, S, K, V)
{
    type Output = (B, T, H, V);
}

/// A shape of four axes that broadcasts to the attention scores `S` = `(batch, heads, time, key time)`.
pub trait OverScores<S>: Shape + BroadcastsTo<S> {}
#[diagnostic::do_not_recommend]
impl<B: Dim, H: Dim, T: Dim, S: Dim, A, I, J, K> OverScores<(B, H, T, S)> for (A, I, J, K)
where
    A: Dim + StretchesTo<B>,
    I: Dim + StretchesTo<H>,
    J: Dim + StretchesTo<T>,
    K: Dim + StretchesTo<S>,
{
}

/// A value for each position of a sequence, `(batch, time)`, which may have one more axis.
#[diagnostic::on_unimplemented(
    message = "a mask is made from positions `(batch, time)`, but this has shape `{Self}`",
    label = "expected `(batch, time)` or `(batch, time, features)`"
)]
pub trait Positions: Shape {
    /// The batch.
    type Batch: Dim;
    /// The time.
    type Time: Dim;
}
#[diagnostic::do_not_recommend]
impl<B: Dim, T: Dim> Positions for (B, T) {
    type Batch = B;
    type Time = T;
}
#[diagnostic::do_not_recommend]
impl<B: Dim, T: Dim, I: Dim> Positions for (B, T, I) {
    type Batch = B;
    type Time = T;
}

/// Positions `(batch, key time)` of keys, for the positions `Q` = `(batch, time)` of queries.
#[diagnostic::on_unimplemented(
    message = "positions of keys `{Self}` don't fit positions of queries `{Q}`",
    label = "expected `(batch, key time)` of the same batch"
)]
pub trait KeyPositions<Q>: Shape {
    /// `(batch, 1, time, key time)`, which all heads share.
    type Mask: Shape;
}
#[diagnostic::do_not_recommend]
impl<B: Dim, T: Dim, S: Dim> KeyPositions<(B, T)> for (B, S) {
    type Mask = (B, U1, T, S);
}

/// Features that can be split into `Heads` heads of equal size, for `MultiHeadAttention`.
#[diagnostic::on_unimplemented(
    message = "`MultiHeadAttention` can't cut `{Self}` features into `{Heads}` heads",
    label = "the number of heads must divide the features",
    note = "the heads come first: `MultiHeadAttention<U8, U512>` has 8 heads and 512 features",
    note = "where the sizes are parameters, write the bound `D: DivisibleBy<{Heads}>` for the features `D`",
    note = "where they are computed from parameters, write `MultiHeadAttention<AtBuild<{Heads}>, ..>`, which `cargo build` checks"
)]
pub trait InHeads<Heads: Size>: Size {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<Heads>, Heads: Size> InHeads<Heads> for A {
    const CHECKED: () =
        assert_divides_in::<A, Heads>("`MultiHeadAttention` can't cut {0} features into {1} heads");
}

/// The message of a check that `cargo build` makes.
const KEY_HEADS: &str = "{1} key heads can't group the {0} heads of an attention";

/// The number of heads of keys and values for `Heads` heads of queries.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't group the `{Heads}` heads of an attention",
    label = "expected `Ungrouped`, or `Grouped<G>` for G heads of keys and values, where G divides `{Heads}`",
    note = "where the heads are parameters, write the bounds `{Heads}: DivisibleBy<G>` and `G: Positive`, or `Grouped<AtBuild<G>>`, which `cargo build` checks"
)]
pub trait KeyHeads<Heads>: 'static {
    /// The heads of keys and values.
    type Heads: Size;
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<Heads: Size> KeyHeads<Heads> for Ungrouped {
    type Heads = Heads;
    const CHECKED: () = ();
}
#[diagnostic::do_not_recommend]
impl<Heads: DivisibleBy<G>, G: Positive> KeyHeads<Heads> for Grouped<G> {
    type Heads = G;
    const CHECKED: () = {
        let () = <G as Positive>::CHECKED;
        assert_divides_in::<Heads, G>(KEY_HEADS);
    };
}

//! Binary naturals with total arithmetic.
//!
//! A natural is `UTerm` (zero) or `UInt<U, B>` (twice `U`, plus the bit `B`), both from typenum. Every
//! operation is an associated type without a condition, so it can be written for operands that are not
//! known yet; typenum's own operators would each ask for a `where` clause. Methods come in pairs: one
//! that looks at the left operand's lowest bit, and one that looks at the right operand's.

use typenum::{B0, B1, UInt, UTerm};

use super::digits::{Digits, Group};
use super::dim::{Const, Size, TooLarge};

/// A bit, `B0` or `B1`, which selects between types.
pub trait Bit: 'static {
    /// The bit as a value.
    const BIT: bool;
    /// Not self.
    type Not: Bit;
    /// Self and `R`.
    type And<R: Bit>: Bit;
    /// Self or `R`.
    type Or<R: Bit>: Bit;
    /// Self exclusive-or `R`.
    type Xor<R: Bit>: Bit;
    /// `T` for 1, `F` for 0.
    type If<T: Nat, F: Nat>: Nat;
    /// `T` for 1, `F` for 0, among sizes.
    type IfSize<T: Size, F: Size>: Size;
    /// `2 X + self`, without a leading zero.
    type Append<X: Nat>: Nat;
    /// The group `2 G + self` without its carry.
    type Double<G: Digits>: Digits;
    /// The carry of `2 G + self` out of three decimal digits.
    type Carry<G: Digits>: Bit;
}

impl Bit for B0 {
    const BIT: bool = false;
    type Not = B1;
    type And<R: Bit> = B0;
    type Or<R: Bit> = R;
    type Xor<R: Bit> = R;
    type If<T: Nat, F: Nat> = F;
    type IfSize<T: Size, F: Size> = F;
    type Append<X: Nat> = X::Twice;
    type Double<G: Digits> = G::Even;
    type Carry<G: Digits> = G::EvenCarry;
}

impl Bit for B1 {
    const BIT: bool = true;
    type Not = B0;
    type And<R: Bit> = R;
    type Or<R: Bit> = B1;
    type Xor<R: Bit> = R::Not;
    type If<T: Nat, F: Nat> = T;
    type IfSize<T: Size, F: Size> = T;
    type Append<X: Nat> = UInt<X, B1>;
    type Double<G: Digits> = G::Odd;
    type Carry<G: Digits> = G::OddCarry;
}

type Majority<A, B, C> = <<A as Bit>::And<B> as Bit>::Or<<C as Bit>::And<<A as Bit>::Or<B>>>;
type Parity<A, B, C> = <<A as Bit>::Xor<B> as Bit>::Xor<C>;
/// What `a - b - c` borrows from the next bit.
type BorrowOut<A, B, C> = Majority<<A as Bit>::Not, B, C>;

/// `A >= B`.
pub(super) type AtLeast<A, B> = <<A as Nat>::Borrows<B, B0> as Bit>::Not;
/// `max(A - B, 0)`.
pub(super) type Saturating<A, B> =
    <<A as Nat>::Borrows<B, B0> as Bit>::If<UTerm, <A as Nat>::Less<B, B0>>;
/// `1000 Hi + Lo`.
pub(super) type Shifted<Hi, Lo> = <<Hi as Nat>::Times<Nat1000> as Nat>::Plus<Lo>;
type Nat1000 = <<Group<500> as Digits>::Nat as Nat>::Twice;

/// A binary natural.
pub trait Nat: 'static {
    /// The natural as a value.
    const USIZE: usize;
    /// Is it 0?
    type IsZero: Bit;
    /// `2 self`, where zero stays `UTerm`.
    type Twice: Nat;
    /// `self + 1`.
    type Succ: Nat;
    /// `self - 1`, or 0.
    type Pred: Nat;
    /// `self + R`.
    type Plus<R: Nat>: Nat;
    /// `(2 L + B) + self`.
    type AddedTo<L: Nat, B: Bit>: Nat;
    /// `self * R`.
    type Times<R: Nat>: Nat;
    /// `self - R - Borrow`, meaningful where nothing is borrowed beyond the top.
    type Less<R: Nat, Borrow: Bit>: Nat;
    /// `(2 L + B) - self - Borrow`, likewise.
    type TakenFrom<L: Nat, B: Bit, Borrow: Bit>: Nat;
    /// Is `self < R + Borrow`?
    type Borrows<R: Nat, Borrow: Bit>: Bit;
    /// Is `2 L + B < self + Borrow`?
    type BorrowsFrom<L: Nat, B: Bit, Borrow: Bit>: Bit;
    /// `self / D`, rounded down.
    type Quotient<D: Nat>: Nat;
    /// `self % D`.
    type Remainder<D: Nat>: Nat;
    /// The lowest three decimal digits.
    type Ones: Digits;
    /// The next three.
    type Thousands: Digits;
    /// The next three.
    type Millions: Digits;
    /// Is it 10⁹ or more, which no size holds?
    type IsTooLarge: Bit;
    /// The same number as a size, which prints in decimal.
    type Size: Size;
}

impl Nat for UTerm {
    const USIZE: usize = 0;
    type IsZero = B1;
    type Twice = UTerm;
    type Succ = UInt<UTerm, B1>;
    type Pred = UTerm;
    type Plus<R: Nat> = R;
    type AddedTo<L: Nat, B: Bit> = UInt<L, B>;
    type Times<R: Nat> = UTerm;
    type Less<R: Nat, Borrow: Bit> = UTerm;
    type TakenFrom<L: Nat, B: Bit, Borrow: Bit> = Borrow::If<<UInt<L, B> as Nat>::Pred, UInt<L, B>>;
    type Borrows<R: Nat, Borrow: Bit> = <<R::IsZero as Bit>::Not as Bit>::Or<Borrow>;
    type BorrowsFrom<L: Nat, B: Bit, Borrow: Bit> = B0;
    type Quotient<D: Nat> = UTerm;
    type Remainder<D: Nat> = UTerm;
    type Ones = Group<0>;
    type Thousands = Group<0>;
    type Millions = Group<0>;
    type IsTooLarge = B0;
    type Size = Const<0>;
}

impl<U: Nat, A: Bit> Nat for UInt<U, A> {
    const USIZE: usize = 2 * U::USIZE + A::BIT as usize;
    type IsZero = B0;
    type Twice = UInt<UInt<U, A>, B0>;
    type Succ = A::If<UInt<U::Succ, B0>, UInt<U, B1>>;
    type Pred = A::If<U::Twice, UInt<U::Pred, B1>>;
    type Plus<R: Nat> = R::AddedTo<U, A>;
    type AddedTo<L: Nat, B: Bit> =
        <B::And<A> as Bit>::If<UInt<<L::Plus<U> as Nat>::Succ, B0>, UInt<L::Plus<U>, B::Xor<A>>>;
    type Times<R: Nat> =
        A::If<<<U::Times<R> as Nat>::Twice as Nat>::Plus<R>, <U::Times<R> as Nat>::Twice>;
    type Less<R: Nat, Borrow: Bit> = R::TakenFrom<U, A, Borrow>;
    type TakenFrom<L: Nat, B: Bit, Borrow: Bit> =
        <Parity<B, A, Borrow> as Bit>::Append<L::Less<U, BorrowOut<B, A, Borrow>>>;
    type Borrows<R: Nat, Borrow: Bit> = R::BorrowsFrom<U, A, Borrow>;
    type BorrowsFrom<L: Nat, B: Bit, Borrow: Bit> = L::Borrows<U, BorrowOut<B, A, Borrow>>;
    type Quotient<D: Nat> = <AtLeast<A::Append<U::Remainder<D>>, D> as Bit>::Append<U::Quotient<D>>;
    type Remainder<D: Nat> = <AtLeast<A::Append<U::Remainder<D>>, D> as Bit>::If<
        <A::Append<U::Remainder<D>> as Nat>::Less<D, B0>,
        A::Append<U::Remainder<D>>,
    >;
    // Decimal digits by doubling from the top bit down, the carry handed to the next group.
    type Ones = A::Double<U::Ones>;
    type Thousands = <A::Carry<U::Ones> as Bit>::Double<U::Thousands>;
    type Millions = <<A::Carry<U::Ones> as Bit>::Carry<U::Thousands> as Bit>::Double<U::Millions>;
    type IsTooLarge =
        <<<A::Carry<U::Ones> as Bit>::Carry<U::Thousands> as Bit>::Carry<U::Millions> as Bit>::Or<
            U::IsTooLarge,
        >;
    type Size = <Self::IsTooLarge as Bit>::IfSize<
        TooLarge,
        <<Self::Millions as Digits>::IsZero as Bit>::IfSize<
            <<Self::Thousands as Digits>::IsZero as Bit>::IfSize<
                <Self::Ones as Digits>::Alone,
                <Self::Thousands as Digits>::Over<Self::Ones>,
            >,
            <Self::Millions as Digits>::OverTwo<Self::Thousands, Self::Ones>,
        >,
    >;
}

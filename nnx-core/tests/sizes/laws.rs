//! Sizes against plain integers: every operation, over numbers of one to nine digits.
//!
//! A size is compared as a type, so that equal numbers are equal types: `Sum<U2, U3>` is `U5`, and nothing else
//! with the value 5.

use std::any::type_name;

use nnx_core::dim;
use nnx_core::size::{
    Difference, Dilated, Dim, Nat, OutOfRange, Product, Quotient, QuotientUp, Size, Sum, U2, U3,
    Windows,
};

/// No size is as large as this.
const LIMIT: u128 = 1_000_000_000;

/// A type without the paths of its parts.
fn printed<A>() -> String {
    let whole = type_name::<A>();
    whole.replace("nnx_core::size::dim::", "").replace("nnx_core::size::out_of_range::", "")
}

/// The size of a number as a type, in groups of three digits.
fn name(number: u128) -> String {
    let groups = [number / 1_000_000, number / 1000 % 1000, number % 1000];
    match groups {
        [millions, thousands, ones] if number >= LIMIT => {
            let (upper, millions) = (name(millions / 1000), name(millions % 1000));
            let (thousands, ones) = (name(thousands), name(ones));
            format!("TooLarge<{upper}, {millions}, {thousands}, {ones}>")
        }
        [0, 0, ones] => format!("U<{ones}>"),
        [0, thousands, ones] => format!("Thousand<{thousands}, {ones}>"),
        [millions, thousands, ones] => {
            format!("Million<{millions}, {thousands}, {ones}>")
        }
    }
}

#[track_caller]
fn is<A: Size>(number: u128, operation: &str) {
    assert_eq!(printed::<A>(), name(number), "{operation}");
    let value = <A::Nat as Nat>::USIZE as u128;
    assert_eq!(value, number.min(LIMIT), "the value of {operation}");
}

/// The result is no size, with the operands in its type: `BelowZero<U<3>, U<5>>`.
#[track_caller]
fn is_none<A: Size>(reason: &str, operands: &[u128]) {
    let operands: Vec<String> = operands.iter().map(|&operand| name(operand)).collect();
    assert_eq!(printed::<A>(), format!("{reason}<{}>", operands.join(", ")));
    assert_eq!(<A::Nat as Nat>::USIZE as u128, LIMIT);
}

/// All operations on two numbers.
fn operations<A: Size, B: Size>() {
    let (a, b) = (A::USIZE as u128, B::USIZE as u128);
    is::<A>(a, &format!("{a}"));
    is::<Sum<A, B>>(a + b, &format!("{a} + {b}"));
    is::<Product<A, B>>(a * b, &format!("{a} * {b}"));
    match a.checked_sub(b) {
        Some(difference) => is::<Difference<A, B>>(difference, &format!("{a} - {b}")),
        None => is_none::<Difference<A, B>>("BelowZero", &[a, b]),
    }
    match a.checked_div(b) {
        None => {
            is_none::<Quotient<A, B>>("DividedByZero", &[a]);
            is_none::<QuotientUp<A, B>>("DividedByZero", &[a]);
        }
        Some(quotient) => {
            is::<Quotient<A, B>>(quotient, &format!("{a} / {b}"));
            is::<QuotientUp<A, B>>(a.div_ceil(b), &format!("{a} / {b}, rounded up"));
        }
    }
    let dilated = if a == 0 { 0 } else { (a - 1) * b + 1 };
    is::<Dilated<A, B>>(dilated, &format!("{a} dilated by {b}"));
}

/// The positions of a window, counted one by one.
fn windows<A: Size, W: Size, S: Size>() {
    let (a, w, s) = (A::USIZE as u128, W::USIZE as u128, S::USIZE as u128);
    if s == 1 && a + 1 < w {
        // With a stride of 1 it is `A - (W - 1)`.
        return is_none::<Windows<A, W, S>>("BelowZero", &[a, w - 1]);
    }
    let positions = if a < w { 0 } else { (a - w) / s + 1 };
    is::<Windows<A, W, S>>(positions, &format!("windows of {w} by steps of {s} over {a}"));
}

/// Drawn at random, from 1 to 9 digits each, and pairs whose sums or products lie at a limit.
#[test]
fn every_operation_agrees_with_integers() {
    macro_rules! check {
        ($($a:literal, $b:literal;)+) => { $(
            operations::<dim!($a), dim!($b)>();
            operations::<dim!($b), dim!($a)>();
        )+ };
    }
    check! {
        48_110, 767; 3_411, 4_069; 172, 329_681_457; 13_928, 3_118_906; 4, 186; 69_122, 3_340_541;
        56_627, 8_975; 705_739_203, 7_110_306; 6_264_042, 54; 68_769, 756_259_028; 550, 81_937_473;
        400, 3_939; 482_518_886, 58_642; 45_133_138, 61_872; 691, 83_823_304; 4_861, 7_003;
        175, 8_778_813; 1_036_591, 1_724_919; 3_322, 69_742_616; 30_939, 5_215_740; 312_922, 645_629;
        820, 9_132; 1_697, 5; 290_999, 35_280; 906, 220_538_442; 3_741, 64; 966_519_191, 846_419_732;
        7, 776_427; 77, 2; 25_927, 6_058_382; 84_061, 70; 493_738_705, 0; 451_013, 608;
        672_053_998, 985_132_581; 39_937_660, 5_858; 6, 866_891_937; 856, 364; 4_609_978, 65_686;
        6_825, 5_708; 4_419_991, 546_085; 5, 8_728_787; 18, 9; 4, 8_364; 84_440_984, 6_584_568;
        4, 567_036_060; 251, 1; 963_506, 323; 49_761, 5_880_988; 5, 202; 614_747, 88_549_166;
        1_731_075, 661_043; 26_954, 5; 658, 105; 3_453, 71; 173_785, 376_894; 1_769, 4_911;
        944_165_008, 36_179_012; 1_909_731, 155_776_810; 88, 646; 659_515, 6_024_993; 658, 44_179;
        57, 0; 844, 1; 868_946_213, 21_918; 948_364, 3_693_402; 15_346, 22; 63_183, 8_905_896;
        5_492_286, 903; 560, 10_481; 131_422_794, 378_124_740; 53_509, 5_051; 536_359, 956;
        64_919_648, 30_325; 87_605_487, 597_316_580; 7_153, 35_597_796; 9, 7; 291_894_349, 205;
        9, 414; 73, 878_117_120; 3, 1_453_268; 123_652_972, 405; 765, 8; 5_318_629, 8_970; 9, 41;
        656_118, 110_297_626; 55_624_065, 1_832; 852_264_057, 4_949_720; 895_153_447, 1;
        255_569, 57_306_879; 797, 855_853; 5_644, 42; 228, 710; 17, 789_018_821; 724, 127_969_481;
        57_822_517, 9_376_269; 544_389_224, 66; 401_161_723, 497_999; 36, 493_534; 71, 6_035_539;
        7, 7_887_225; 85_723_597, 1; 38_244, 2; 448_549_948, 79_588; 8_068, 416_323_882; 3, 24;
        168, 515_160_377; 6_134, 116; 814, 150; 3, 3_989_484; 2_353_693, 78_889_077; 214, 5;
        8, 936_046_594; 193, 6_114_533; 5_990_149, 5_296; 85_884, 548_493_853; 46_723, 2_588; 30, 1;
        29_603, 6_003; 23, 69_259_295; 15, 551_079_063; 999_999_999, 1; 999_999_998, 1;
        999_999_999, 999_999_999; 31_622, 31_623; 31_623, 31_623; 1_000, 1_000_000; 999, 999;
        1_000, 1; 1_000_000, 1; 100, 1_000; 10_000, 9_999; 999_999_999, 2; 999_999_999, 10;
        111_111_111, 9; 1, 999_999_999; 0, 999_999_999; 500_000_000, 500_000_000;
    }
}

#[test]
fn every_operation_agrees_with_integers_for_all_pairs_of_small_numbers() {
    macro_rules! check {
        ($($a:literal)+) => { $( check!(@ $a: 0 1 2 3 4 5 6 7 8 9 10 11 12); )+ };
        (@ $a:literal: $($b:literal)+) => { $( operations::<dim!($a), dim!($b)>(); )+ };
    }
    check!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 99 100 101);
}

#[test]
fn windows_are_as_many_as_there_are_positions() {
    macro_rules! check {
        ($($a:literal, $w:literal, $s:literal;)+) => { $( windows::<dim!($a), dim!($w), dim!($s)>(); )+ };
    }
    check! {
        54_518_210, 11, 2; 11, 11, 11; 574, 1, 2; 2, 2, 2; 5, 3, 2; 10, 11, 1; 1, 2, 2; 4, 5, 3;
        172, 173, 980; 29_185_734, 7, 873; 10, 11, 1; 8, 5, 3; 4, 5, 2; 4_432_917, 2, 2;
        2_066, 1, 458; 4, 5, 5; 6, 7, 525; 3, 2, 1; 170, 2, 2; 604, 11, 11; 813, 813, 1; 2_472, 11, 2;
        4, 5, 1; 13, 11, 2; 22, 11, 11; 654, 652, 2; 0, 1, 1; 69_150, 5, 3; 4, 5, 2; 5, 2, 3;
        1_352, 1, 679; 23_155, 1, 1; 3, 3, 1; 9, 7, 2; 479, 1, 478; 2_438, 3, 3; 4, 3, 1;
        2_035, 11, 3; 7, 7, 7; 6, 2, 1; 7, 7, 2; 3, 3, 3; 38, 39, 39; 2, 3, 2; 37_687_602, 3, 888;
        4, 2, 2; 58, 5, 862; 2_997, 3, 1; 2, 1, 1; 0, 1, 1; 18, 5, 2; 1_015, 2, 1; 6, 7, 1;
        22, 11, 11; 10, 7, 3; 8, 7, 1; 10, 11, 3; 4, 2, 2; 4, 2, 2; 1, 2, 413;
    }
}

/// So a message has the numbers of the operation that went wrong, not of what was computed from it.
#[test]
fn what_is_computed_from_no_size_is_the_same_no_size() {
    #[track_caller]
    fn same<A: Size, N: Size>() {
        assert_eq!(type_name::<A>(), type_name::<N>());
    }
    fn all<A: Size, N: Size>() {
        same::<Sum<A, N>, N>();
        same::<Sum<N, A>, N>();
        same::<Product<A, N>, N>();
        same::<Product<N, A>, N>();
        same::<Difference<A, N>, N>();
        same::<Difference<N, A>, N>();
        same::<Quotient<A, N>, N>();
        same::<Quotient<N, A>, N>();
        same::<QuotientUp<A, N>, N>();
        same::<QuotientUp<N, A>, N>();
        same::<Dilated<N, A>, N>();
        same::<Windows<N, A, A>, N>();
    }
    fn of_each<A: Size>() {
        all::<A, OutOfRange>();
        all::<A, Product<dim!(50_000), dim!(40_000)>>();
        all::<A, Difference<U2, U3>>();
    }
    of_each::<dim!(0)>();
    of_each::<dim!(1)>();
    of_each::<dim!(784)>();
    of_each::<dim!(999_999_999)>();
}

#[test]
fn nothing_divides_a_size_that_is_too_large() {
    fn divides<A: Dim, B: Size>() -> bool {
        type_name::<A::IsMultiple<B>>().ends_with("Bit1")
    }
    assert!(divides::<dim!(1_000), dim!(8)>());
    assert!(!divides::<OutOfRange, dim!(8)>() && !divides::<OutOfRange, dim!(1)>());
}

/// The test is that this compiles: the right side is the type that one would write.
#[test]
fn a_parameter_stays_itself_under_a_neutral_operand() {
    fn is<A: Same<B>, B>() {}
    trait Same<B> {}
    impl<A> Same<A> for A {}

    fn laws<H: Size, W: Size>() {
        is::<Sum<H, dim!(0)>, H>();
        is::<Difference<H, dim!(0)>, H>();
        is::<Product<H, dim!(1)>, H>();
        is::<Quotient<H, dim!(1)>, H>();
        is::<QuotientUp<H, dim!(1)>, H>();
        is::<Dilated<H, dim!(1)>, H>();
        is::<Windows<H, dim!(1), dim!(1)>, H>();
        is::<Windows<H, dim!(3), dim!(1)>, Difference<H, dim!(2)>>();
        is::<Windows<H, W, dim!(1)>, Difference<H, Difference<W, dim!(1)>>>();
        is::<Windows<H, dim!(2), dim!(2)>, Quotient<H, dim!(2)>>();
        is::<Windows<H, dim!(1000), dim!(1000)>, Quotient<H, dim!(1000)>>();
        is::<Windows<H, dim!(1), dim!(2)>, QuotientUp<H, dim!(2)>>();
        // Also if the operand is itself computed.
        is::<Product<QuotientUp<H, W>, Difference<dim!(3), dim!(2)>>, QuotientUp<H, W>>();
    }
    laws::<dim!(28), dim!(3)>();
}

//! The lengths of tuples that are modules, in one list.

/// Calls the macro `callback` once for each tuple of 1 to 16 elements, with a type parameter and an index for each
/// element: `callback!(A 0)`, `callback!(A 0 B 1)`, ..
macro_rules! for_each_tuple {
    ($callback:ident) => {
        for_each_tuple!(@longer $callback []
            A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15);
    };
    (@longer $callback:ident [$($shorter:tt)*]) => {};
    (@longer $callback:ident [$($shorter:tt)*] $element:ident $index:tt $($rest:tt)*) => {
        $callback!($($shorter)* $element $index);
        for_each_tuple!(@longer $callback [$($shorter)* $element $index] $($rest)*);
    };
}
pub(super) use for_each_tuple;

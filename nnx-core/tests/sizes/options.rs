//! Options of layers with windows: what each list of them sets, in any order.

use std::any::type_name;

use nnx_core::size::{
    ConvOptions, ConvTransposeOptions, Grouped, InOut, InputDilation, KernelDilation, OutIn,
    PoolOptions, Same, Strided, U1, U2, U3, U4, U5, U8, U12, Ungrouped, Valid,
};

/// The settings of a convolution's options, by name.
fn settings<O: ConvOptions<U8, U12>>() -> [&'static str; 5] {
    [
        type_name::<O::Strides>(),
        type_name::<O::Pad>(),
        type_name::<O::KernelDilation>(),
        type_name::<O::Groups>(),
        type_name::<O::InputDilation>(),
    ]
}

/// Each subset of the options, in the given order and in reverse, compared with the settings that it should make.
macro_rules! subsets {
    // At the end of the list: the chosen options, the same in reverse, and the expected settings.
    ([$($chosen:ty),*] [$($reversed:ty),*] [$($set:ty),*]) => {{
        let expected = [$(type_name::<$set>()),*];
        assert_eq!(settings::<($($chosen,)*)>(), expected, stringify!($($chosen),*));
        assert_eq!(settings::<($($reversed,)*)>(), expected, stringify!($($reversed),*));
        1
    }};
    ([$($chosen:ty),*] [$($reversed:ty),*] [$($set:ty),*]
        $option:ty: $value:ty, $default:ty; $($rest:tt)*) => {
        subsets!([$($chosen),*] [$($reversed),*] [$($set,)* $default] $($rest)*)
            + subsets!([$($chosen,)* $option] [$option $(, $reversed)*] [$($set,)* $value] $($rest)*)
    };
}

#[test]
fn each_list_of_options_sets_what_it_names_and_leaves_the_rest_at_the_default() {
    let subsets = subsets! { [] [] []
        Strided<U2>: U2, U1;
        Valid: Valid, Same;
        KernelDilation<(U3, U1)>: (U3, U1), U1;
        Grouped<U4>: Grouped<U4>, Ungrouped;
        InputDilation<U5>: U5, U1;
    };
    assert_eq!(subsets, 32);
}

/// Types that differ don't compile here.
fn same<A: ConvOptions<U8, U12>, B>()
where
    B: ConvOptions<
            U8,
            U12,
            Strides = A::Strides,
            Pad = A::Pad,
            KernelDilation = A::KernelDilation,
            Groups = A::Groups,
            InputDilation = A::InputDilation,
        >,
{
}

#[test]
fn the_order_of_options_does_not_matter() {
    type S = Strided<U2>;
    type D = KernelDilation<U3>;
    type G = Grouped<U4>;
    same::<(S, Valid), (Valid, S)>();
    same::<(S, Valid, D), (S, D, Valid)>();
    same::<(S, Valid, D), (Valid, S, D)>();
    same::<(S, Valid, D), (Valid, D, S)>();
    same::<(S, Valid, D), (D, S, Valid)>();
    same::<(S, Valid, D), (D, Valid, S)>();
    same::<(S, Valid, D, G), (G, Valid, S, D)>();
    // One option equals a tuple of one. An option that is the default equals no option.
    same::<S, (S,)>();
    same::<(), (Same, Ungrouped, Strided<U1>, KernelDilation<U1>, InputDilation<U1>)>();
}

#[test]
fn each_layer_has_its_own_defaults() {
    fn transposed<O: ConvTransposeOptions<U8, U12>>() -> [&'static str; 4] {
        [
            type_name::<O::Strides>(),
            type_name::<O::Pad>(),
            type_name::<O::KernelDilation>(),
            type_name::<O::Order>(),
        ]
    }
    fn pool<O: PoolOptions<(U3, U2)>>() -> [&'static str; 2] {
        [type_name::<O::Strides>(), type_name::<O::Pad>()]
    }
    let [one, two, same, valid] =
        [type_name::<U1>(), type_name::<U2>(), type_name::<Same>(), type_name::<Valid>()];
    let [in_out, out_in] = [type_name::<InOut>(), type_name::<OutIn>()];
    assert_eq!(transposed::<()>(), [one, same, one, in_out]);
    assert_eq!(transposed::<OutIn>(), [one, same, one, out_in]);
    type All = (OutIn, KernelDilation<U2>, Strided<U2>, Valid);
    assert_eq!(transposed::<All>(), [two, valid, two, out_in]);

    let window = type_name::<(U3, U2)>();
    assert_eq!(pool::<()>(), [window, valid]);
    assert_eq!(pool::<Same>(), [window, same]);
    assert_eq!(pool::<Strided<U2>>(), [two, valid]);
    assert_eq!(pool::<(Same, Strided<U2>)>(), [two, same]);
}

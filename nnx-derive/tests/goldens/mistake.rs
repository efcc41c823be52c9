#[derive(Module)]
#[module(sequential)]
struct Chain {
    #[module(rename = "a/b")]
    first: Linear<U2, U3>,
}

::core::compile_error! {
    "a path segment can't contain `/`, which separates segments"
}
#[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl __nnx::module::Module for Chain {
        fn visit(&self, _: &mut __nnx::module::Visitor<'_>) {}
        fn visit_mut(&mut self, _: &mut __nnx::module::VisitorMut<'_>) {}
        fn visit_modules(&mut self, _: &mut __nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {}
    }
    #[automatically_derived]
    impl __nnx::module::Init for Chain {
        fn init(_: &mut __nnx::random::Rngs) -> Self {
            loop {}
        }
    }
    #[automatically_derived]
    impl<__X0, __X1> __nnx::module::derive_support::SequentialLayers<__X0> for Chain
    where
        __X0: __nnx::module::derive_support::LayerInput<Linear<U2, U3>, Output = __X1>,
    {
        type Output = __X1;
        fn run(&self, __x: __X0, __pass: &mut __nnx::module::Pass) -> Self::Output {
            let __x = __nnx::module::derive_support::LayerInput::feed(
                __x,
                &self.first,
                __pass,
            );
            __x
        }
    }
    #[automatically_derived]
    impl<__X0, __X1> __nnx::module::Layer<__X0> for Chain
    where
        Self: __nnx::module::derive_support::SequentialLayers<__X0, Output = __X1>,
    {
        type Output = __X1;
        fn forward(&self, __x: __X0, __pass: &mut __nnx::module::Pass) -> Self::Output {
            __nnx::module::derive_support::SequentialLayers::run(self, __x, __pass)
        }
    }
    #[automatically_derived]
    impl<__X0, __X1> __nnx::module::Cost<__X0> for Chain
    where
        __X0: __nnx::module::derive_support::CostOf<Linear<U2, U3>, Output = __X1>,
    {
        const FLOPS: ::core::primitive::u64 = 0
            + <__X0 as __nnx::module::derive_support::CostOf<Linear<U2, U3>>>::FLOPS;
        const ACTIVATION_BYTES: ::core::primitive::u64 = {
            let __most = 0;
            let __most = __nnx::module::derive_support::larger(
                __most,
                <__X0 as __nnx::module::derive_support::CostOf<
                    Linear<U2, U3>,
                >>::ACTIVATION_BYTES,
            );
            __most
        };
    }
    #[automatically_derived]
    impl<const __RANK: ::core::primitive::usize> __nnx::module::ReceptiveField<__RANK>
    for Chain
    where
        for<'__any> Linear<U2, U3>: __nnx::module::ReceptiveField<__RANK>,
    {
        const FIELD: [::core::primitive::usize; __RANK] = {
            let (__field, __stride) = ([1; __RANK], [1; __RANK]);
            let __field = __nnx::module::derive_support::field_after(
                __field,
                __stride,
                <Linear<U2, U3> as __nnx::module::ReceptiveField<__RANK>>::FIELD,
            );
            let __stride = __nnx::module::derive_support::stride_after(
                __stride,
                <Linear<U2, U3> as __nnx::module::ReceptiveField<__RANK>>::STRIDE,
            );
            let _ = __stride;
            __field
        };
        const STRIDE: [::core::primitive::usize; __RANK] = {
            let __stride = [1; __RANK];
            let __stride = __nnx::module::derive_support::stride_after(
                __stride,
                <Linear<U2, U3> as __nnx::module::ReceptiveField<__RANK>>::STRIDE,
            );
            __stride
        };
    }
};

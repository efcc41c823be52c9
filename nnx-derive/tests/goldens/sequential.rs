#[derive(Module)]
#[module(sequential)]
struct Chain<L> {
    first: Linear<U2, U3>,
    #[module(skip)]
    note: String,
    second: L,
}

#[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl<L> __nnx::module::Module for Chain<L>
    where
        L: __nnx::module::Module,
    {
        fn visit(&self, __visitor: &mut __nnx::module::Visitor<'_>) {
            __nnx::module::Visitor::enter(__visitor, self);
            __nnx::module::derive_support::is_module(&(self.first));
            __nnx::module::Visitor::field(__visitor, "first", &(self.first));
            __nnx::module::Visitor::field(__visitor, "second", &(self.second));
        }
        fn visit_mut(&mut self, __visitor: &mut __nnx::module::VisitorMut<'_>) {
            __nnx::module::derive_support::is_module(&(self.first));
            __nnx::module::VisitorMut::field(__visitor, "first", &mut (self.first));
            __nnx::module::VisitorMut::field(__visitor, "second", &mut (self.second));
        }
        fn visit_modules(&mut self, __visitor: &mut __nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {
            __nnx::module::ModuleVisitor::enter(__visitor, self);
            __nnx::module::derive_support::is_module(&(self.first));
            __nnx::module::ModuleVisitor::field(__visitor, "first", &mut (self.first));
            __nnx::module::ModuleVisitor::field(__visitor, "second", &mut (self.second));
        }
    }
    #[automatically_derived]
    impl<L> __nnx::module::Init for Chain<L>
    where
        for<'__any> Linear<U2, U3>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<Linear<U2, U3>>,
        for<'__any> String: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::DefaultField<String>,
        for<'__any> L: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<L>,
    {
        fn init(__rngs: &mut __nnx::random::Rngs) -> Self {
            Self {
                first: <Self as __nnx::module::derive_support::InitField<
                    Linear<U2, U3>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        Linear<U2, U3>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                note: <Self as __nnx::module::derive_support::DefaultField<
                    String,
                >>::make(__rngs),
                second: <Self as __nnx::module::derive_support::InitField<
                    L,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        L,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
            }
        }
    }
    #[automatically_derived]
    impl<L> __nnx::module::ParameterCount for Chain<L>
    where
        for<'__any> Self: __nnx::module::derive_support::CountField<Linear<U2, U3>>,
        for<'__any> Self: __nnx::module::derive_support::CountField<L>,
    {
        const PARAMETERS: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                Linear<U2, U3>,
            >>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<L>>::PARAMETERS;
        const PARAMETER_BYTES: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                Linear<U2, U3>,
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<L>>::PARAMETER_BYTES;
    }
    #[automatically_derived]
    impl<L, __X0, __X1, __X2> __nnx::module::derive_support::SequentialLayers<__X0>
    for Chain<L>
    where
        __X0: __nnx::module::derive_support::LayerInput<Linear<U2, U3>, Output = __X1>,
        __X1: __nnx::module::derive_support::LayerInput<L, Output = __X2>,
    {
        type Output = __X2;
        fn run(&self, __x: __X0, __pass: &mut __nnx::module::Pass) -> Self::Output {
            let __x = __nnx::module::derive_support::LayerInput::feed(
                __x,
                &self.first,
                __pass,
            );
            let __x = __nnx::module::derive_support::LayerInput::feed(
                __x,
                &self.second,
                __pass,
            );
            __x
        }
    }
    #[automatically_derived]
    impl<L, __X0, __X2> __nnx::module::Layer<__X0> for Chain<L>
    where
        Self: __nnx::module::derive_support::SequentialLayers<__X0, Output = __X2>,
    {
        type Output = __X2;
        fn forward(&self, __x: __X0, __pass: &mut __nnx::module::Pass) -> Self::Output {
            __nnx::module::derive_support::SequentialLayers::run(self, __x, __pass)
        }
    }
    #[automatically_derived]
    impl<L, __X0, __X1, __X2> __nnx::module::Cost<__X0> for Chain<L>
    where
        __X0: __nnx::module::derive_support::CostOf<Linear<U2, U3>, Output = __X1>,
        __X1: __nnx::module::derive_support::CostOf<L, Output = __X2>,
    {
        const FLOPS: ::core::primitive::u64 = 0
            + <__X0 as __nnx::module::derive_support::CostOf<Linear<U2, U3>>>::FLOPS
            + <__X1 as __nnx::module::derive_support::CostOf<L>>::FLOPS;
        const ACTIVATION_BYTES: ::core::primitive::u64 = {
            let __most = 0;
            let __most = __nnx::module::derive_support::larger(
                __most,
                <__X0 as __nnx::module::derive_support::CostOf<
                    Linear<U2, U3>,
                >>::ACTIVATION_BYTES,
            );
            let __most = __nnx::module::derive_support::larger(
                __most,
                <__X1 as __nnx::module::derive_support::CostOf<L>>::ACTIVATION_BYTES,
            );
            __most
        };
    }
    #[automatically_derived]
    impl<L, const __RANK: ::core::primitive::usize> __nnx::module::ReceptiveField<__RANK>
    for Chain<L>
    where
        for<'__any> Linear<U2, U3>: __nnx::module::ReceptiveField<__RANK>,
        for<'__any> L: __nnx::module::ReceptiveField<__RANK>,
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
            let __field = __nnx::module::derive_support::field_after(
                __field,
                __stride,
                <L as __nnx::module::ReceptiveField<__RANK>>::FIELD,
            );
            let __stride = __nnx::module::derive_support::stride_after(
                __stride,
                <L as __nnx::module::ReceptiveField<__RANK>>::STRIDE,
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
            let __stride = __nnx::module::derive_support::stride_after(
                __stride,
                <L as __nnx::module::ReceptiveField<__RANK>>::STRIDE,
            );
            __stride
        };
    }
};

#[derive(Module)]
#[module(sequential)]
struct Chain<L> {
    first: Linear<U2, U3>,
    #[module(skip)]
    note: String,
    second: L,
}

const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl<L> __nnx::module::Module for Chain<L>
    where
        L: __nnx::module::Module,
    {
        fn visit(&self, visitor: &mut __nnx::module::Visitor<'_>) {
            __nnx::module::derive_support::is_module(&(self.first));
            visitor.field("first", &(self.first));
            visitor.field("second", &(self.second));
        }
        fn visit_mut(&mut self, visitor: &mut __nnx::module::VisitorMut<'_>) {
            __nnx::module::derive_support::is_module(&(self.first));
            visitor.field("first", &mut (self.first));
            visitor.field("second", &mut (self.second));
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
        fn init(rngs: &mut __nnx::random::Rngs) -> Self {
            Self {
                first: <Self as __nnx::module::derive_support::InitField<
                    Linear<U2, U3>,
                >>::make(rngs),
                note: <Self as __nnx::module::derive_support::DefaultField<
                    String,
                >>::make(rngs),
                second: <Self as __nnx::module::derive_support::InitField<L>>::make(rngs),
            }
        }
    }
    #[automatically_derived]
    impl<L> __nnx::module::ParameterCount for Chain<L>
    where
        for<'__any> Self: __nnx::module::derive_support::CountField<Linear<U2, U3>>,
        for<'__any> Self: __nnx::module::derive_support::CountField<L>,
    {
        const PARAMETERS: usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                Linear<U2, U3>,
            >>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<L>>::PARAMETERS;
        const PARAMETER_BYTES: usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                Linear<U2, U3>,
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<L>>::PARAMETER_BYTES;
    }
    #[automatically_derived]
    impl<L, __X0, __X1, __X2> __nnx::module::derive_support::Chain<__X0> for Chain<L>
    where
        __X0: __nnx::module::derive_support::Feeds<Linear<U2, U3>, Output = __X1>,
        __X1: __nnx::module::derive_support::Feeds<L, Output = __X2>,
    {
        type Output = __X2;
        fn run(&self, x: __X0, pass: &mut __nnx::module::Pass) -> Self::Output {
            let x = __nnx::module::derive_support::Feeds::feed(x, &self.first, pass);
            let x = __nnx::module::derive_support::Feeds::feed(x, &self.second, pass);
            x
        }
    }
    #[automatically_derived]
    impl<L, __X0, __X2> __nnx::module::Layer<__X0> for Chain<L>
    where
        Self: __nnx::module::derive_support::Chain<__X0, Output = __X2>,
    {
        type Output = __X2;
        fn forward(&self, x: __X0, pass: &mut __nnx::module::Pass) -> Self::Output {
            __nnx::module::derive_support::Chain::run(self, x, pass)
        }
    }
    #[automatically_derived]
    impl<L, __X0, __X1, __X2> __nnx::module::Cost<__X0> for Chain<L>
    where
        __X0: __nnx::module::derive_support::CostsIn<Linear<U2, U3>, Output = __X1>,
        __X1: __nnx::module::derive_support::CostsIn<L, Output = __X2>,
    {
        const FLOPS: u64 = 0
            + <__X0 as __nnx::module::derive_support::CostsIn<Linear<U2, U3>>>::FLOPS
            + <__X1 as __nnx::module::derive_support::CostsIn<L>>::FLOPS;
        const ACTIVATION_BYTES: u64 = {
            let most = 0;
            let most = __nnx::module::derive_support::larger(
                most,
                <__X0 as __nnx::module::derive_support::CostsIn<
                    Linear<U2, U3>,
                >>::ACTIVATION_BYTES,
            );
            let most = __nnx::module::derive_support::larger(
                most,
                <__X1 as __nnx::module::derive_support::CostsIn<L>>::ACTIVATION_BYTES,
            );
            most
        };
    }
    #[automatically_derived]
    impl<L, const __RANK: usize> __nnx::module::ReceptiveField<__RANK> for Chain<L>
    where
        for<'__any> Linear<U2, U3>: __nnx::module::ReceptiveField<__RANK>,
        for<'__any> L: __nnx::module::ReceptiveField<__RANK>,
    {
        const FIELD: [usize; __RANK] = {
            let (field, stride) = ([1; __RANK], [1; __RANK]);
            let field = __nnx::module::derive_support::field_through(
                field,
                stride,
                <Linear<U2, U3> as __nnx::module::ReceptiveField<__RANK>>::FIELD,
            );
            let stride = __nnx::module::derive_support::stride_through(
                stride,
                <Linear<U2, U3> as __nnx::module::ReceptiveField<__RANK>>::STRIDE,
            );
            let field = __nnx::module::derive_support::field_through(
                field,
                stride,
                <L as __nnx::module::ReceptiveField<__RANK>>::FIELD,
            );
            let stride = __nnx::module::derive_support::stride_through(
                stride,
                <L as __nnx::module::ReceptiveField<__RANK>>::STRIDE,
            );
            let _ = stride;
            field
        };
        const STRIDE: [usize; __RANK] = {
            let stride = [1; __RANK];
            let stride = __nnx::module::derive_support::stride_through(
                stride,
                <Linear<U2, U3> as __nnx::module::ReceptiveField<__RANK>>::STRIDE,
            );
            let stride = __nnx::module::derive_support::stride_through(
                stride,
                <L as __nnx::module::ReceptiveField<__RANK>>::STRIDE,
            );
            stride
        };
    }
};

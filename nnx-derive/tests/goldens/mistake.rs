#[derive(Module)]
#[module(sequential)]
struct Chain {
    #[module(rename = "a/b")]
    first: Linear<U2, U3>,
}

::core::compile_error! {
    "a path segment can't contain `/`, which stands between segments"
}
const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl __nnx::module::Module for Chain {
        fn visit(&self, _: &mut __nnx::module::Visitor<'_>) {}
        fn visit_mut(&mut self, _: &mut __nnx::module::VisitorMut<'_>) {}
    }
    #[automatically_derived]
    impl __nnx::module::Init for Chain {
        fn init(_: &mut __nnx::random::Rngs) -> Self {
            loop {}
        }
    }
    #[automatically_derived]
    impl<__X0, __X1> __nnx::module::derive_support::Chain<__X0> for Chain
    where
        __X0: __nnx::module::derive_support::Feeds<Linear<U2, U3>, Output = __X1>,
    {
        type Output = __X1;
        fn run(&self, x: __X0, pass: &mut __nnx::module::Pass) -> Self::Output {
            let x = __nnx::module::derive_support::Feeds::feed(x, &self.first, pass);
            x
        }
    }
    #[automatically_derived]
    impl<__X0, __X1> __nnx::module::Layer<__X0> for Chain
    where
        Self: __nnx::module::derive_support::Chain<__X0, Output = __X1>,
    {
        type Output = __X1;
        fn forward(&self, x: __X0, pass: &mut __nnx::module::Pass) -> Self::Output {
            __nnx::module::derive_support::Chain::run(self, x, pass)
        }
    }
    #[automatically_derived]
    impl<__X0, __X1> __nnx::module::Cost<__X0> for Chain
    where
        __X0: __nnx::module::derive_support::CostsIn<Linear<U2, U3>, Output = __X1>,
    {
        const FLOPS: u64 = 0
            + <__X0 as __nnx::module::derive_support::CostsIn<Linear<U2, U3>>>::FLOPS;
        const ACTIVATION_BYTES: u64 = {
            let most = 0;
            let most = __nnx::module::derive_support::larger(
                most,
                <__X0 as __nnx::module::derive_support::CostsIn<
                    Linear<U2, U3>,
                >>::ACTIVATION_BYTES,
            );
            most
        };
    }
    #[automatically_derived]
    impl<const __RANK: usize> __nnx::module::ReceptiveField<__RANK> for Chain
    where
        for<'__any> Linear<U2, U3>: __nnx::module::ReceptiveField<__RANK>,
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
            let _ = stride;
            field
        };
        const STRIDE: [usize; __RANK] = {
            let stride = [1; __RANK];
            let stride = __nnx::module::derive_support::stride_through(
                stride,
                <Linear<U2, U3> as __nnx::module::ReceptiveField<__RANK>>::STRIDE,
            );
            stride
        };
    }
};

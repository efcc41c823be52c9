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
        for<'__any> Linear<U2, U3>: __nnx::module::Init,
        for<'__any> String: ::core::default::Default,
        for<'__any> L: __nnx::module::Init,
    {
        fn init(rngs: &mut __nnx::random::Rngs) -> Self {
            Self {
                first: <Linear<U2, U3> as __nnx::module::Init>::init(rngs),
                note: <String as ::core::default::Default>::default(),
                second: <L as __nnx::module::Init>::init(rngs),
            }
        }
    }
    #[automatically_derived]
    impl<L, __X0, __X1, __X2> __nnx::module::Layer<__X0> for Chain<L>
    where
        __X0: __nnx::module::derive_support::Feeds<Linear<U2, U3>, Output = __X1>,
        __X1: __nnx::module::derive_support::Feeds<L, Output = __X2>,
    {
        type Output = __X2;
        fn forward(&self, x: __X0, pass: &mut __nnx::module::Pass) -> Self::Output {
            let x = __nnx::module::derive_support::Feeds::feed(x, &self.first, pass);
            let x = __nnx::module::derive_support::Feeds::feed(x, &self.second, pass);
            x
        }
    }
};

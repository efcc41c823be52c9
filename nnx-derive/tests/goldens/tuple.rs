#[derive(Module)]
struct Pair<'a, const N: usize>(
    Linear<U2, U3>,
    [Linear<U3, U3>; N],
    PhantomData<&'a ()>,
);

const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl<'a, const N: usize> __nnx::module::Module for Pair<'a, N> {
        fn visit(&self, visitor: &mut __nnx::module::Visitor<'_>) {
            __nnx::module::derive_support::is_module(&(self.0));
            visitor.index(0usize, &(self.0));
            __nnx::module::derive_support::is_module(&(self.1));
            visitor.index(1usize, &(self.1));
            __nnx::module::derive_support::is_module(&(self.2));
            visitor.index(2usize, &(self.2));
        }
        fn visit_mut(&mut self, visitor: &mut __nnx::module::VisitorMut<'_>) {
            __nnx::module::derive_support::is_module(&(self.0));
            visitor.index(0usize, &mut (self.0));
            __nnx::module::derive_support::is_module(&(self.1));
            visitor.index(1usize, &mut (self.1));
            __nnx::module::derive_support::is_module(&(self.2));
            visitor.index(2usize, &mut (self.2));
        }
    }
    #[automatically_derived]
    impl<'a, const N: usize> __nnx::module::Init for Pair<'a, N>
    where
        for<'__any> Linear<U2, U3>: __nnx::module::Init,
        for<'__any> [Linear<U3, U3>; N]: __nnx::module::Init,
        for<'__any> PhantomData<&'a ()>: __nnx::module::Init,
    {
        fn init(rngs: &mut __nnx::random::Rngs) -> Self {
            Self {
                0: <Linear<U2, U3> as __nnx::module::Init>::init(rngs),
                1: <[Linear<U3, U3>; N] as __nnx::module::Init>::init(rngs),
                2: <PhantomData<&'a ()> as __nnx::module::Init>::init(rngs),
            }
        }
    }
    #[automatically_derived]
    impl<'a, const N: usize> __nnx::module::derive_support::Derived for Pair<'a, N> {}
};

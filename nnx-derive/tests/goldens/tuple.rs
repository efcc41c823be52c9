#[derive(Module)]
struct Pair<'a, const N: usize>(
    Linear<U2, U3>,
    [Linear<U3, U3>; N],
    PhantomData<&'a ()>,
);

#[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl<'a, const N: usize> __nnx::module::Module for Pair<'a, N> {
        fn visit(&self, __visitor: &mut __nnx::module::Visitor<'_>) {
            __nnx::module::Visitor::enter(__visitor, self);
            __nnx::module::derive_support::is_module(&(self.0));
            __nnx::module::Visitor::index(__visitor, 0usize, &(self.0));
            __nnx::module::derive_support::is_module(&(self.1));
            __nnx::module::Visitor::index(__visitor, 1usize, &(self.1));
            __nnx::module::derive_support::is_module(&(self.2));
            __nnx::module::Visitor::index(__visitor, 2usize, &(self.2));
        }
        fn visit_mut(&mut self, __visitor: &mut __nnx::module::VisitorMut<'_>) {
            __nnx::module::derive_support::is_module(&(self.0));
            __nnx::module::VisitorMut::index(__visitor, 0usize, &mut (self.0));
            __nnx::module::derive_support::is_module(&(self.1));
            __nnx::module::VisitorMut::index(__visitor, 1usize, &mut (self.1));
            __nnx::module::derive_support::is_module(&(self.2));
            __nnx::module::VisitorMut::index(__visitor, 2usize, &mut (self.2));
        }
        fn visit_modules(&mut self, __visitor: &mut __nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {
            __nnx::module::ModuleVisitor::enter(__visitor, self);
            __nnx::module::derive_support::is_module(&(self.0));
            __nnx::module::ModuleVisitor::index(__visitor, 0usize, &mut (self.0));
            __nnx::module::derive_support::is_module(&(self.1));
            __nnx::module::ModuleVisitor::index(__visitor, 1usize, &mut (self.1));
            __nnx::module::derive_support::is_module(&(self.2));
            __nnx::module::ModuleVisitor::index(__visitor, 2usize, &mut (self.2));
        }
    }
    #[automatically_derived]
    impl<'a, const N: usize> __nnx::module::Init for Pair<'a, N>
    where
        for<'__any> Linear<U2, U3>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<Linear<U2, U3>>,
        for<'__any> [Linear<U3, U3>; N]: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<[Linear<U3, U3>; N]>,
        for<'__any> PhantomData<&'a ()>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<PhantomData<&'a ()>>,
    {
        fn init(__rngs: &mut __nnx::random::Rngs) -> Self {
            Self {
                0: <Self as __nnx::module::derive_support::InitField<
                    Linear<U2, U3>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        Linear<U2, U3>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                1: <Self as __nnx::module::derive_support::InitField<
                    [Linear<U3, U3>; N],
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        [Linear<U3, U3>; N],
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                2: <Self as __nnx::module::derive_support::InitField<
                    PhantomData<&'a ()>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        PhantomData<&'a ()>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
            }
        }
    }
    #[automatically_derived]
    impl<'a, const N: usize> __nnx::module::ParameterCount for Pair<'a, N>
    where
        for<'__any> Self: __nnx::module::derive_support::CountField<Linear<U2, U3>>,
        for<'__any> Self: __nnx::module::derive_support::CountField<[Linear<U3, U3>; N]>,
        for<'__any> Self: __nnx::module::derive_support::CountField<PhantomData<&'a ()>>,
    {
        const PARAMETERS: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                Linear<U2, U3>,
            >>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<
                [Linear<U3, U3>; N],
            >>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<
                PhantomData<&'a ()>,
            >>::PARAMETERS;
        const PARAMETER_BYTES: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                Linear<U2, U3>,
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<
                [Linear<U3, U3>; N],
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<
                PhantomData<&'a ()>,
            >>::PARAMETER_BYTES;
    }
    #[automatically_derived]
    impl<
        'a,
        const N: usize,
    > __nnx::module::Layer<
        __nnx::module::derive_support::NeverInput<Pair<'a, N>>,
        __nnx::module::derive_support::NeverInput<Pair<'a, N>>,
    > for <Pair<'a, N> as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::NeverInput<Pair<'a, N>>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::NeverInput<Pair<'a, N>>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::NeverInput<Pair<'a, N>> {
            __x
        }
    }
    #[automatically_derived]
    impl<
        'a,
        const N: usize,
    > __nnx::module::Layer<
        __nnx::module::derive_support::SecondNeverInput<Pair<'a, N>>,
        __nnx::module::derive_support::SecondNeverInput<Pair<'a, N>>,
    > for <Pair<'a, N> as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::SecondNeverInput<Pair<'a, N>>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::SecondNeverInput<Pair<'a, N>>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::SecondNeverInput<Pair<'a, N>> {
            __x
        }
    }
};

#[derive(Module)]
struct Rnn<C> {
    inner: nnx::Rnn<C>,
    next: Option<Box<self::Rnn<C>>>,
    #[module(init = {eprintln!("{rngs:?}");3})]
    depth: usize,
}

#[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl<C> __nnx::module::Module for Rnn<C>
    where
        nnx::Rnn<C>: __nnx::module::Module,
    {
        fn visit(&self, __visitor: &mut __nnx::module::Visitor<'_>) {
            __nnx::module::Visitor::enter(__visitor, self);
            __nnx::module::Visitor::field(__visitor, "inner", &(self.inner));
            __nnx::module::derive_support::is_module(&(self.next));
            __nnx::module::Visitor::field(__visitor, "next", &(self.next));
            __nnx::module::derive_support::is_module(&(self.depth));
            __nnx::module::Visitor::field(__visitor, "depth", &(self.depth));
        }
        fn visit_mut(&mut self, __visitor: &mut __nnx::module::VisitorMut<'_>) {
            __nnx::module::VisitorMut::field(__visitor, "inner", &mut (self.inner));
            __nnx::module::derive_support::is_module(&(self.next));
            __nnx::module::VisitorMut::field(__visitor, "next", &mut (self.next));
            __nnx::module::derive_support::is_module(&(self.depth));
            __nnx::module::VisitorMut::field(__visitor, "depth", &mut (self.depth));
        }
        fn visit_modules(&mut self, __visitor: &mut __nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {
            __nnx::module::ModuleVisitor::enter(__visitor, self);
            __nnx::module::ModuleVisitor::field(__visitor, "inner", &mut (self.inner));
            __nnx::module::derive_support::is_module(&(self.next));
            __nnx::module::ModuleVisitor::field(__visitor, "next", &mut (self.next));
            __nnx::module::derive_support::is_module(&(self.depth));
            __nnx::module::ModuleVisitor::field(__visitor, "depth", &mut (self.depth));
        }
    }
    #[automatically_derived]
    impl<C> __nnx::module::Init for Rnn<C>
    where
        for<'__any> nnx::Rnn<C>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<nnx::Rnn<C>>,
        for<'__any> Option<Box<self::Rnn<C>>>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<
            Option<Box<self::Rnn<C>>>,
        >,
    {
        fn init(__rngs: &mut __nnx::random::Rngs) -> Self {
            Self {
                inner: <Self as __nnx::module::derive_support::InitField<
                    nnx::Rnn<C>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        nnx::Rnn<C>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                next: <Self as __nnx::module::derive_support::InitField<
                    Option<Box<self::Rnn<C>>>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        Option<Box<self::Rnn<C>>>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                depth: {
                    let rngs: &mut __nnx::random::Rngs = __rngs;
                    let _ = &rngs;
                    {
                        eprintln!("{rngs:?}");
                        3
                    }
                },
            }
        }
    }
    #[automatically_derived]
    impl<C> __nnx::module::ParameterCount for Rnn<C>
    where
        for<'__any> Self: __nnx::module::derive_support::CountField<nnx::Rnn<C>>,
        for<'__any> Self: __nnx::module::derive_support::CountField<
            Option<Box<self::Rnn<C>>>,
        >,
        for<'__any> Self: __nnx::module::derive_support::CountField<usize>,
    {
        const PARAMETERS: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                nnx::Rnn<C>,
            >>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<
                Option<Box<self::Rnn<C>>>,
            >>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<usize>>::PARAMETERS;
        const PARAMETER_BYTES: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                nnx::Rnn<C>,
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<
                Option<Box<self::Rnn<C>>>,
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<
                usize,
            >>::PARAMETER_BYTES;
    }
    #[automatically_derived]
    impl<
        C,
    > __nnx::module::Layer<
        __nnx::module::derive_support::NeverInput<Rnn<C>>,
        __nnx::module::derive_support::NeverInput<Rnn<C>>,
    > for <Rnn<C> as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::NeverInput<Rnn<C>>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::NeverInput<Rnn<C>>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::NeverInput<Rnn<C>> {
            __x
        }
    }
    #[automatically_derived]
    impl<
        C,
    > __nnx::module::Layer<
        __nnx::module::derive_support::SecondNeverInput<Rnn<C>>,
        __nnx::module::derive_support::SecondNeverInput<Rnn<C>>,
    > for <Rnn<C> as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::SecondNeverInput<Rnn<C>>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::SecondNeverInput<Rnn<C>>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::SecondNeverInput<Rnn<C>> {
            __x
        }
    }
};

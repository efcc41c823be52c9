#[derive(Module)]
pub struct Mlp {
    hidden: Linear<U784, U128>,
    r#type: Vec<Linear<U128, U10>>,
}

#[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl __nnx::module::Module for Mlp {
        fn visit(&self, __visitor: &mut __nnx::module::Visitor<'_>) {
            __nnx::module::Visitor::enter(__visitor, self);
            __nnx::module::derive_support::is_module(&(self.hidden));
            __nnx::module::Visitor::field(__visitor, "hidden", &(self.hidden));
            __nnx::module::derive_support::is_module(&(self.r#type));
            __nnx::module::Visitor::field(__visitor, "type", &(self.r#type));
        }
        fn visit_mut(&mut self, __visitor: &mut __nnx::module::VisitorMut<'_>) {
            __nnx::module::derive_support::is_module(&(self.hidden));
            __nnx::module::VisitorMut::field(__visitor, "hidden", &mut (self.hidden));
            __nnx::module::derive_support::is_module(&(self.r#type));
            __nnx::module::VisitorMut::field(__visitor, "type", &mut (self.r#type));
        }
        fn visit_modules(&mut self, __visitor: &mut __nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {
            __nnx::module::ModuleVisitor::enter(__visitor, self);
            __nnx::module::derive_support::is_module(&(self.hidden));
            __nnx::module::ModuleVisitor::field(__visitor, "hidden", &mut (self.hidden));
            __nnx::module::derive_support::is_module(&(self.r#type));
            __nnx::module::ModuleVisitor::field(__visitor, "type", &mut (self.r#type));
        }
    }
    #[automatically_derived]
    impl __nnx::module::Init for Mlp
    where
        for<'__any> Linear<U784, U128>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<Linear<U784, U128>>,
        for<'__any> Vec<Linear<U128, U10>>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<
            Vec<Linear<U128, U10>>,
        >,
    {
        fn init(__rngs: &mut __nnx::random::Rngs) -> Self {
            Self {
                hidden: <Self as __nnx::module::derive_support::InitField<
                    Linear<U784, U128>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        Linear<U784, U128>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                r#type: <Self as __nnx::module::derive_support::InitField<
                    Vec<Linear<U128, U10>>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        Vec<Linear<U128, U10>>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
            }
        }
    }
    #[automatically_derived]
    impl __nnx::module::ParameterCount for Mlp
    where
        for<'__any> Self: __nnx::module::derive_support::CountField<Linear<U784, U128>>,
        for<'__any> Self: __nnx::module::derive_support::CountField<
            Vec<Linear<U128, U10>>,
        >,
    {
        const PARAMETERS: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                Linear<U784, U128>,
            >>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<
                Vec<Linear<U128, U10>>,
            >>::PARAMETERS;
        const PARAMETER_BYTES: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                Linear<U784, U128>,
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<
                Vec<Linear<U128, U10>>,
            >>::PARAMETER_BYTES;
    }
    #[automatically_derived]
    impl __nnx::module::Layer<
        __nnx::module::derive_support::NeverInput<Mlp>,
        __nnx::module::derive_support::NeverInput<Mlp>,
    > for <Mlp as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::NeverInput<Mlp>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::NeverInput<Mlp>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::NeverInput<Mlp> {
            __x
        }
    }
    #[automatically_derived]
    impl __nnx::module::Layer<
        __nnx::module::derive_support::SecondNeverInput<Mlp>,
        __nnx::module::derive_support::SecondNeverInput<Mlp>,
    > for <Mlp as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::SecondNeverInput<Mlp>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::SecondNeverInput<Mlp>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::SecondNeverInput<Mlp> {
            __x
        }
    }
};

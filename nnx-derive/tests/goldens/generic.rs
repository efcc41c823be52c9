#[derive(Module)]
struct Tree<L, Width: Size = U64>
where
    L: Clone,
{
    leaf: L,
    dense: Linear<Width, U10>,
    norm: LayerNorm<U10>,
    children: Vec<Tree<L, Width>>,
}

#[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl<L, Width: Size> __nnx::module::Module for Tree<L, Width>
    where
        L: Clone,
        L: __nnx::module::Module,
        Linear<Width, U10>: __nnx::module::Module,
    {
        fn visit(&self, __visitor: &mut __nnx::module::Visitor<'_>) {
            __nnx::module::Visitor::enter(__visitor, self);
            __nnx::module::Visitor::field(__visitor, "leaf", &(self.leaf));
            __nnx::module::Visitor::field(__visitor, "dense", &(self.dense));
            __nnx::module::derive_support::is_module(&(self.norm));
            __nnx::module::Visitor::field(__visitor, "norm", &(self.norm));
            __nnx::module::derive_support::is_module(&(self.children));
            __nnx::module::Visitor::field(__visitor, "children", &(self.children));
        }
        fn visit_mut(&mut self, __visitor: &mut __nnx::module::VisitorMut<'_>) {
            __nnx::module::VisitorMut::field(__visitor, "leaf", &mut (self.leaf));
            __nnx::module::VisitorMut::field(__visitor, "dense", &mut (self.dense));
            __nnx::module::derive_support::is_module(&(self.norm));
            __nnx::module::VisitorMut::field(__visitor, "norm", &mut (self.norm));
            __nnx::module::derive_support::is_module(&(self.children));
            __nnx::module::VisitorMut::field(
                __visitor,
                "children",
                &mut (self.children),
            );
        }
        fn visit_modules(&mut self, __visitor: &mut __nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {
            __nnx::module::ModuleVisitor::enter(__visitor, self);
            __nnx::module::ModuleVisitor::field(__visitor, "leaf", &mut (self.leaf));
            __nnx::module::ModuleVisitor::field(__visitor, "dense", &mut (self.dense));
            __nnx::module::derive_support::is_module(&(self.norm));
            __nnx::module::ModuleVisitor::field(__visitor, "norm", &mut (self.norm));
            __nnx::module::derive_support::is_module(&(self.children));
            __nnx::module::ModuleVisitor::field(
                __visitor,
                "children",
                &mut (self.children),
            );
        }
    }
    #[automatically_derived]
    impl<L, Width: Size> __nnx::module::Init for Tree<L, Width>
    where
        L: Clone,
        for<'__any> L: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<L>,
        for<'__any> Linear<Width, U10>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<Linear<Width, U10>>,
        for<'__any> LayerNorm<U10>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<LayerNorm<U10>>,
        for<'__any> Vec<Tree<L, Width>>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<Vec<Tree<L, Width>>>,
    {
        fn init(__rngs: &mut __nnx::random::Rngs) -> Self {
            Self {
                leaf: <Self as __nnx::module::derive_support::InitField<
                    L,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        L,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                dense: <Self as __nnx::module::derive_support::InitField<
                    Linear<Width, U10>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        Linear<Width, U10>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                norm: <Self as __nnx::module::derive_support::InitField<
                    LayerNorm<U10>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        LayerNorm<U10>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                children: <Self as __nnx::module::derive_support::InitField<
                    Vec<Tree<L, Width>>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        Vec<Tree<L, Width>>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
            }
        }
    }
    #[automatically_derived]
    impl<L, Width: Size> __nnx::module::ParameterCount for Tree<L, Width>
    where
        L: Clone,
        for<'__any> Self: __nnx::module::derive_support::CountField<L>,
        for<'__any> Self: __nnx::module::derive_support::CountField<Linear<Width, U10>>,
        for<'__any> Self: __nnx::module::derive_support::CountField<LayerNorm<U10>>,
        for<'__any> Self: __nnx::module::derive_support::CountField<Vec<Tree<L, Width>>>,
    {
        const PARAMETERS: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<L>>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<
                Linear<Width, U10>,
            >>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<
                LayerNorm<U10>,
            >>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<
                Vec<Tree<L, Width>>,
            >>::PARAMETERS;
        const PARAMETER_BYTES: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<L>>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<
                Linear<Width, U10>,
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<
                LayerNorm<U10>,
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<
                Vec<Tree<L, Width>>,
            >>::PARAMETER_BYTES;
    }
    #[automatically_derived]
    impl<
        L,
        Width: Size,
    > __nnx::module::Layer<
        __nnx::module::derive_support::NeverInput<Tree<L, Width>>,
        __nnx::module::derive_support::NeverInput<Tree<L, Width>>,
    > for <Tree<L, Width> as __nnx::module::derive_support::Itself>::Type
    where
        L: Clone,
    {
        type Output = __nnx::module::derive_support::NeverInput<Tree<L, Width>>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::NeverInput<Tree<L, Width>>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::NeverInput<Tree<L, Width>> {
            __x
        }
    }
    #[automatically_derived]
    impl<
        L,
        Width: Size,
    > __nnx::module::Layer<
        __nnx::module::derive_support::SecondNeverInput<Tree<L, Width>>,
        __nnx::module::derive_support::SecondNeverInput<Tree<L, Width>>,
    > for <Tree<L, Width> as __nnx::module::derive_support::Itself>::Type
    where
        L: Clone,
    {
        type Output = __nnx::module::derive_support::SecondNeverInput<Tree<L, Width>>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::SecondNeverInput<Tree<L, Width>>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::SecondNeverInput<Tree<L, Width>> {
            __x
        }
    }
};

//! Attention: the function, masks, and the layer under its options. The cache is tested in `decode`.

use nnx::nn::AttentionOptions;
use nnx::prelude::*;
use nnx::random::{Key, init};
use nnx::size::Ungrouped;

use crate::case::Case;

type Query = Tensor![2, 3, 4, 6];
type Keys<Heads> = Tensor![2, 5, Heads, 6];

/// A case of the layer. The bias of the keys adds the same to all scores of a query, which softmax takes off
/// again: its gradient is 0 but for rounding.
fn case(name: &'static str) -> Case {
    Case::open("attention", name).at_least(0.1)
}

/// Everything about a function of queries, keys and values.
fn product<K: Size, V: Size>(
    name: &'static str,
    forward: impl Fn(Query, Keys<K>, Tensor![2, 5, K, V]) -> Tensor![2, 3, 4, V],
) {
    let case = Case::open("attention", name);
    let inputs = (case.input(0), case.input(1), case.input(2));
    case.check_with(&mut (), inputs, |(), (q, k, v), _| forward(q, k, v));
}

fn products<K: Size>(names: [&'static str; 6])
where
    U4: DivisibleBy<K>,
{
    let [plain, causal, masked, of_heads, shared, each] = names;
    product::<K, U6>(plain, |q, k, v| dot_product_attention(q, k, v, ()));
    product::<K, U6>(causal, |q, k, v| dot_product_attention(q, k, v, Causal));
    let mask: Tensor![2, 1, 3, 5; bool] = Case::open("attention", masked).input(3);
    product::<K, U6>(masked, |q, k, v| dot_product_attention(q, k, v, &mask));
    let mask: Tensor![2, 4, 3, 5; bool] = Case::open("attention", of_heads).input(3);
    product::<K, U6>(of_heads, |q, k, v| dot_product_attention(q, k, v, &mask));
    let dropout = AttentionDropout::new(0.4, Key::new(3));
    product::<K, U7>(shared, |q, k, v| dot_product_attention_with_dropout(q, k, v, (), dropout.clone()));
    let dropout = dropout.of_each_head();
    product::<K, U7>(each, |q, k, v| dot_product_attention_with_dropout(q, k, v, (), dropout.clone()));
}

macro_rules! names {
    ($heads:literal) => {
        [
            concat!("product key_heads=", $heads),
            concat!("product key_heads=", $heads, " causal"),
            concat!("product key_heads=", $heads, " mask"),
            concat!("product key_heads=", $heads, " mask of heads"),
            concat!("product key_heads=", $heads, " dropout each=false"),
            concat!("product key_heads=", $heads, " dropout each=true"),
        ]
    };
}

#[test]
fn the_product_under_masks_and_dropout_with_grouped_keys() {
    products::<U4>(names!(4));
    products::<U2>(names!(2));
    products::<U1>(names!(1));
}

#[test]
fn the_product_with_a_bias() {
    fn check<K: Size>(name: &'static str)
    where
        U4: DivisibleBy<K>,
    {
        let case = Case::open("attention", name);
        let inputs: (Query, Keys<K>, Keys<K>, Tensor![2, 4, 3, 5]) =
            (case.input(0), case.input(1), case.input(2), case.input(3));
        case.check_with(&mut (), inputs, |(), (q, k, v, bias), _| {
            dot_product_attention(q, k, v, bias)
        });
    }
    check::<U4>("product key_heads=4 bias");
    check::<U2>("product key_heads=2 bias");
    check::<U1>("product key_heads=1 bias");

    let case = Case::open("attention", "product bias and mask");
    let inputs: (Query, Keys<U1>, Keys<U1>, Tensor![2, 4, 3, 5]) =
        (case.input(0), case.input(1), case.input(2), case.input(3));
    let mask: Tensor![2, 4, 3, 5; bool] = case.input(4);
    case.check_with(&mut (), inputs, |(), (q, k, v, bias), _| {
        dot_product_attention(q, k, v, (bias, &mask))
    });
}

type Attention<Groups> = MultiHeadAttention<U4, U8, Groups>;

fn with<M>(make: fn(&AttentionOptions, &mut Rngs) -> M, options: AttentionOptions) -> M {
    make(&options, &mut Rngs::new(0))
}

fn plain() -> AttentionOptions {
    AttentionOptions::default()
}

#[test]
fn self_attention_with_grouped_keys_and_biases() {
    fn check<Groups: AttentionSizes<U4, U8, Context = U8, Out = U8>>(names: [&'static str; 2]) {
        let options = [plain(), plain().without_bias()];
        for (name, options) in names.into_iter().zip(options) {
            let mut layer = with(Attention::<Groups>::with, options);
            case(name).check::<_, shape![2, 3, 8], _>(&mut layer);
        }
    }
    check::<Ungrouped>(["self bias=true key_heads=4", "self bias=false key_heads=4"]);
    check::<Grouped<U2>>(["self bias=true key_heads=2", "self bias=false key_heads=2"]);
    check::<Grouped<U1>>(["self bias=true key_heads=1", "self bias=false key_heads=1"]);
}

#[test]
fn self_attention_under_its_options() {
    fn check<Out: Size, M: Module + Layer<Tensor![2, 3, 8], Output = Tensor![2, 3, Out]>>(
        name: &'static str,
        mut layer: M,
    ) {
        case(name).check(&mut layer);
    }
    type Plain = Attention<Ungrouped>;
    check(
        "self widths",
        with(MultiHeadAttention::<U4, U8, (QkvFeatures<U12>, OutFeatures<U5>)>::with, plain()),
    );
    let normal = || plain().kernel(init::he_normal()).bias(init::normal(0.5));
    check("self one initializer", with(Plain::with, normal()));
    let all = normal().out_kernel(init::normal(0.1)).out_bias(init::uniform(1.0));
    check("self initializers", with(Plain::with, all));
    type Wide = MultiHeadAttention<U4, U8, QkvFeatures<U24>>;
    type Grouping = MultiHeadAttention<U4, U8, (Grouped<U2>, QkvFeatures<U24>)>;
    check("self normalize", with(Wide::with, plain().normalize_qk()));
    let options = plain().normalize_qk().without_bias();
    check("self normalize key_heads=2", with(Grouping::with, options));
    check("self dropout each=false", with(Plain::with, plain().dropout(0.4)));
    let options = plain().dropout(0.4).dropout_of_each_head();
    check("self dropout each=true", with(Plain::with, options));
}

#[test]
fn self_attention_by_masks() {
    let mut layer = with(Attention::<Ungrouped>::with, plain());
    let golden = case("self causal");
    let x: Tensor![2, 3, 8] = golden.input(0);
    golden.check_with(&mut layer, x, |layer, x, pass| layer.self_attention(x, Causal, pass));
    let golden = case("self mask");
    let x: Tensor![2, 3, 8] = golden.input(0);
    let mask: Tensor![2, 1, 3, 3; bool] = golden.input(1);
    golden.check_with(&mut layer, x, |layer, x, pass| layer.self_attention(x, &mask, pass));
}

#[test]
fn cross_attention() {
    type Inputs<Kv> = (Tensor![Batch, 3, 8], Tensor![Batch, 5, Kv]);
    let mut layer = with(Attention::<Ungrouped>::with, plain());
    let golden = case("cross");
    let inputs: Inputs<U8> = (golden.input(0), golden.input(1));
    golden.check_with(&mut layer, inputs, |layer, (x, memory), pass| {
        layer.cross_attention(x, memory, (), pass)
    });

    let golden = case("cross mask");
    let inputs: Inputs<U8> = (golden.input(0), golden.input(1));
    let mask: Tensor![Batch, 1, 3, 5; bool] = golden.input(2);
    golden.check_with(&mut layer, inputs, |layer, (x, memory), pass| {
        layer.cross_attention(x, memory, Some(&mask), pass)
    });

    type Widths = (QkvFeatures<U12>, OutFeatures<U3>, ContextFeatures<U5>);
    let mut widths = with(MultiHeadAttention::<U4, U8, Widths>::with, plain());
    let golden = case("cross widths");
    let inputs: Inputs<U5> = (golden.input(0), golden.input(1));
    golden.check_with(&mut widths, inputs, |layer, (x, memory), pass| {
        layer.cross_attention(x, memory, (), pass)
    });

    let golden = case("three inputs");
    let inputs: (Tensor![2, 3, 8], Tensor![2, 5, 8], Tensor![2, 5, 8]) =
        (golden.input(0), golden.input(1), golden.input(2));
    golden.check_with(&mut layer, inputs, |layer, (query, keys, values), pass| {
        layer.attend(query, keys, values, (), pass)
    });
}

#[test]
fn masks_are_those_of_flax() {
    let golden = crate::golden::Golden::open("attention");
    let tokens: Tensor![2, 3; i32] = Tensor::from([[4, 0, 7], [1, 2, 0]]);
    let counts = tokens.clone().greater(&Tensor::from(0));
    let of_tokens = make_attention_mask(&counts, &counts);
    let causal = make_causal_mask(&tokens);
    assert_eq!(causal.array(), &golden.array("masks/causal"));
    assert_eq!(of_tokens.array(), &golden.array("masks/tokens"));
    let counts = sequence_mask(&Tensor::from([2, 3]), &tokens);
    assert_eq!(make_attention_mask(&counts, &counts).array(), &golden.array("masks/lengths"));
    let first_two: Tensor![2, 2; i32] = Tensor::from([[4, 0], [1, 2]]);
    let equal = make_attention_mask_with(&tokens, &first_two, |query, key| query == key);
    assert_eq!(equal.array(), &golden.array("masks/equal"));
    assert_eq!(combine_masks(of_tokens, causal).array(), &golden.array("masks/combined"));
}

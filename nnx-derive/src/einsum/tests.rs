//! Every message about a wrong equation; `tests/ui/macros` of nnx has the spans.

use std::str::FromStr;

use super::*;

/// The mistakes in an equation.
fn mistakes(equation: &str) -> Vec<String> {
    let equations = equations.parse_str(equation).expect("an equation by its form");
    let context = Context::default();
    equations.iter().for_each(|equation| check::check(&context, equation));
    context.finish().err().into_iter().flatten().map(|error| error.to_string()).collect()
}

#[track_caller]
fn assert_mistake(equation: &str, message: &str) {
    assert_eq!(mistakes(equation), [message], "{equation}");
}

#[test]
fn equations_without_mistakes() {
    for equation in [
        "",
        "Project: for<B, T> (B, T, I), (I, O) -> (B, T, O), bias (O);",
        "A: for<B> (B, I), (I, O) -> (B, O); pub(crate) B: for<B,> (B, I,), (I, O,) -> (B, O,)",
        "#[doc = \"text\"] pub Inner: (I), (I) -> ();",
        "Swap: for<B, T> (B, T, I), (O, I) -> (B, O, T), bias (O);",
        "Heads: for<B> (B, I), (I, H, D) -> (B, H, D), bias (H, D);",
    ] {
        assert_eq!(mistakes(equation), [""; 0], "{equation}");
    }
}

#[test]
fn an_axis_is_once_in_each_tensor() {
    let twice = |what: &str, axis: &str| format!("the {what} has the axis `{axis}` twice");
    assert_mistake("Q: for<B> (B, O), (O) -> (B, O, O);", &twice("output", "O"));
    assert_mistake("Q: for<B> (B, I, I), (I) -> (B);", &twice("input", "I"));
    assert_mistake("Q: for<B> (B, I), (I, I) -> (B);", &twice("kernel", "I"));
    assert_mistake("Q: for<B> (B), (O) -> (B, O), bias (O, O);", &twice("bias", "O"));
    assert_mistake("Q: for<B, B> (B), (O) -> (B, O);", &twice("list after `for`", "B"));
}

#[test]
fn an_output_axis_is_an_axis_of_an_operand() {
    let message = "the axis `Z` is in the output, but neither in the input nor in the kernel";
    assert_mistake("Q: for<B> (B, I), (I, O) -> (B, Z);", message);
}

#[test]
fn axes_of_the_input_alone_are_after_for() {
    let message = "only the input has the axis `T`: list it after `for`, as `for<T>`";
    assert_mistake("Q: for<B> (B, T, I), (I, O) -> (B, O);", message);
    let message = "`I` is an axis of the kernel, too: list after `for` only axes that the kernel doesn't have";
    assert_mistake("Q: for<B, I> (B, I), (I, O) -> (B, O);", message);
    let message = "`T` isn't an axis of the input: list after `for` only axes that the input has and the kernel doesn't";
    assert_mistake("Q: for<B, T> (B, I), (I, O) -> (B, O);", message);
}

#[test]
fn a_bias_fits_the_output_and_the_kernel() {
    let message = "the bias axis `I` doesn't come out: a bias has axes of the output";
    assert_mistake("Q: for<B> (B, I), (I, O) -> (B, O), bias (I);", message);
    let message = "the bias axis `B` isn't an axis of the kernel: an axis of the bias has the size that it has in the kernel";
    assert_mistake("Q: for<B> (B, I), (I, O) -> (B, O), bias (B, O);", message);
    let message =
        "the bias axis `H` is before `D` in the output: a bias has its axes in the output's order";
    assert_mistake("Q: for<B> (B, I), (I, H, D) -> (B, H, D), bias (D, H);", message);
}

#[test]
fn a_tensor_has_at_most_eight_axes() {
    let message = "a tensor has at most 8 axes, but the input has 9 here";
    let equation = "Q: for<A, B, C, D, E, F, G, H> (A, B, C, D, E, F, G, H, I), (I, O) -> (A, O);";
    assert_mistake(equation, message);
}

#[test]
fn all_mistakes_are_reported() {
    assert_eq!(mistakes("Q: (B, I), (I, O) -> (B, Z), bias (I);").len(), 3);
}

#[test]
fn another_form_gets_the_right_one() {
    for equation in [
        "Project",
        "Project: for<B>",
        "Project: (B, I) (I, O) -> (B, O);",
        "Project: for<B> (B, I), (I, O) => (B, O);",
        "Project: for<B> (B, I), (I, O) -> (B, O), bais (O);",
        "Project: for<B> (B, 3), (I, O) -> (B, O);",
        "Project: for<B T> (B, I), (I, O) -> (B, O);",
        "A: for<B> (B, I), (I, O) -> (B, O) B: for<B> (B, I), (I, O) -> (B, O);",
        "bti,io->bto",
    ] {
        let tokens = TokenStream::from_str(equation).expect("tokens");
        let error = equations.parse2(tokens).err().expect(equation).to_string();
        assert!(error.starts_with("expected") || error.starts_with("unexpected end"), "{error}");
        assert!(error.ends_with(&format!(": an equation is written `{USAGE}`")), "{error}");
    }
}

/// Any tokens give either a message about equations or items that parse.
#[test]
fn random_tokens_give_items_or_a_message() {
    let words = [
        "Q",
        ":",
        "for",
        "<",
        ">",
        "B",
        "I",
        "O",
        ",",
        "(",
        ")",
        "->",
        "bias",
        ";",
        "3",
        "pub",
        "'a",
        "Q : for < B > ( B , I ) , ( I , O ) -> ( B , O )",
        "( B , I )",
        "( I , O )",
        ", bias ( O )",
    ];
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).expect("31 bits") % below
    };
    let (mut refused, mut accepted) = (0, 0);
    for _ in 0..4000 {
        let text: Vec<&str> = (0..random(8)).map(|_| words[random(words.len())]).collect();
        let Ok(tokens) = TokenStream::from_str(&format!("nnx_core {}", text.join(" "))) else {
            continue; // A bracket is missing: rustc reports it.
        };
        let items: syn::File = syn::parse2(expand(tokens)).expect("items");
        let message = items.items.first().is_some_and(|item| matches!(item, syn::Item::Macro(_)));
        *(if message { &mut refused } else { &mut accepted }) += 1;
    }
    assert!(refused > 300 && accepted > 20, "{refused} refused, {accepted} accepted");
}

//! Every message about a wrong call; `tests/ui/einsum` of nnx has the spans, and the messages about shapes.

use super::*;

fn mistake(text: &str) -> String {
    let tokens: TokenStream = text.parse().expect("tokens");
    syn::parse2::<Call>(tokens).err().expect(text).to_string()
}

#[track_caller]
fn assert_mistake(text: &str, problem: &str) {
    assert_eq!(mistake(text), format!("{problem}: a contraction is written `{USAGE}`"), "{text}");
}

#[test]
fn calls_without_mistakes() {
    for text in [
        r#""ij,jk->ik", a, b"#,
        r#""...ij, ...jk -> ...ik", a.clone(), f(b),"#,
        r#""ii->", x"#,
        r#""->", x"#,
        r#""b...i,oi->b...o", x, y"#,
        r#""abcdef,aA,bB->ABcdef", x, y, z"#,
    ] {
        let call: Call = syn::parse_str(text).expect(text);
        let block = emit::block(&call, &"nnx_core".parse().expect("a path"));
        syn::parse2::<Expr>(block).expect("an expression");
    }
}

#[test]
fn an_equation_has_a_result() {
    assert_mistake(r#""ij,jk", a, b"#, "the equation has no result, which stands behind `->`");
}

#[test]
fn an_axis_of_the_result_is_once_in_it_and_in_an_operand() {
    assert_mistake(r#""ij->ii", a"#, "the result has the axis `i` twice");
    assert_mistake(r#""ij->k", a"#, "the result has `k`, which no operand has");
    assert_mistake(r#""ij->...i", a"#, "the result has `...`, which no operand has");
}

#[test]
fn leading_axes_are_in_the_result() {
    assert_mistake(r#""...i->i", a"#, "an operand has `...`, which must be in the result, too");
    assert_mistake(r#""...i...->...", a"#, "the term `...i...` has `...` twice");
}

#[test]
fn a_term_has_at_most_eight_letters() {
    assert_mistake(
        r#""abcdefghi->a", a"#,
        "a tensor has at most 8 axes, but the term `abcdefghi` has 9",
    );
    assert_mistake(r#""i1->i", a"#, "the term `i1` has a `1`, expected letters and `...`");
    assert_mistake(r#""i..->i", a"#, "the term `i..` has a `.`, expected letters and `...`");
}

#[test]
fn each_term_has_an_operand() {
    assert_mistake(r#""i,i->i", a"#, "the equation has 2 operands, but 1 are given");
    assert_mistake(r#""i->i""#, "the equation has 1 operands, but 0 are given");
    assert_mistake(r#""i->i" a"#, "expected `,`");
}

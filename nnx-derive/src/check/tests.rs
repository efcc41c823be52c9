//! Every message of a failed check.

use super::*;
use syn::{DeriveInput, parse_quote};

fn messages(input: &DeriveInput) -> Vec<String> {
    let context = Context::default();
    check(&context, &Item::parse(&context, input));
    context.finish().err().into_iter().flatten().map(|error| error.to_string()).collect()
}

#[test]
fn items_without_mistakes() {
    assert_eq!(
        messages(&parse_quote!(
            struct Unit;
        )),
        [""; 0]
    );
    assert_eq!(
        messages(&parse_quote!(
            enum Never {}
        )),
        [""; 0]
    );
    let input = parse_quote! {
        #[module(sequential, crate = nn)]
        struct Swapped(
            #[module(rename = "1")] A,
            #[module(rename = "0")] B,
            #[module(skip, init = 1)] C,
        );
    };
    assert_eq!(messages(&input), [""; 0]);
    let input = parse_quote! {
        enum Mixer {
            #[module(init)]
            Dense { #[module(init = dense(rngs))] inner: A },
            Attention { inner: B },
        }
    };
    assert_eq!(messages(&input), [""; 0]);
}

#[test]
fn unions() {
    let expected = "a union can't be a module: the compiler doesn't know which of its fields is in use; use an enum";
    assert_eq!(messages(&parse_quote!(union Bits { int: u32, float: f32 })), [expected]);
}

#[test]
fn segments() {
    let input = parse_quote! {
        enum Mixer {
            #[module(rename = "a/b")]
            Dense(#[module(rename = "")] A),
        }
    };
    let slash = "a path segment can't contain `/`, which separates segments";
    assert_eq!(messages(&input), [slash, "a path segment can't be empty"]);
}

#[test]
fn the_name_that_files_reserve() {
    let expected = "a path segment can't be `__metadata__`, a name that the safetensors format keeps for \
                    itself; choose another with `#[module(rename = \"..\")]`";
    let refused: [DeriveInput; 4] = [
        parse_quote!(
            struct Model {
                __metadata__: A,
            }
        ),
        parse_quote!(
            struct Model(#[module(rename = "__metadata__")] A);
        ),
        parse_quote!(
            enum Mixer {
                #[allow(non_camel_case_types)]
                __metadata__,
            }
        ),
        parse_quote!(
            enum Mixer {
                Dense { r#__metadata__: A },
            }
        ),
    ];
    for input in &refused {
        assert_eq!(messages(input), [expected]);
    }
    let renamed = parse_quote!(
        struct Model {
            #[module(rename = "metadata")]
            __metadata__: A,
            #[module(skip)]
            skipped: B,
        }
    );
    assert_eq!(messages(&renamed), [""; 0]);
    let skipped = parse_quote!(
        struct Model {
            #[module(skip)]
            __metadata__: A,
        }
    );
    assert_eq!(messages(&skipped), [""; 0]);
}

#[test]
fn equal_paths() {
    let named = parse_quote!(
        struct Named {
            r#type: A,
            #[module(rename = "type")]
            kind: B,
        }
    );
    assert_eq!(messages(&named), ["two fields have the path segment `type`"]);
    let tuple = parse_quote!(
        struct Tuple(A, #[module(rename = "0")] B);
    );
    assert_eq!(messages(&tuple), ["two fields have the path segment `0`"]);
    let variants = parse_quote!(
        enum Mixer {
            Dense,
            #[module(rename = "Dense")]
            Wide,
        }
    );
    assert_eq!(messages(&variants), ["two variants have the path segment `Dense`"]);
    let in_variant = parse_quote!(
        enum Mixer {
            Dense {
                a: A,
                #[module(rename = "a")]
                b: B,
            },
        }
    );
    assert_eq!(messages(&in_variant), ["two fields have the path segment `a`"]);
    let skipped = parse_quote!(
        struct Skipped {
            #[module(skip)]
            a: A,
            #[module(rename = "a")]
            b: B,
        }
    );
    assert_eq!(messages(&skipped), [""; 0]);
}

#[test]
fn skip_and_rename() {
    let input = parse_quote!(
        struct Model {
            #[module(skip, rename = "a")]
            b: B,
        }
    );
    let expected = "`skip` and `rename` conflict: no path leads through a skipped field";
    assert_eq!(messages(&input), [expected]);
}

#[test]
fn fields_in_sequence() {
    let expected = "`sequential` has no field to chain";
    assert_eq!(
        messages(&parse_quote!(
            #[module(sequential)]
            struct Empty;
        )),
        [expected]
    );
    assert_eq!(
        messages(&parse_quote!(
            #[module(sequential)]
            struct Empty(#[module(skip)] A);
        )),
        [expected]
    );
    let expected =
        "`sequential` chains the fields of a struct; match on an enum in a `Layer` of its own";
    assert_eq!(
        messages(&parse_quote!(
            #[module(sequential)]
            enum Mixer {
                Dense(A),
            }
        )),
        [expected]
    );
}

#[test]
fn two_initial_variants() {
    let input = parse_quote!(
        enum Mixer {
            #[module(init)]
            Dense,
            #[module(init)]
            Wide,
        }
    );
    assert_eq!(messages(&input), ["another variant is marked `#[module(init)]` already"]);
}

#[test]
fn unused_inits() {
    let expected = "this `init` is never used: the item has an `init` of its own";
    let input = parse_quote!(
        #[module(init = a)]
        struct Model(#[module(init = b)] B);
    );
    assert_eq!(messages(&input), [expected]);
    let input = parse_quote! {
        #[module(init = a)]
        enum Mixer {
            #[module(init)]
            Dense(#[module(init = b)] B),
        }
    };
    assert_eq!(messages(&input), [expected, expected]);
    let input = parse_quote!(
        enum Mixer {
            Dense(#[module(init = b)] B),
        }
    );
    let expected = "this `init` is never used: mark the variant `#[module(init)]`";
    assert_eq!(messages(&input), [expected]);
}

#[test]
fn all_mistakes_are_reported() {
    let input = parse_quote!(
        struct Model {
            #[module(skp)]
            a: A,
            #[module(rename = "")]
            b: B,
        }
    );
    assert_eq!(messages(&input).len(), 2);
}

#[test]
fn literals_as_inits_of_an_item() {
    let input = parse_quote! {
        #[module(init = false)]
        struct Model(A);
    };
    let expected = "`init = false` makes no `Model`: write an expression that makes one, such as \
                    `init = Self::new(rngs)`. To have no `init` write nothing: it is there for fields that have one";
    assert_eq!(messages(&input), [expected]);
}

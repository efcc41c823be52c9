//! The weights of GPT-2, as they are published.

use nnx_core::io::{Foreign, Source};
use nnx_core::module::Path;
use nnx_core::size::{DivisibleBy, Size};

use super::Gpt;

impl<Vocabulary: Size, Context: Size, D: DivisibleBy<Heads>, Heads: Size>
    Gpt<Vocabulary, Context, D, Heads>
{
    /// The names and the layout of GPT-2's weights, as Hugging Face publishes them (`model.safetensors` of `gpt2`,
    /// `gpt2-medium`, .., and what `GPT2LMHeadModel` and `GPT2Model` save). Its epsilon is 1e-5.
    ///
    /// ```no_run
    /// use nnx_core::{random::Rngs, size::{U12, U768, U1024}};
    /// use nnx_models::{Gpt, GptOptions};
    /// # use nnx_core::size::{Product, Sum, U1000, U50, U257};
    ///
    /// # type U50257 = Sum<Product<U50, U1000>, U257>;
    /// type Gpt2 = Gpt<U50257, U1024, U768, U12>;
    /// let mut model = Gpt2::with(&GptOptions::default().epsilon(1e-5), &mut Rngs::new(0));
    /// Gpt2::hugging_face().load(&mut model, "model.safetensors")?;
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// The head shares the weights of the token embedding: a file whose `lm_head.weight` differs from them is refused.
    /// Causal masks that old files hold (`attn.bias`) are ignored.
    #[must_use]
    pub fn hugging_face() -> Foreign {
        Foreign::new(source)
            .tied("lm_head.weight", "transformer.wte.weight")
            .tied("lm_head.weight", "wte.weight")
            .ignoring(|name| name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"))
    }
}

/// The tensor of the variable at a path. Names have the prefix `transformer` in a language model, and none in a body
/// alone. Linear layers are (In, Out), as here.
fn source(path: &Path) -> Option<Source> {
    let path = path.to_string();
    let parts: Vec<&str> = path.split('/').collect();
    let weight = match parts.last()? {
        &"bias" => "bias",
        _ => "weight",
    };
    let (name, third) = match parts[..] {
        ["tokens", _] => ("wte".to_owned(), None),
        ["positions", _] => ("wpe".to_owned(), None),
        ["norm", _] => ("ln_f".to_owned(), None),
        ["blocks", index, ref layer @ .., _] => {
            let (layer, third) = match layer {
                ["norm1"] => ("ln_1", None),
                ["norm2"] => ("ln_2", None),
                ["attention", "query"] => ("attn.c_attn", Some(0)),
                ["attention", "key"] => ("attn.c_attn", Some(1)),
                ["attention", "value"] => ("attn.c_attn", Some(2)),
                ["attention", "out"] => ("attn.c_proj", None),
                ["expand"] => ("mlp.c_fc", None),
                ["contract"] => ("mlp.c_proj", None),
                // The streams of dropout aren't in the file.
                _ => return None,
            };
            (format!("h.{index}.{layer}"), third)
        }
        _ => return None,
    };
    let laid_out = |prefix: &str| {
        let source = Source::named(format!("{prefix}{name}.{weight}"));
        match third {
            // (D, 3 D) to (D, heads, size), or (3 D,) to (heads, size).
            Some(third) => {
                source.part(usize::from(weight == "weight"), third, 3).reshape_to_variable()
            }
            None if name.ends_with("attn.c_proj") => source.reshape_to_variable(),
            None => source,
        }
    };
    Some(laid_out("transformer.").or(laid_out("")))
}

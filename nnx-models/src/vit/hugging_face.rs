//! The weights of vision transformers, as Hugging Face publishes them.

use nnx_core::io::{Foreign, Source};
use nnx_core::module::Path;
use nnx_core::size::{DivisibleBy, Size};

use super::Vit;

impl<H: Size, W: Size, P: Size, D: DivisibleBy<Heads>, Heads: Size, Classes: Size, C: Size>
    Vit<H, W, P, D, Heads, Classes, C>
{
    /// The names and the layout of Hugging Face's ViT weights (`google/vit-base-patch16-224` and others, and what
    /// `ViTForImageClassification` saves). Its epsilon is 1e-12.
    ///
    /// ```no_run
    /// use nnx_core::{module::{Filter, Init}, random::Rngs, size::{U12, U16, U224, U768, U1000}};
    /// use nnx_models::Vit;
    ///
    /// type VitBase = Vit<U224, U224, U16, U768, U12, U1000>;
    /// let mut model = VitBase::init(&mut Rngs::new(0)).epsilon(1e-12);
    /// VitBase::hugging_face().load(&mut model, "model.safetensors")?;
    ///
    /// // Of `ViTModel`, which has no head: all but the head.
    /// VitBase::hugging_face().load_of(&!Filter::within("head"), &mut model, "body.safetensors")?;
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// Images are (batch, height, width, channels) here. The pixels of the published models are `(x / 255 - 0.5) / 0.5`.
    #[must_use]
    pub fn hugging_face() -> Foreign {
        Foreign::new(source)
    }
}

/// The tensor of the variable at a path. Names have the prefix `vit` in a classifier, and none in a body alone.
fn source(path: &Path) -> Option<Source> {
    let path = path.to_string();
    let parts: Vec<&str> = path.split('/').collect();
    let weight = match parts.last()? {
        &"bias" => "bias",
        _ => "weight",
    };
    let of = |name: String| Source::named(format!("vit.{name}")).or(Source::named(name));
    let embedding = |name: &str| {
        let [classifier, body] =
            ["vit.", ""].map(|prefix| Source::named(format!("{prefix}embeddings.{name}")));
        Some(classifier.reshape_to_variable().or(body.reshape_to_variable()))
    };
    let (name, is_attention) = match parts[..] {
        ["class"] => return embedding("cls_token"),
        ["positions", _] => return embedding("position_embeddings"),
        ["patches", _] => {
            let name = format!("embeddings.patch_embeddings.projection.{weight}");
            let [classifier, body] = [format!("vit.{name}"), name].map(Source::named);
            return Some(match weight {
                // Hugging Face has (Out, In, H, W), this library (H, W, In, Out).
                "weight" => classifier.permute(&[2, 3, 1, 0]).or(body.permute(&[2, 3, 1, 0])),
                _ => classifier.or(body),
            });
        }
        ["norm", _] => return Some(of(format!("layernorm.{weight}"))),
        ["head", _] => {
            let source = Source::named(format!("classifier.{weight}"));
            return Some(if weight == "weight" { source.permute(&[1, 0]) } else { source });
        }
        ["blocks", index, ref layer @ .., _] => {
            let layer = match layer {
                ["norm1"] => "layernorm_before",
                ["norm2"] => "layernorm_after",
                ["attention", "query"] => "attention.attention.query",
                ["attention", "key"] => "attention.attention.key",
                ["attention", "value"] => "attention.attention.value",
                ["attention", "out"] => "attention.output.dense",
                ["expand"] => "intermediate.dense",
                ["contract"] => "output.dense",
                _ => return None,
            };
            let name = format!("encoder.layer.{index}.{layer}.{weight}");
            if layer.starts_with("layernorm") {
                return Some(of(name));
            }
            (name, layer.starts_with("attention"))
        }
        _ => return None,
    };
    let laid_out = |prefix: &str| {
        let mut source = Source::named(format!("{prefix}{name}"));
        if weight == "weight" {
            source = source.permute(&[1, 0]);
        }
        if is_attention { source.reshape_to_variable() } else { source }
    };
    Some(laid_out("vit.").or(laid_out("")))
}

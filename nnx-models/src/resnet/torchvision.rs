//! The weights of torchvision's residual networks.

use nnx_core::io::{Foreign, Source};
use nnx_core::module::Path;
use nnx_core::size::Size;

use super::ResNet;

impl<Stages, Width: Size, Features: Size, Classes: Size, In: Size>
    ResNet<Stages, Width, Features, Classes, In>
{
    /// The names and the layout of torchvision's weights, to load a state dict of torchvision that was saved
    /// as safetensors.
    ///
    /// ```python
    /// weights = torchvision.models.resnet18(weights="DEFAULT").state_dict()
    /// safetensors.torch.save_file(weights, "resnet18.safetensors")
    /// ```
    ///
    /// ```no_run
    /// use nnx_core::{module::{Filter, Init}, random::Rngs, size::{U10, U1000}};
    /// use nnx_models::ResNet18;
    ///
    /// let mut model = ResNet18::<U1000>::init(&mut Rngs::new(0));
    /// ResNet18::<U1000>::torchvision().load(&mut model, "resnet18.safetensors")?;
    ///
    /// // For ten other classes: all but the last layer.
    /// let mut model = ResNet18::<U10>::init(&mut Rngs::new(0));
    /// let body = !Filter::within("head");
    /// ResNet18::<U10>::torchvision().load_of(&body, &mut model, "resnet18.safetensors")?;
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// Images are (batch, height, width, channels) here. Their pixels are normalized as in torchvision: red,
    /// green and blue from 0 to 1, minus (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225).
    #[must_use]
    pub fn torchvision() -> Foreign {
        Foreign::new(source).ignoring(|name| name.ends_with(".num_batches_tracked"))
    }
}

/// The name in the state dict of the variable at a path.
fn source(path: &Path) -> Option<Source> {
    let path = path.to_string();
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        ["head", "kernel"] => Some(Source::named("fc.weight").permute(&[1, 0])),
        ["head", "bias"] => Some(Source::named("fc.bias")),
        ["stem", part, leaf] => conv_norm("conv1", "bn1", part, leaf),
        // The first pattern matches a stage that is an array of blocks. The second one matches a stage that is a pair:
        // the first block, and an array of the others.
        ["stages", layer, block, conv, part, leaf] => {
            in_block(layer, block.parse().ok()?, conv, part, leaf)
        }
        ["stages", layer, "1", block, conv, part, leaf] => {
            in_block(layer, 1 + block.parse::<usize>().ok()?, conv, part, leaf)
        }
        _ => None,
    }
}

fn in_block(layer: &str, block: usize, conv: &str, part: &str, leaf: &str) -> Option<Source> {
    let (conv, norm) = match conv {
        "shortcut" => ("downsample.0".to_owned(), "downsample.1".to_owned()),
        _ => (conv.to_owned(), conv.replace("conv", "bn")),
    };
    let block = format!("{layer}.{block}");
    conv_norm(&format!("{block}.{conv}"), &format!("{block}.{norm}"), part, leaf)
}

fn conv_norm(conv: &str, norm: &str, part: &str, leaf: &str) -> Option<Source> {
    let of_norm = |name: &str| Some(Source::named(format!("{norm}.{name}")));
    match (part, leaf) {
        // torchvision has (Out, In, H, W), this library (H, W, In, Out).
        ("conv", "kernel") => Some(Source::named(format!("{conv}.weight")).permute(&[2, 3, 1, 0])),
        ("norm", "scale") => of_norm("weight"),
        ("norm", "bias") => of_norm("bias"),
        ("norm", "mean") => of_norm("running_mean"),
        ("norm", "var") => of_norm("running_var"),
        _ => None,
    }
}

//! Makes workloads from their names.

use crate::models::model_named;
use crate::products::Part;
use crate::{functions, images, layers, operations, per_example, products, sequences};

/// Work to be timed. Its inputs are ready, and each call returns its result, which the caller drops.
pub(crate) struct Work {
    /// Runs the work once.
    pub(crate) call: Box<dyn FnMut()>,
    /// Its floating-point operations, for a product or a convolution.
    pub(crate) flops: Option<f64>,
}

impl Work {
    /// The work of this name, or the reason why there is none.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let parts: Vec<&str> = name.split('_').collect();
        let work = match parts[..] {
            ["gemm", sizes] => sizes_in(sizes).map(products::gemm),
            ["conv", input, window, channels] => {
                products::conv(Part::Output, input, window, channels)
            }
            ["conv", "dx", input, window, channels] => {
                products::conv(Part::Input, input, window, channels)
            }
            ["conv", "dk", input, window, channels] => {
                products::conv(Part::Kernel, input, window, channels)
            }
            [kind @ ("jit" | "record" | "plan"), "train", model, batch]
                if batch.starts_with('b') =>
            {
                return model_named(&format!("{kind}_train"), model, batch)
                    .unwrap_or_else(|| Err(format!("unsupported: no batch size in `{name}`")));
            }
            [kind @ ("infer" | "jit" | "train" | "decode"), model, batch]
                if batch.starts_with('b') =>
            {
                return model_named(kind, model, batch)
                    .unwrap_or_else(|| Err(format!("unsupported: no batch size in `{name}`")));
            }
            [.., sizes] => {
                let kind = &name[..name.len() - sizes.len()];
                layers::named(kind, sizes)
                    .or_else(|| images::named(kind, sizes))
                    .or_else(|| functions::named(kind, sizes))
                    .or_else(|| operations::named(kind, sizes))
                    .or_else(|| sequences::named(kind, sizes))
                    .or_else(|| per_example::named(kind, sizes))
            }
            [] => None,
        };
        work.ok_or_else(|| format!("unsupported: no workload has a name like `{name}`"))
    }

    pub(crate) fn new(call: impl FnMut() + 'static) -> Self {
        Self { call: Box::new(call), flops: None }
    }

    pub(crate) fn with_flops(self, flops: usize) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "a rate is printed in few digits")]
        Self { flops: Some(flops as f64), ..self }
    }
}

/// `2x3x4` as `[2, 3, 4]`. No size may be 0, because then there would be no work.
pub(crate) fn sizes_in<const N: usize>(sizes: &str) -> Option<[usize; N]> {
    let sizes: Option<Vec<usize>> = sizes.split('x').map(size).collect();
    sizes?.try_into().ok()
}

pub(crate) fn size(digits: &str) -> Option<usize> {
    digits.parse().ok().filter(|&size| size > 0)
}

/// Pseudo-random bits.
pub(crate) fn mixed(count: usize) -> impl Iterator<Item = u32> {
    (0..count as u32).map(|i| {
        let i = (i ^ (i >> 16)).wrapping_mul(0x7feb_352d);
        let i = (i ^ (i >> 15)).wrapping_mul(0x846c_a68b);
        i ^ (i >> 16)
    })
}

/// Values in [-0.5, 0.5) without a pattern that could make an operation faster.
pub(crate) fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
}

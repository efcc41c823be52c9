//! Models, one file each (the largest have a folder), to be read from top to bottom.
//!
//! | model | what it is | parameters | paper |
//! |---|---|---|---|
//! | [`SimpleLinear<In, Out>`](SimpleLinear) | one linear layer | 7,850 from 784 to 10 | |
//! | [`Mlp<In, Hidden, Out, Layers>`](Mlp) | a multilayer perceptron of any depth | 269,322 from 784 by 256 to 10 | [Rumelhart et al., 1986](https://doi.org/10.1038/323533a0) |
//! | [`SimpleCnn<Classes>`](SimpleCnn) | two convolutions and two linear layers, for digits | 421,642 for 10 classes | [LeCun et al., 1998](https://doi.org/10.1109/5.726791) |
//! | [`ResidualBlock<C>`](ResidualBlock) | two convolutions with a skip connection | 74,112 of 64 channels | [He et al., 2016](https://arxiv.org/abs/1512.03385) |
//! | [`SqueezeExcite<C, Squeezed>`](SqueezeExcite) | channels weighted by the mean of the image | 552 of 32 channels, squeezed to 8 | [Hu et al., 2018](https://arxiv.org/abs/1709.01507) |
//! | [`MbConv<In, Out, Ratio>`](MbConv) | the inverted bottleneck of EfficientNet | 6,004 from 16 to 24 channels, expanded by 6 | [Tan and Le, 2019](https://arxiv.org/abs/1905.11946) |
//! | [`SmallResNet<Classes>`](SmallResNet) | three residual blocks, for images of any size | 232,586 for 10 classes | [He et al., 2016](https://arxiv.org/abs/1512.03385) |
//! | [`ResNet18<Classes>`](ResNet) | residual networks of 18 to 152 layers, which load torchvision's weights | 11,689,512 to 60,192,808 for 1000 classes | [He et al., 2016](https://arxiv.org/abs/1512.03385) |
//! | [`ConvNext<Classes, C>`](ConvNext) | depthwise convolutions in the structure of a transformer | 28,589,128 of width 96 for 1000 classes | [Liu et al., 2022](https://arxiv.org/abs/2201.03545) |
//! | [`UNet<Classes, In, C>`](UNet) | a class for each pixel, with skip connections | 31,037,698 of 64 channels for 2 classes | [Ronneberger et al., 2015](https://arxiv.org/abs/1505.04597) |
//! | [`SelfAttention<D, Heads>`](SelfAttention) | multi-head attention, written by hand | 16,640 of width 64 | [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762) |
//! | [`TransformerBlock<D, Heads, Hidden>`](TransformerBlock) | attention and a feed-forward network, pre-norm | 33,472 of width 64, hidden 128 | [Xiong et al., 2020](https://arxiv.org/abs/2002.04745) |
//! | [`DecoderBlock<D, Heads, Hidden>`](DecoderBlock) | the same with attention to an encoder | 50,240 of width 64, hidden 128 | [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762) |
//! | [`Autoencoder<In, Hidden, Code>`](Autoencoder) | an encoder to a short code and a decoder | 209,968 from 784 by 128 to 32 | [Hinton and Salakhutdinov, 2006](https://doi.org/10.1126/science.1127647) |
//! | [`Vae<In, Hidden, Latent>`](Vae) | a variational autoencoder | 652,824 from 784 by 400 to 20 | [Kingma and Welling, 2014](https://arxiv.org/abs/1312.6114) |
//! | [`Vit<H, W, P, D, Heads, Classes, C>`](Vit) | a vision transformer: patches of an image as tokens | 86,567,656 as ViT-Base/16 for 1000 classes | [Dosovitskiy et al., 2021](https://arxiv.org/abs/2010.11929) |
//! | [`MlpMixer<H, W, P, D, TokenHidden, ChannelHidden, Classes, C>`](MlpMixer) | linear maps over patches and over channels | 18,528,264 as Mixer-S/16 for 1000 classes | [Tolstikhin et al., 2021](https://arxiv.org/abs/2105.01601) |
//! | [`Gpt<Vocabulary, Context, D, Heads>`](Gpt) | a decoder-only transformer that generates text | 810,112 of width 128, 4 deep, for 67 characters and a context of 64 | [Radford et al., 2019](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf) |
//! | [`LstmLanguageModel<Vocabulary, D, Hidden>`](LstmLanguageModel) | LSTM layers that generate text | 111,747 of width 64, hidden 128, for 67 characters and one layer | [Graves, 2013](https://arxiv.org/abs/1308.0850) |
//! | [`Sampler`] | chooses the next token from the logits of a language model | none | [Holtzman et al., 2020](https://arxiv.org/abs/1904.09751) |
//!
//! Letters in shapes: B batch, T time, H W height and width, C channels, D width.
//!
//! # Parts of a model
//!
//! All fields are public: `model.head.kernel`, `model.stages.layer4`.
//!
//! | you want | write |
//! |---|---|
//! | the input of the last layer (features), for another task or a search | `model.features(x, &mut Pass::eval())` |
//! | the codes of an autoencoder | `model.encode(x, pass)`, `model.decode(code, pass)` |
//! | the same body for other classes | `model.with_head(Linear::init(rngs))` |
//! | a model without a head | zero classes, such as `ResNet50<U0>`, and `features` (like `num_classes=0` in timm) |
//! | your own head | a struct with such a model and your layers, whose `forward` calls `features` |
//! | to load weights from a file, except those of the head | `io::load_of(&!Filter::within("head"), &mut model, file)` |
//! | to train the head alone | [`value_and_grad_of`](nnx_core::module::value_and_grad_of) and `Optimizer::within`, both with one filter, as below |
//! | to adapt a trained model with few weights (LoRA) | a struct with the model and a [`Lora`](nnx_core::nn::Lora) whose output is added; train it with `Filter::kind::<LoraParam>()` |
//!
//! The head of `SimpleCnn` is `dense2`, that of an `Mlp` its last `layers/N`; `Gpt` has none, since its
//! embedding is the head.
//!
//! `Filter::within("head")` freezes the other weights. But a training pass still updates the running
//! statistics of every [`BatchNorm`](nnx_core::nn::BatchNorm) that runs, and applies dropout.
//! [`freezing`](nnx_core::module::Filter::freezing) leaves the body unchanged:
//!
//! ```
//! use nnx_core::module::{Filter, Init, Layer, kind, value_and_grad_of};
//! use nnx_core::{Tensor, nn::softmax_cross_entropy, random::Rngs, tensor::Tensor};
//! use nnx_core::{optim::{Optimizer, adam}, size::{Batch, U2, U3, U8}};
//! use nnx_models::ResNet18;
//!
//! let mut model = ResNet18::<U2, U3, U8>::init(&mut Rngs::new(0));
//! let head = Filter::kind::<kind::Param>().freezing(!Filter::within("head"));
//! let mut optimizer = Optimizer::within::<kind::Param, _>(&head, &model, adam(1e-3));
//! let images: Tensor![Batch, 32, 32, 3] = Tensor::from_vec(vec![0.5; 2 * 32 * 32 * 3])?;
//! let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![0, 1])?;
//! let mean = model.stem.norm.mean.value().to_vec();
//! let (loss, grads) = value_and_grad_of(&head, &mut model, |model, pass| {
//!     softmax_cross_entropy(model.forward(images, pass), labels).mean()
//! })?;
//! optimizer.update(&mut model, grads)?;
//! assert_eq!(model.stem.norm.mean.value().to_vec(), mean);
//! # assert!(loss > 0.0);
//! # Ok::<(), nnx_core::Error>(())
//! ```
#![forbid(unsafe_code)]

mod autoencoder;
mod channels;
mod conv_next;
mod decoder_block;
mod gpt;
mod lstm_language_model;
mod mb_conv;
mod mlp;
mod mlp_mixer;
mod residual_block;
mod resnet;
mod sampling;
mod self_attention;
mod simple_cnn;
mod simple_linear;
mod small_resnet;
mod squeeze_excite;
mod transformer_block;
mod u_net;
mod vae;
mod vit;

pub use autoencoder::Autoencoder;
#[doc(hidden)]
pub use channels::BlockChannels;
pub use conv_next::{ConvNext, ConvNextBlock};
pub use decoder_block::{DecoderBlock, DecoderContext, DecoderSequence};
pub use gpt::{Gpt, GptBlock, GptOptions};
pub use lstm_language_model::LstmLanguageModel;
pub use mb_conv::{DepthwiseExcite, MbConv, ResidualMbConv};
pub use mlp::{Depth, HiddenLayers, Mlp, MlpLayers};
pub use mlp_mixer::{MixerBlock, MlpMixer};
pub use residual_block::ResidualBlock;
pub use resnet::{
    BasicBlock, BasicStages, Bottleneck, BottleneckStages, ConvNorm, Projected, ResNet, ResNet18,
    ResNet34, ResNet50, ResNet101, ResNet152,
};
pub use sampling::{GenerationError, Sampler, SamplingError};
pub use self_attention::SelfAttention;
pub use simple_cnn::SimpleCnn;
pub use simple_linear::SimpleLinear;
pub use small_resnet::{FillsStem, SmallResNet};
pub use squeeze_excite::SqueezeExcite;
pub use transformer_block::TransformerBlock;
pub use u_net::{UNet, UNetLevel};
pub use vae::{Vae, VaeOutput};
pub use vit::{Vit, VitBlock};

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

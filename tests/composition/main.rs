//! Models in larger contexts: in other models, in programs, in training with several optimizers.

mod encoder_decoder;
mod gan;
mod program;
mod saliency;

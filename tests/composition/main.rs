//! Models as parts: of other models, of programs, of training with several optimizers.

mod encoder_decoder;
mod gan;
mod program;
mod saliency;

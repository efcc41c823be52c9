//! Text generation with a GPT: one token after another, with a key-value cache.

use nnx_core::Tensor;
use nnx_core::module::{Layer, Pass};
use nnx_core::nn::bounds::HoldsPositions;
use nnx_core::size::{DivisibleBy, Size, Time};

use super::Gpt;
use crate::sampling::generation::{check_prompt, one_sequence};
use crate::{GenerationError, Sampler};

impl<Vocabulary: Size, Context: Size, D: DivisibleBy<Heads>, Heads: Size>
    Gpt<Vocabulary, Context, D, Heads>
{
    /// Gives all blocks an empty cache of keys and values, for a batch of this size and sequences of up
    /// to `Context` tokens: each [`Pass::decode`] that is committed then continues the sequences.
    pub fn init_cache(&mut self, batch: usize) {
        for block in &mut self.blocks {
            block.attention.init_cache(batch, Context::USIZE);
        }
    }

    /// Removes the caches and frees their memory.
    pub fn remove_cache(&mut self) {
        self.blocks.iter_mut().for_each(|block| block.attention.remove_cache());
    }
}

impl<Vocabulary: Size, Context, D: DivisibleBy<Heads>, Heads: Size>
    Gpt<Vocabulary, Context, D, Heads>
where
    Context: HoldsPositions<Time>,
{
    /// Generates `count` tokens after a prompt. `sampler` chooses each token; a key-value cache saves the work
    /// for the earlier tokens.
    ///
    /// The sequence may become longer than the context. When the context is full, the model reads the second
    /// half of it again as a new sequence, and continues from there.
    ///
    /// # Errors
    /// If the prompt is empty, longer than the context, or has a token outside the vocabulary, or if a
    /// logit is NaN or +∞.
    pub fn generate(
        &self,
        prompt: &[i32],
        count: usize,
        sampler: &mut Sampler,
    ) -> Result<Vec<i32>, GenerationError> {
        check_prompt(prompt, Vocabulary::USIZE, Some(Context::USIZE))?;
        // A clone shares the weights, but has its own caches.
        let mut model = self.clone();
        model.init_cache(1);
        let mut tokens = prompt.to_vec();
        // The cache contains the tokens from `first` to `next`.
        let (mut first, mut next) = (0, 0);
        for _ in 0..count {
            if tokens.len() - first > Context::USIZE {
                first = tokens.len() - Context::USIZE.div_ceil(2);
                next = first;
                model.init_cache(1);
            }
            let logits = model.decode(&tokens[next..]);
            next = tokens.len();
            tokens.push(sampler.sample(&logits)?);
        }
        Ok(tokens.split_off(prompt.len()))
    }

    /// Reads more tokens of one sequence and returns the logits after the last token.
    fn decode(&mut self, tokens: &[i32]) -> Vec<f32> {
        let tokens: Tensor![1, Time; i32] = one_sequence(tokens);
        let mut pass = Pass::decode();
        let logits = self.forward(tokens, &mut pass);
        pass.commit(self).expect("the pass has updated the caches of this model alone");
        let logits = logits.to_vec();
        logits[logits.len() - Vocabulary::USIZE..].to_vec()
    }
}

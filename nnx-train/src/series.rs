//! Random changes of series, for training. They draw from the stream of
//! [`Loader::augment`](crate::Loader::augment).

use crate::{Random, Row, Sequence};

impl<X: Row<Element = f32>, T> Sequence<X, T> {
    /// Adds noise from a normal distribution of this standard deviation to each element.
    ///
    /// ```
    /// use nnx_train::{Random, Sequence};
    ///
    /// let series = Sequence::new(vec![0.0f32; 4]).noise(0.1, &mut Random::new(0));
    /// assert!(series.rows().iter().all(|x| *x != 0.0 && x.abs() < 1.0));
    /// ```
    #[must_use]
    pub fn noise(mut self, deviation: f32, random: &mut Random) -> Self {
        for row in self.rows_mut() {
            for element in row.elements_mut() {
                *element += deviation * random.normal() as f32;
            }
        }
        self
    }

    /// Sets a random run of at most `most` rows to zero (time masking of SpecAugment, Park et al., 2019). Its length is
    /// from 0 to `most`, and at most that of the sequence.
    ///
    /// ```
    /// use nnx_train::{Random, Sequence};
    ///
    /// let series = Sequence::new(vec![1.0f32; 100]).time_mask(10, &mut Random::new(3));
    /// let zeros = series.rows().iter().filter(|x| **x == 0.0).count();
    /// assert!(zeros <= 10);
    /// ```
    #[must_use]
    pub fn time_mask(mut self, most: usize, random: &mut Random) -> Self {
        let length = random.below(most.min(self.len()) + 1);
        let start = random.below(self.len() - length + 1);
        for row in &mut self.rows_mut()[start..start + length] {
            row.elements_mut().fill(0.0);
        }
        self
    }

    /// Multiplies the whole sequence by a factor from 1 − `most` to 1 + `most`.
    #[must_use]
    pub fn random_scale(mut self, most: f32, random: &mut Random) -> Self {
        let factor = random.between(1.0 - most, 1.0 + most);
        for row in self.rows_mut() {
            row.elements_mut().iter_mut().for_each(|element| *element *= factor);
        }
        self
    }
}

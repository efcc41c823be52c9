//! Gradients fused into few messages, which are sent while the backward pass goes on.

use std::collections::HashMap;

use nnx_core::array::{Array, DType, Element};
use nnx_core::module::{Entry, Path, State};

use super::{Collective, CollectiveError, Pending};

/// The elements after which a message is sent: 1 MiB. With fewer, messages are sent earlier; with more, there are
/// fewer.
const ELEMENTS: usize = 1 << 18;

/// Which gradients share a message: the same on all ranks.
///
/// The last variables come first, as the backward pass computes their gradients first. Gradients of f32 are added as f32,
/// those of f64 as f64.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    places: HashMap<Path, Place>,
    /// The number of variables and of elements in each bucket of f32.
    buckets: Vec<(usize, usize)>,
    /// The elements of f64.
    wide: usize,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    /// None for f64.
    bucket: Option<usize>,
    start: usize,
    elements: usize,
}

impl Layout {
    /// The layout of variables that are given in the order of the forward pass.
    pub(crate) fn new<'a>(
        variables: impl DoubleEndedIterator<Item = (&'a Path, &'a Array)>,
    ) -> Self {
        let (mut places, mut buckets, mut wide) = (HashMap::new(), Vec::<(usize, usize)>::new(), 0);
        for (path, array) in variables.rev() {
            let elements = array.elements();
            let place = if array.dtype() == DType::F64 {
                wide += elements;
                Place { bucket: None, start: wide - elements, elements }
            } else {
                if buckets.last().is_none_or(|(_, filled)| *filled >= ELEMENTS) {
                    buckets.push((0, 0));
                }
                let bucket = buckets.len() - 1;
                let (variables, filled) = &mut buckets[bucket];
                *variables += 1;
                *filled += elements;
                Place { bucket: Some(bucket), start: *filled - elements, elements }
            };
            places.insert(path.clone(), place);
        }
        Self { places, buckets, wide }
    }

    /// The number of messages of one step.
    #[cfg(test)]
    fn messages(&self) -> usize {
        self.buckets.len() + usize::from(self.wide > 0)
    }
}

/// The gradients of one step on their way. Messages are sent in the order of the buckets, whatever the order in which
/// gradients come, so that all ranks send the same.
pub(crate) struct Sending<'a, C: ?Sized> {
    ranks: &'a C,
    layout: &'a Layout,
    /// The items of this rank divided by those of all: the sums over the ranks are means.
    share: f64,
    buckets: Vec<Vec<f32>>,
    missing: Vec<usize>,
    wide: Vec<f64>,
    sent: Vec<Pending<'a>>,
}

impl<'a, C: Collective + ?Sized> Sending<'a, C> {
    pub(crate) fn new(ranks: &'a C, layout: &'a Layout, share: f64) -> Self {
        let buckets = layout.buckets.iter().map(|(_, elements)| vec![0.0; *elements]).collect();
        let missing = layout.buckets.iter().map(|(variables, _)| *variables).collect();
        let wide = vec![0.0; layout.wide];
        Self { ranks, layout, share, buckets, missing, wide, sent: Vec::new() }
    }

    /// Takes a gradient, and sends the messages that are complete.
    #[allow(clippy::cast_possible_truncation, reason = "a factor of f32 gradients")]
    pub(crate) fn put(&mut self, path: &Path, gradient: &Array) {
        let Place { bucket, start, elements } = self.layout.places[path];
        let gradient = gradient.contiguous();
        let Some(bucket) = bucket else {
            let gradient = gradient.as_slice::<f64>().expect("as the variable");
            let own = self.wide[start..start + elements].iter_mut();
            own.zip(gradient).for_each(|(own, x)| *own = x * self.share);
            return;
        };
        let gradient = gradient.as_slice::<f32>().expect("gradients are f32 or f64");
        let share = self.share as f32;
        let own = self.buckets[bucket][start..start + elements].iter_mut();
        own.zip(gradient).for_each(|(own, x)| *own = x * share);
        self.missing[bucket] -= 1;
        while self.missing.get(self.sent.len()) == Some(&0) {
            let full = std::mem::take(&mut self.buckets[self.sent.len()]);
            self.sent.push(self.ranks.all_reduce_ahead(full));
        }
    }

    /// The means over all ranks in place of this rank's gradients: views of the messages.
    pub(crate) fn finish(mut self, gradients: State) -> Result<State, CollectiveError> {
        let means = self.sent.into_iter().map(|sent| sent.wait().map(vector));
        let means = means.collect::<Result<Vec<Array>, _>>()?;
        if !self.wide.is_empty() {
            self.ranks.all_reduce_f64(&mut self.wide)?;
        }
        let wide = vector(self.wide);
        let mean = |(path, entry): (Path, Entry)| {
            let Place { bucket, start, elements } = self.layout.places[&path];
            let message = bucket.map_or(&wide, |bucket| &means[bucket]);
            let array = message.narrow(0, start, elements).reshape(&entry.array.dims());
            (path, Entry { array, ..entry })
        };
        Ok(gradients.into_iter().map(mean).collect())
    }
}

fn vector<E: Element>(elements: Vec<E>) -> Array {
    let size = elements.len();
    Array::new(elements, &[size]).expect("as many elements")
}

#[cfg(test)]
mod tests {
    use nnx_core::array::Array;
    use nnx_core::module::Path;

    use super::Layout;

    #[test]
    fn many_variables_share_few_messages() {
        let path = |i: usize| Path::parse(&format!("layer{i}/kernel"));
        let arrays: Vec<(Path, Array)> =
            (0..200).map(|i| (path(i), Array::full(0.0f32, &[100, 100]))).collect();
        let layout = Layout::new(arrays.iter().map(|(path, array)| (path, array)));
        // 27 variables fill 2^18 elements.
        assert_eq!(layout.messages(), 200usize.div_ceil(27));
        let last = layout.places[&path(199)];
        assert_eq!((last.bucket, last.start), (Some(0), 0), "the last variable is sent first");
        let huge =
            [(path(0), Array::full(0.0f32, &[2000, 1000])), (path(1), Array::full(0.0f64, &[2]))];
        let layout = Layout::new(huge.iter().map(|(path, array)| (path, array)));
        assert_eq!(layout.messages(), 2, "one that is larger than a message, and one of f64");
    }
}

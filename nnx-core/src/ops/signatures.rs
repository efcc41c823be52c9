//! The shapes and types of the values of a program. Values share them: a long program has few different ones.

use std::ops::Index;

use super::{Signature, ValueId};

/// A signature is looked for among as many of the last different ones, so that a program of many different shapes takes no longer.
const RECENT: usize = 64;

/// The signatures of values, by their numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signatures {
    /// For each value, where its signature is.
    of_values: Vec<u32>,
    found: Vec<Signature>,
}

impl Signatures {
    /// Adds a value.
    pub(crate) fn push(&mut self, signature: Signature) -> ValueId {
        let start = self.found.len().saturating_sub(RECENT);
        let known = self.found[start..].iter().rposition(|found| *found == signature);
        let index = known.map_or(self.found.len(), |index| start + index);
        if known.is_none() {
            self.found.push(signature);
        }
        self.of_values.push(u32::try_from(index).expect("fewer values than 2^32"));
        self.of_values.len() - 1
    }

    /// The number of values.
    pub(crate) fn len(&self) -> usize {
        self.of_values.len()
    }

    pub(crate) fn get(&self, value: ValueId) -> Option<Signature> {
        self.of_values.get(value).map(|index| self.found[*index as usize])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Signature> {
        self.of_values.iter().map(|index| self.found[*index as usize])
    }

    /// Frees the room for further values.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.of_values.shrink_to_fit();
        self.found.shrink_to_fit();
    }
}

impl Index<ValueId> for Signatures {
    type Output = Signature;
    fn index(&self, value: ValueId) -> &Signature {
        &self.found[self.of_values[value] as usize]
    }
}

impl PartialEq for Signatures {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{DType, Dims};

    #[test]
    fn values_of_one_signature_share_it() {
        let signature = |size: usize| Signature { dims: Dims::new(&[size]), dtype: DType::F32 };
        let mut signatures = Signatures::default();
        let sizes = || (0..300).flat_map(|i| [i % 2, i]);
        for (value, size) in sizes().enumerate() {
            assert_eq!(signatures.push(signature(size)), value);
        }
        assert!(sizes().map(signature).eq(signatures.iter()));
        assert_eq!((signatures[5], signatures.get(600)), (signature(2), None));
        let mut few = Signatures::default();
        for i in 0..100 {
            few.push(signature(i % 10));
        }
        assert_eq!((few.len(), few.found.len()), (100, 10));
        assert!(few != signatures);
    }
}

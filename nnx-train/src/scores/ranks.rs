//! The metrics of several ranks, merged.

use super::Scores;
use crate::TrainError;
use crate::collective::Together;

impl Scores {
    /// The values of the metrics of all ranks: rank 0 merges what they have counted, in the order of the ranks, and tells
    /// all the values. Each rank has measured other batches, and some may have had none.
    pub(crate) fn merged(self, together: &Together) -> Result<Vec<(String, f64)>, TrainError> {
        let all = together.ranks().all_gather(&self.to_bytes())?;
        let merged = together.is_first().then(|| self.with_others(&all[1..])).transpose();
        let values = together.agree(merged)?.unwrap_or_default();
        let mut text = Vec::new();
        values.iter().for_each(|(name, value)| put(&mut text, name, &[*value]));
        let text = together.ranks().broadcast(0, &text)?;
        Ok(read(&text).into_iter().map(|(name, value)| (name, value[0])).collect())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.iter().for_each(|(name, metric)| put(&mut bytes, name, &metric.counts()));
        bytes
    }

    fn with_others(mut self, others: &[Vec<u8>]) -> Result<Vec<(String, f64)>, TrainError> {
        for (rank, bytes) in (1..).zip(others) {
            for (name, counts) in read(bytes) {
                let Some((_, metric)) = self.0.iter_mut().find(|(of, _)| *of == name) else {
                    let text = format!(
                        "rank {rank} has measured `{name}`, which no batch of rank 0 has measured; measure the same metrics \
                         on each batch"
                    );
                    return Err(TrainError::Other(text.into()));
                };
                metric.merge(&counts).map_err(|error| {
                    TrainError::Other(format!("the metric `{name}` of rank {rank}: {error}").into())
                })?;
            }
        }
        Ok(self.values())
    }
}

/// Appends a name and numbers.
fn put(bytes: &mut Vec<u8>, name: &str, numbers: &[f64]) {
    for length in [name.len(), numbers.len()] {
        bytes.extend((length as u64).to_ne_bytes());
    }
    bytes.extend(name.as_bytes());
    bytes.extend(numbers.iter().flat_map(|number| number.to_ne_bytes()));
}

/// What [`put`] has appended.
fn read(mut bytes: &[u8]) -> Vec<(String, Vec<f64>)> {
    let mut found = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<16>() {
        let [name, numbers] = [0, 8].map(|start| {
            let length = head[start..start + 8].try_into().expect("eight bytes");
            usize::try_from(u64::from_ne_bytes(length)).expect("a length of this program")
        });
        let (name, rest) = rest.split_at(name);
        let (numbers, rest) = rest.split_at(numbers * 8);
        let numbers = numbers.as_chunks::<8>().0.iter().map(|bytes| f64::from_ne_bytes(*bytes));
        found.push((String::from_utf8_lossy(name).into_owned(), numbers.collect()));
        bytes = rest;
    }
    found
}

//! "Did you mean": the nearest of a few known words.

/// The candidate with the smallest edit distance, if the distance is at most a third of its length.
pub(crate) fn most_similar<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let (edits, nearest) =
        candidates.map(|candidate| (edit_distance(word, candidate), candidate)).min()?;
    (edits <= nearest.len().div_ceil(3)).then_some(nearest)
}

/// The Levenshtein distance: the number of letters to insert, remove or replace.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    // The distances from the prefix of `from` that was read to every prefix of `to`.
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (read, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = read + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "skip"), 4);
        assert_eq!(edit_distance("skip", "skip"), 0);
    }

    #[test]
    fn only_near_words_are_similar() {
        let words = ["init", "skip", "rename", "sequential"];
        let nearest = |word| most_similar(word, words.into_iter());
        assert_eq!(nearest("skpi"), Some("skip"));
        assert_eq!(nearest("name"), Some("rename"));
        assert_eq!(nearest("sequence"), Some("sequential"));
        assert_eq!(nearest("frozen"), None);
    }
}

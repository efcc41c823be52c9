//! Lines and quotes of a file of separated values, where `csv` doesn't tell them.

/// An offset, at most at the end.
pub(super) fn index(offset: u64, bytes: &[u8]) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len())
}

/// The lines of a file, which end by `\n`, `\r\n` or `\r`: `csv` reads all three as ends of rows, but counts `\n` alone.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    /// Up to where they are counted, and the line of that byte.
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, counted: 0, line: 1 }
    }

    /// The line of the record that starts at this offset, which is behind those asked for before. The reader's offset is
    /// before the empty lines in front of a record.
    pub(super) fn at(&mut self, start: u64) -> u64 {
        let start = index(start, self.bytes);
        let is_end = |&&byte: &&u8| matches!(byte, b'\r' | b'\n');
        let end = start + self.bytes[start..].iter().take_while(is_end).count();
        for at in self.counted..end {
            let is_pair = self.bytes[at] == b'\r' && self.bytes.get(at + 1) == Some(&b'\n');
            self.line += u64::from(is_end(&&self.bytes[at]) && !is_pair);
        }
        self.counted = self.counted.max(end);
        self.line
    }
}

/// Whether a quote that a record opens is never closed, so that `csv` reads all rows behind it as one value.
pub(super) fn ends_in_quotes(record: &[u8], delimiter: u8) -> bool {
    let (mut starts, mut quoted) = (true, false);
    let mut bytes = record.iter().peekable();
    while let Some(&byte) = bytes.next() {
        if quoted {
            // Two quotes are one in the value.
            quoted = byte != b'"' || bytes.next_if_eq(&&b'"').is_some();
        } else {
            quoted = starts && byte == b'"';
            starts = byte == delimiter || matches!(byte, b'\r' | b'\n');
        }
    }
    quoted
}

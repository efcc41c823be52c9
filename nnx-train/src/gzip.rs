//! Gzipped data as `gunzip` reads it: several members in a row, and padding of zeros after each, as tapes and block
//! devices add it.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::bufread::GzDecoder;

/// The most zeros that are passed over in a row, 64 MiB: a file that is one hole costs no minutes.
const PADDING: u64 = 64 << 20;

/// The unpacked bytes of all members. A member is followed by zeros, by another member, or by an error.
pub(crate) struct Members<R> {
    /// The current member; none after the last.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    pub(crate) fn new(packed: R) -> Self {
        Self { member: Some(GzDecoder::new(packed)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(bytes)?;
            if count > 0 || bytes.is_empty() {
                return Ok(count);
            }
            let packed = self.member.take().map(GzDecoder::into_inner);
            if let Some(mut packed) = packed
                && !skip_zeros(&mut packed)?
            {
                self.member = Some(GzDecoder::new(packed));
            }
        }
        Ok(0)
    }
}

/// Skips zeros; true at the end of the data.
fn skip_zeros(packed: &mut impl BufRead) -> io::Result<bool> {
    let mut skipped = 0;
    loop {
        let ready = match packed.fill_buf() {
            Ok(ready) => ready,
            // Retried here: a caller that retries would start after the member that was interrupted.
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if ready.is_empty() {
            return Ok(true);
        }
        let zeros = ready.iter().take_while(|&&byte| byte == 0).count();
        let all = zeros == ready.len();
        packed.consume(zeros);
        skipped += zeros as u64;
        if !all {
            return Ok(false);
        }
        if skipped > PADDING {
            let problem = "more than 64 MiB of zeros after a member";
            return Err(io::Error::new(ErrorKind::InvalidData, problem));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Interrupts every other read, as a signal may.
    struct Interrupted<R>(R, bool);
    impl<R: Read> Read for Interrupted<R> {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 { Err(ErrorKind::Interrupted.into()) } else { self.0.read(bytes) }
        }
    }

    #[test]
    fn a_signal_between_members_loses_none() {
        let packed = [gzip(b"one, "), vec![0; 100], gzip(b"two")].concat();
        for capacity in [1, 7, 4096] {
            let source = BufReader::with_capacity(capacity, Interrupted(&packed[..], false));
            let mut text = String::new();
            Members::new(source).read_to_string(&mut text).expect("whole members");
            assert_eq!(text, "one, two");
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    /// The decompressed members, read in pieces of `capacity` compressed bytes.
    fn unpacked(packed: impl Read, capacity: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Members::new(BufReader::with_capacity(capacity, packed)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn zeros_after_and_between_members_are_skipped_wherever_reads_end() {
        let zeros = |count: usize| vec![0; count];
        let packed = [gzip(b"one"), zeros(3), gzip(b""), gzip(b"two"), zeros(600)].concat();
        for capacity in 1..packed.len() + 2 {
            assert_eq!(unpacked(&packed[..], capacity).expect("members"), b"onetwo", "{capacity}");
        }
    }

    #[test]
    fn anything_else_after_a_member_is_an_error() {
        for behind in [&b"x"[..], b"\0\0x", b"\x1f", b"\x1f\x8b", b"\0\x1f\x8b\x08"] {
            let packed = [gzip(b"one"), behind.to_vec()].concat();
            let error = unpacked(&packed[..], 64).expect_err("no member");
            let kinds = [ErrorKind::InvalidInput, ErrorKind::InvalidData, ErrorKind::UnexpectedEof];
            assert!(kinds.contains(&error.kind()), "{behind:?}: {error:?}");
        }
    }

    #[test]
    fn zeros_without_end_are_an_error() {
        let packed = gzip(b"one");
        let error = unpacked(packed.chain(io::repeat(0)), 1 << 16).expect_err("no end");
        assert_eq!(error.to_string(), "more than 64 MiB of zeros after a member");
    }
}

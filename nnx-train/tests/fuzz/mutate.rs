//! Damaged files: pieces of a file are changed, doubled, left out or taken from another one.

/// Pseudo-random numbers (splitmix64).
pub(crate) struct Choices(u64);

impl Choices {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Lengths and counts that a lying header has.
const NUMBERS: [u64; 14] = [
    0,
    1,
    2,
    7,
    127,
    128,
    255,
    32_767,
    65_535,
    0x7fff_ffff,
    0xffff_ffff,
    1 << 40,
    u64::MAX / 2,
    u64::MAX,
];

/// Pieces of the text of headers.
const PIECES: [&str; 26] = [
    "0",
    "-1",
    "1e999",
    "99999999999999999999",
    "4294967296",
    "65536",
    "()",
    "[]",
    "{}",
    "\"",
    "'",
    ",",
    "\n",
    "\r\n",
    "\t",
    "null",
    "true",
    "F32",
    "BF16",
    "I64",
    "'<f8'",
    "'>f2'",
    "True",
    "\u{feff}",
    "\u{0}",
    "\\ud800",
];

/// A file with a few changes.
pub(crate) fn mutated(seeds: &[Vec<u8>], choices: &mut Choices) -> Vec<u8> {
    let mut bytes = seeds[choices.below(seeds.len())].clone();
    for _ in 0..=choices.below(4) {
        change(&mut bytes, seeds, choices);
    }
    bytes.truncate(1 << 16);
    if choices.below(4) > 0 {
        repair_png(&mut bytes);
    }
    bytes
}

/// Makes the checksums of a PNG file those of its changed chunks: otherwise nearly every change would be refused by
/// them.
fn repair_png(bytes: &mut [u8]) {
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return;
    }
    let mut chunk = 8;
    while let Some(length) = bytes.get(chunk..chunk + 4) {
        let length = u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
        let end = chunk + 8 + length;
        let Some(data) = bytes.get(chunk + 4..end) else { return };
        let mut crc = flate2::Crc::new();
        crc.update(data);
        match bytes.get_mut(end..end + 4) {
            Some(old) => old.copy_from_slice(&crc.sum().to_be_bytes()),
            None => return,
        }
        chunk = end + 4;
    }
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], choices: &mut Choices) {
    let length = bytes.len();
    // More often near the start, where headers are.
    let reach = if choices.below(2) == 0 { length.min(128) } else { length };
    let at = choices.below(reach);
    let size = 1 + choices.below(choices_size(length));
    let end = (at + size).min(length);
    match choices.below(10) {
        0 if length > 0 => bytes[at] ^= 1 << choices.below(8),
        1 if length > 0 => bytes[at] = choices.below(256) as u8,
        2 => {
            let number = NUMBERS[choices.below(NUMBERS.len())];
            let width = [1, 2, 4, 8][choices.below(4)];
            let mut number = number.to_le_bytes()[..width].to_vec();
            if choices.below(2) == 0 {
                number.reverse();
            }
            for (i, byte) in number.into_iter().enumerate() {
                if let Some(old) = bytes.get_mut(at + i) {
                    *old = byte;
                }
            }
        }
        3 => drop(bytes.drain(at..end)),
        4 => {
            let piece = bytes[at..end].to_vec();
            let to = choices.below(length + 1);
            bytes.splice(to..to, piece);
        }
        5 => bytes.truncate(at),
        6 => {
            let piece = PIECES[choices.below(PIECES.len())].bytes();
            let over = if choices.below(2) == 0 { at } else { end };
            bytes.splice(at..over, piece);
        }
        7 => {
            let other = &seeds[choices.below(seeds.len())];
            let from = choices.below(other.len());
            let piece = other[from..(from + size).min(other.len())].to_vec();
            bytes.splice(at..end, piece);
        }
        8 => {
            // Changes a number in a text.
            let digit = (at..length).find(|&i| bytes[i].is_ascii_digit());
            if let Some(i) = digit {
                bytes[i] = b"0123456789-.eE"[choices.below(14)];
            }
        }
        _ => bytes[at.min(length)..end].fill(choices.below(256) as u8),
    }
}

fn choices_size(length: usize) -> usize {
    (length / 4).clamp(1, 64)
}

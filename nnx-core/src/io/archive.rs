//! Zip archives, as far as npz files need them: entries that are stored or deflated.
//!
//! Archives may be untrusted. Nothing is allocated by a length in the file beyond the length of the file itself;
//! what is unpacked grows with the data that really come.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::read::DeflateDecoder;

/// One file of an archive.
#[derive(Debug)]
pub(super) struct ZipEntry {
    pub(super) name: String,
    /// Its uncompressed length, according to the archive.
    pub(super) length: u64,
    method: u16,
    packed: u64,
    crc: u32,
    /// The position of its local header.
    begin: u64,
}

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
/// Lengths and positions of 64 bits, of an entry.
const EXTRA_64: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

fn damaged(problem: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, problem.into())
}

/// Reads the fields of a record in order.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes(&mut self, length: usize) -> io::Result<&'a [u8]> {
        let (bytes, rest) =
            self.0.split_at_checked(length).ok_or_else(|| damaged("a record is cut short"))?;
        self.0 = rest;
        Ok(bytes)
    }

    fn u16(&mut self) -> io::Result<u16> {
        Ok(u16::from_le_bytes(self.bytes(2)?.try_into().expect("two bytes")))
    }

    fn u32(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.bytes(4)?.try_into().expect("four bytes")))
    }

    fn u64(&mut self) -> io::Result<u64> {
        Ok(u64::from_le_bytes(self.bytes(8)?.try_into().expect("eight bytes")))
    }
}

/// Reads `length` bytes at a position, if the file has them.
fn read_at(file: &File, position: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut file = file;
    let total = file.metadata()?.len();
    if position.checked_add(length).is_none_or(|end| end > total) {
        return Err(damaged(format!(
            "bytes {position} to {} of a file of {total}",
            position.saturating_add(length)
        )));
    }
    file.seek(SeekFrom::Start(position))?;
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory)?];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The entries of an archive, in its order.
pub(super) fn entries(file: &File) -> io::Result<Vec<ZipEntry>> {
    let total = file.metadata()?.len();
    // The end record, followed by a comment of up to 65535 bytes.
    let tail_length = total.min(22 + 65_535);
    let tail = read_at(file, total - tail_length, tail_length)?;
    let end = (0..tail.len().saturating_sub(21)).rev().find(|&i| {
        tail[i..].starts_with(&END.to_le_bytes())
            && i + 22 + usize::from(u16::from_le_bytes([tail[i + 20], tail[i + 21]])) == tail.len()
    });
    let end = end.ok_or_else(|| damaged("no directory at its end"))?;
    let mut record = Fields(&tail[end + 10..]);
    let (mut count, mut length, mut begin) =
        (u64::from(record.u16()?), u64::from(record.u32()?), u64::from(record.u32()?));
    let position = total - tail_length + end as u64;
    if position >= 20 {
        let locator = read_at(file, position - 20, 20)?;
        let mut locator = Fields(&locator);
        if locator.u32()? == LOCATOR_64 {
            locator.u32()?;
            let record = read_at(file, locator.u64()?, 56)?;
            let mut record = Fields(&record);
            if record.u32()? != END_64 {
                return Err(damaged("no directory of 64 bits where it is said to be"));
            }
            record.bytes(28)?;
            (count, length, begin) = (record.u64()?, record.u64()?, record.u64()?);
        }
    }
    let directory = read_at(file, begin, length)?;
    let mut fields = Fields(&directory);
    let mut entries = Vec::new();
    for _ in 0..count {
        entries.push(entry(&mut fields)?);
    }
    Ok(entries)
}

/// One entry of the central directory.
fn entry(fields: &mut Fields<'_>) -> io::Result<ZipEntry> {
    if fields.u32()? != CENTRAL {
        return Err(damaged("an entry of the directory doesn't start as one"));
    }
    fields.bytes(4)?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    fields.bytes(4)?;
    let crc = fields.u32()?;
    let (packed, length) = (fields.u32()?, fields.u32()?);
    let lengths = [fields.u16()?, fields.u16()?, fields.u16()?].map(usize::from);
    fields.bytes(8)?;
    let begin = fields.u32()?;
    let name = String::from_utf8_lossy(fields.bytes(lengths[0])?).into_owned();
    let mut extra = Fields(fields.bytes(lengths[1])?);
    fields.bytes(lengths[2])?;
    if flags & 1 != 0 {
        return Err(damaged(format!("`{name:.100}` is encrypted")));
    }
    let (mut packed, mut length, mut begin) =
        (u64::from(packed), u64::from(length), u64::from(begin));
    while extra.0.len() >= 4 {
        let (id, size) = (extra.u16()?, extra.u16()?);
        let mut field = Fields(extra.bytes(usize::from(size))?);
        if id == EXTRA_64 {
            // The extra field has only those numbers that don't fit into 32 bits.
            for number in [&mut length, &mut packed, &mut begin] {
                if *number == u64::from(u32::MAX) {
                    *number = field.u64()?;
                }
            }
        }
    }
    Ok(ZipEntry { name, length, method, packed, crc, begin })
}

impl ZipEntry {
    /// The unpacked data, whose end checks the length and the checksum.
    pub(super) fn open<'f>(&self, file: &'f File) -> io::Result<Unpacked<'f>> {
        let header = read_at(file, self.begin, 30)?;
        let mut fields = Fields(&header);
        if fields.u32()? != LOCAL {
            return Err(damaged("no entry where the directory says"));
        }
        fields.bytes(22)?;
        let skipped = u64::from(fields.u16()?) + u64::from(fields.u16()?);
        let begin = self.begin + 30 + skipped;
        if begin
            .checked_add(self.packed)
            .is_none_or(|end| end > file.metadata().map_or(0, |m| m.len()))
        {
            return Err(damaged("an entry reaches beyond the end of the file"));
        }
        let mut file = file;
        file.seek(SeekFrom::Start(begin))?;
        let packed = file.take(self.packed);
        let data: Box<dyn Read + 'f> = match self.method {
            STORED => Box::new(packed),
            DEFLATED => Box::new(DeflateDecoder::new(packed)),
            other => {
                return Err(damaged(format!(
                    "the compression method {other}, expected deflate or none"
                )));
            }
        };
        Ok(Unpacked { data, left: self.length, crc: Crc::new(), expected: self.crc })
    }
}

/// The data of an entry.
pub(super) struct Unpacked<'f> {
    data: Box<dyn Read + 'f>,
    left: u64,
    crc: Crc,
    expected: u32,
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.data.read(buffer)?;
        self.crc.update(&buffer[..count]);
        let left = self.left.checked_sub(count as u64);
        self.left = left.ok_or_else(|| damaged("more data than the directory says"))?;
        if count == 0 && !buffer.is_empty() {
            if self.left > 0 {
                return Err(damaged("less data than the directory says"));
            }
            if self.crc.sum() != self.expected {
                return Err(damaged("data whose checksum differs"));
            }
        }
        Ok(count)
    }
}

/// Writes an archive of stored files. All lengths are written in 64 bits, as Python's `zipfile` reads them.
pub(super) fn write(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for (name, data) in files {
        let mut crc = Crc::new();
        crc.update(data);
        let (begin, length) = (archive.len() as u64, data.len() as u64);
        let name_length = u16::try_from(name.len()).expect("a name below 65536 bytes");
        // Version 4.5, the flag for UTF-8 names, stored, 1 January 1980.
        let common = |extra: u16| -> Vec<u8> {
            let shorts = [45, 0x800, STORED, 0, 0x21].map(u16::to_le_bytes);
            let longs = [crc.sum(), u32::MAX, u32::MAX].map(u32::to_le_bytes);
            let ends = [name_length, extra].map(u16::to_le_bytes);
            [shorts.concat(), longs.concat(), ends.concat()].concat()
        };
        let extra = |numbers: &[u64]| -> Vec<u8> {
            let size = u16::try_from(8 * numbers.len()).expect("three numbers at most");
            let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            [&EXTRA_64.to_le_bytes(), &size.to_le_bytes(), &numbers[..]].concat()
        };
        let local =
            [&LOCAL.to_le_bytes()[..], &common(20), name.as_bytes(), &extra(&[length, length])];
        local.iter().for_each(|part| archive.extend_from_slice(part));
        archive.extend_from_slice(data);
        // Made by version 4.5, the common fields, no comment, the first disk, no attributes.
        let rest = [&[0; 10][..], &u32::MAX.to_le_bytes()].concat();
        let central = [
            &CENTRAL.to_le_bytes()[..],
            &45u16.to_le_bytes(),
            &common(28)[..],
            &rest,
            name.as_bytes(),
        ];
        central.iter().for_each(|part| directory.extend_from_slice(part));
        directory.extend_from_slice(&extra(&[length, length, begin]));
    }
    let (begin, length, count) = (archive.len() as u64, directory.len() as u64, files.len() as u64);
    archive.extend_from_slice(&directory);
    let end = begin + length;
    let shorts = [45u16, 45].map(u16::to_le_bytes).concat();
    let numbers = [count, count, length, begin].map(u64::to_le_bytes).concat();
    for part in [
        &END_64.to_le_bytes()[..],
        &44u64.to_le_bytes(),
        &shorts,
        &[0; 8],
        &numbers,
        &LOCATOR_64.to_le_bytes(),
        &0u32.to_le_bytes(),
        &end.to_le_bytes(),
        &1u32.to_le_bytes(),
        &END.to_le_bytes(),
        &0u32.to_le_bytes(),
        &[0xff; 12],
        &0u16.to_le_bytes(),
    ] {
        archive.extend_from_slice(part);
    }
    archive
}

//! An event as TFRecord: its length, a checksum of the length, its bytes, a checksum of the bytes.

/// The bytes of one event in the file, little-endian.
pub(super) fn frame(event: &[u8]) -> Vec<u8> {
    let length = (event.len() as u64).to_le_bytes();
    let mut bytes = Vec::with_capacity(event.len() + 16);
    bytes.extend(length);
    bytes.extend(masked_crc(&length).to_le_bytes());
    bytes.extend(event);
    bytes.extend(masked_crc(event).to_le_bytes());
    bytes
}

/// The CRC-32C, rotated and shifted, because a CRC of bytes that contain their CRC is a weak one.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit, by the polynomial of Castagnoli.
    fn plain_crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc: u32, _| {
                (crc >> 1) ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 }
            })
        })
    }

    #[test]
    fn a_frame_is_length_checksum_bytes_checksum() {
        assert_eq!(plain_crc(b"123456789"), 0xe306_9283, "the check value of CRC-32C");
        let mask = |crc: u32| crc.rotate_right(15).wrapping_add(0xa282_ead8);
        for event in [&b""[..], b"a", b"some bytes of an event"] {
            let framed = frame(event);
            let length = (event.len() as u64).to_le_bytes();
            assert_eq!(framed[..8], length);
            assert_eq!(framed[8..12], mask(plain_crc(&length)).to_le_bytes());
            assert_eq!(&framed[12..12 + event.len()], event);
            assert_eq!(framed[12 + event.len()..], mask(plain_crc(event)).to_le_bytes());
        }
    }
}

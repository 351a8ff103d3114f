//! Frames: what one write and one sync make durable together, checked and chained to the frame before.
//!
//! Here: sealing a frame, reading one back, and telling a torn last frame from a damaged one.
//! Not here: what a payload says (`entry`), where frames lie (`segment`).
//!
//! ```text
//! magic u32 · length u32 · number u64 · chain u32 · payload checksum u32 · header checksum u32 · end u32 · payload
//! ```
//! All little-endian. `chain` is the header checksum of the frame before; both checksums are CRC32C and
//! begin with the salt of this data directory, so bytes that a user sends are never taken for a frame.
//! INVARIANT: a frame fills whole words of 8 bytes; header and payload end with a byte that is not zero, so
//! what was written only up to some place differs from what was written whole.

use planted::Bug;

use crate::disk::DiskFile;

pub(crate) const HEADER: usize = 32;
const MAGIC: u32 = 0x3146_5753;
const HEADER_END: u32 = 0xff46_5753;
/// Frames begin at multiples of this.
const WORD: usize = 8;
/// Ends a payload and fills it up to a word; at least one.
pub(crate) const PADDING: u8 = 0xff;
/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// The end of a chain of frames: what the next frame must continue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Link {
    /// Number of the last frame; 0 before the first.
    pub(crate) number: u64,
    pub(crate) chain: u32,
}

#[derive(Clone, Copy)]
struct Header {
    length: usize,
    link: Link,
    previous_chain: u32,
    payload_checksum: u32,
}

/// An empty buffer in which a frame can be collected: the payload goes behind the header.
pub(crate) fn clear(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.resize(HEADER, 0);
}

/// Ends a payload: from here on the length of the frame is known.
pub(crate) fn pad(buffer: &mut Vec<u8>) {
    buffer.resize((buffer.len() + 1).next_multiple_of(WORD), PADDING);
}

/// Makes a frame of a buffer whose payload has been padded. None if the payload is too long for a frame.
pub(crate) fn seal(buffer: &mut [u8], after: Link, salt: u64) -> Option<Link> {
    debug_assert!(buffer.len().is_multiple_of(WORD));
    let length = u32::try_from(buffer.len() - HEADER).ok()?;
    let number = after.number + 1;
    let payload_checksum = checksum(salt, &buffer[HEADER..]);
    buffer[..4].copy_from_slice(&MAGIC.to_le_bytes());
    buffer[4..8].copy_from_slice(&length.to_le_bytes());
    buffer[8..16].copy_from_slice(&number.to_le_bytes());
    buffer[16..20].copy_from_slice(&after.chain.to_le_bytes());
    buffer[20..24].copy_from_slice(&payload_checksum.to_le_bytes());
    let chain = checksum(salt, &buffer[..24]);
    buffer[24..28].copy_from_slice(&chain.to_le_bytes());
    buffer[28..32].copy_from_slice(&HEADER_END.to_le_bytes());
    Some(Link { number, chain })
}

pub(crate) fn checksum(salt: u64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), bytes)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The header at the start of the bytes, if its checksum is right.
fn header(bytes: &[u8], salt: u64) -> Option<Header> {
    let bytes = bytes.get(..HEADER)?;
    let is_framed = word(bytes, 0) == MAGIC && word(bytes, 28) == HEADER_END;
    if !is_framed || word(bytes, 24) != checksum(salt, &bytes[..24]) {
        return None;
    }
    Some(Header {
        length: word(bytes, 4) as usize,
        link: Link {
            number: u64::from(word(bytes, 8)) | u64::from(word(bytes, 12)) << 32,
            chain: word(bytes, 24),
        },
        previous_chain: word(bytes, 16),
        payload_checksum: word(bytes, 20),
    })
}

/// The link of the frame at an offset of a file, if an intact header stands there.
pub(crate) fn link_at(file: &dyn DiskFile, offset: u64, salt: u64) -> std::io::Result<Option<Link>> {
    let mut bytes = [0; HEADER];
    let count = file.read_at(offset, &mut bytes)?;
    Ok(header(&bytes[..count], salt).map(|header| header.link))
}

/// The whole length of the frame at an offset of a file, if an intact header stands there.
pub(crate) fn length_at(file: &dyn DiskFile, offset: u64, salt: u64) -> std::io::Result<Option<usize>> {
    let mut bytes = [0; HEADER];
    let count = file.read_at(offset, &mut bytes)?;
    Ok(header(&bytes[..count], salt).map(|header| HEADER + header.length))
}

/// What stands at a place of a file where the next frame is expected.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// A frame of this whole length, header included, that continues the chain.
    Frame { length: usize, link: Link },
    /// Nothing was ever written here.
    Unwritten,
    /// One frame was being written here and did not become durable whole.
    Torn,
    /// Something else: what was durable has changed.
    Damaged,
}

/// Looks at the rest of a file, which begins where the next frame is expected. `sector_offset` is the
/// place of that beginning within its sector.
///
/// A frame is written into zeros and synced before the next one is begun. So a frame that a crash tore
/// has at least one sector, or part of one, that is still zero, and nothing valid follows it. The zeros are
/// durable before the frame is written: a file that ends within a frame has lost its end since.
pub(crate) fn next(rest: &[u8], sector_offset: usize, after: Link, salt: u64) -> Next {
    match header(rest, salt) {
        Some(header) => next_with_header(rest, sector_offset, header, after, salt),
        None if is_zero(rest) => Next::Unwritten,
        None => {
            let place = &rest[..rest.len().min(HEADER)];
            let is_torn = rest.len() >= HEADER && is_part(place, sector_offset);
            if is_torn && !frame_follows(rest, after, salt) { Next::Torn } else { Next::Damaged }
        }
    }
}

fn next_with_header(rest: &[u8], sector_offset: usize, header: Header, after: Link, salt: u64) -> Next {
    let continues = header.link.number == after.number + 1 && header.previous_chain == after.chain;
    if !continues {
        return Next::Damaged;
    }
    let length = HEADER + header.length;
    let frame = &rest[..rest.len().min(length)];
    if frame.len() < length {
        return Next::Damaged;
    }
    let is_intact = || checksum(salt, &frame[HEADER..]) == header.payload_checksum;
    if planted::is_on(Bug::PayloadChecksumIsIgnored) || is_intact() {
        return Next::Frame { length, link: header.link };
    }
    let is_torn = is_part(frame, sector_offset) || planted::is_on(Bug::DamageIsTakenForTearing);
    if is_torn && is_zero(&rest[frame.len()..]) { Next::Torn } else { Next::Damaged }
}

fn is_zero(bytes: &[u8]) -> bool {
    // Whole pages first: the rest of a segment is long.
    let (chunks, rest) = bytes.as_chunks::<4096>();
    chunks.iter().all(|chunk| chunk == &[0; 4096]) && rest.iter().all(|&byte| byte == 0)
}

/// Whether something of a frame, or of its header, was not written.
fn is_part(bytes: &[u8], sector_offset: usize) -> bool {
    let (first, others) = bytes.split_at(bytes.len().min(SECTOR - sector_offset));
    bytes.last() == Some(&0) || is_zero(first) || others.chunks(SECTOR).any(is_zero)
}

/// Whether a later frame of the same log stands anywhere in the bytes.
fn frame_follows(rest: &[u8], after: Link, salt: u64) -> bool {
    (WORD..rest.len()).step_by(WORD).any(|at| {
        let is_later = |header: Header| header.link.number > after.number;
        word_is_magic(&rest[at..]) && header(&rest[at..], salt).is_some_and(is_later)
    })
}

fn word_is_magic(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: u64 = 0x5a17;

    fn frame(payload: &[u8], after: Link) -> (Vec<u8>, Link) {
        let mut buffer = Vec::new();
        clear(&mut buffer);
        buffer.extend_from_slice(payload);
        pad(&mut buffer);
        let link = seal(&mut buffer, after, SALT).unwrap();
        (buffer, link)
    }

    #[test]
    fn a_sealed_frame_is_found() {
        let after = Link { number: 7, chain: 99 };
        let (mut bytes, link) = frame(b"payload", after);
        let length = bytes.len();
        bytes.resize(4096, 0);
        assert_eq!(next(&bytes, 0, after, SALT), Next::Frame { length, link });
        assert_eq!(next(&bytes[length..], length, link, SALT), Next::Unwritten);
    }

    #[test]
    fn a_frame_of_another_place_or_log_is_damage() {
        let after = Link { number: 7, chain: 99 };
        let (bytes, _) = frame(b"payload", after);
        for wrong in [Link { number: 6, chain: 99 }, Link { number: 7, chain: 98 }] {
            assert_eq!(next(&bytes, 0, wrong, SALT), Next::Damaged);
        }
        assert_eq!(next(&bytes, 0, after, SALT + 1), Next::Damaged);
    }

    #[test]
    fn a_lost_sector_is_a_torn_frame_and_a_flipped_bit_is_damage() {
        let after = Link::default();
        let (mut bytes, _) = frame(&[7; 3000], after);
        bytes.resize(8192, 0);
        // The frame begins 100 bytes before the end of a sector.
        let sector_offset = SECTOR - 100;
        for start in [0, 100, 612, 1124, 2660] {
            let mut torn = bytes.clone();
            let end = if start == 0 { 100 } else { start + SECTOR };
            torn[start..end].fill(0);
            assert_eq!(next(&torn, sector_offset, after, SALT), Next::Torn, "sector at {start}");
        }
        for end in 0..3040 {
            let mut cut = bytes.clone();
            cut[end..].fill(0);
            let found = next(&cut, sector_offset, after, SALT);
            assert_eq!(found, if end == 0 { Next::Unwritten } else { Next::Torn }, "cut at {end}");
        }
        for at in 0..3040 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x10;
            assert_eq!(next(&flipped, sector_offset, after, SALT), Next::Damaged, "byte {at}");
        }
    }

    #[test]
    fn a_file_that_ends_within_a_frame_is_damage() {
        let (bytes, _) = frame(&[7; 3000], Link::default());
        for end in 1..bytes.len() {
            assert_eq!(next(&bytes[..end], 0, Link::default(), SALT), Next::Damaged, "ends at {end}");
        }
    }

    #[test]
    fn a_bad_frame_before_a_good_one_is_damage() {
        let (mut bytes, link) = frame(&[7; 600], Link::default());
        let (second, _) = frame(&[8; 600], link);
        bytes[..SECTOR].fill(0);
        assert_eq!(next(&bytes, 0, Link::default(), SALT), Next::Torn);
        bytes.extend_from_slice(&second);
        bytes.resize(8192, 0);
        assert_eq!(next(&bytes, 0, Link::default(), SALT), Next::Damaged);
    }
}

//! The small words of every encoding here: variable-length numbers, byte strings, and a careful reader.
//!
//! INVARIANT: the reader never panics and never allocates by what it reads; damage gives `None`.

use bytes::Bytes;

pub(crate) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A signed number near zero, small in bytes.
pub(crate) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_number(out, ((number << 1) ^ (number >> 63)) as u64);
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Takes an encoding apart from its front.
pub(crate) struct Reader<'a> {
    whole: &'a Bytes,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn over(whole: &'a Bytes) -> Self {
        Reader { whole, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.whole.len()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.whole.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A byte string, shared with the whole.
    pub(crate) fn shared(&mut self) -> Option<Bytes> {
        let count = usize::try_from(self.number()?).ok()?;
        self.shared_of(count)
    }

    pub(crate) fn shared_of(&mut self, count: usize) -> Option<Bytes> {
        let start = self.at;
        self.take(count)?;
        Some(self.whole.slice(start..self.at))
    }

    /// A byte string of its own: for small things that must not keep the whole alive.
    pub(crate) fn copied(&mut self) -> Option<&'a [u8]> {
        let count = usize::try_from(self.number()?).ok()?;
        self.take(count)
    }

    pub(crate) fn rest(&mut self) -> Bytes {
        let rest = self.whole.slice(self.at..);
        self.at = self.whole.len();
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX];
        let mut out = Vec::new();
        for number in numbers {
            put_number(&mut out, number);
            put_signed(&mut out, number as i64);
        }
        let out = Bytes::from(out);
        let mut reader = Reader::over(&out);
        for number in numbers {
            assert_eq!(reader.number(), Some(number));
            assert_eq!(reader.signed(), Some(number as i64));
        }
        assert!(reader.is_at_end());
    }

    #[test]
    fn damaged_numbers_and_lengths_give_none() {
        for bytes in [&[0x80_u8][..], &[0xff; 10], &[]] {
            assert_eq!(Reader::over(&Bytes::copy_from_slice(bytes)).number(), None);
        }
        assert_eq!(Reader::over(&Bytes::from_static(&[5, 1, 2])).shared(), None);
        let huge = Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
        assert_eq!(Reader::over(&huge).shared(), None);
    }
}

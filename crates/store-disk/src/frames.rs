//! The frames of a segment that others follow, read one after the other and checked.
//!
//! Here: what a reader needs that goes over old segments while the store works: little memory, every checksum.
//! Not here: the end of the log, where a frame may be torn (`recover`).

use std::sync::Arc;

use bytes::Bytes;
use store::Fault;

use crate::disk::DiskFile;
use crate::frame::{self, HEADER, Next};
use crate::recover::Mark;
use crate::segment::{SEGMENT_HEADER, SegmentHeader, damaged, file_name, unreadable};

pub(crate) struct Frames {
    name: String,
    file: Arc<dyn DiskFile>,
    salt: u64,
    base: u64,
    end: u64,
    mark: Mark,
}

impl Frames {
    /// Those of a segment up to a position.
    pub(crate) fn of(number: u64, file: Arc<dyn DiskFile>, end: u64, salt: u64) -> Result<Self, Fault> {
        let name = file_name(number);
        let mut sector = [0; SEGMENT_HEADER as usize];
        file.read_at(0, &mut sector).map_err(|error| unreadable(&name, &error))?;
        let header = SegmentHeader::decode(&sector, salt).filter(|header| header.number == number);
        let Some(SegmentHeader { base, link, .. }) = header else {
            return Err(damaged(&name, 0, "the header of this segment is not readable"));
        };
        Ok(Frames { name, file, salt, base, end, mark: Mark { end: base, link, last_frame: base } })
    }

    /// The next payload, with the mark after it; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(Mark, Bytes)>, Fault> {
        if self.mark.end >= self.end {
            return Ok(None);
        }
        let offset = self.mark.end - self.base + SEGMENT_HEADER;
        let unreadable = |error| unreadable(&self.name, &error);
        let damaged = || damaged(&self.name, offset, "this batch is not what was written");
        let length = frame::length_at(&*self.file, offset, self.salt).map_err(unreadable)?;
        let length =
            length.filter(|length| self.mark.end + *length as u64 <= self.end).ok_or_else(damaged)?;
        let mut bytes = vec![0; length];
        let count = self.file.read_at(offset, &mut bytes).map_err(unreadable)?;
        bytes.truncate(count);
        match frame::next(&bytes, (offset % SEGMENT_HEADER) as usize, self.mark.link, self.salt) {
            Next::Frame { length, link } => {
                let end = self.mark.end + length as u64;
                self.mark = Mark { end, link, last_frame: self.mark.end };
                Ok(Some((self.mark, Bytes::from(bytes).slice(HEADER..))))
            }
            Next::Unwritten | Next::Torn | Next::Damaged => Err(damaged()),
        }
    }
}

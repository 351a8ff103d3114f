//! Opening the log: from the place that the index knows, or from its front, to the last durable frame.
//!
//! Here: finding the segments, checking that they join, reading frames, and where the log ends.
//! Not here: what entries do (`core`), writing on (`log`).
//! Only the last batch, which was being written at a crash, may be missing. A segment that another one
//! follows must be whole up to the end that its follower names; everything else is damage, and is said. That the
//! first segment there is stands where the log says its front is, is for the caller to check, who reads what it says.

use std::sync::Arc;

use bytes::Bytes;
use store::Fault;

use crate::disk::{Disk, DiskFile};
use crate::frame::{self, HEADER, Link, Next};
use crate::segment::{SEGMENT_HEADER, SegmentHeader, damaged, file_name, number_of, unreadable};

/// The last frame of the log so far, and where it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Mark {
    pub(crate) end: u64,
    pub(crate) link: Link,
    /// Position of the last frame, if there is one.
    pub(crate) last_frame: u64,
}

pub(crate) struct Segment {
    pub(crate) header: SegmentHeader,
    pub(crate) file: Arc<dyn DiskFile>,
}

/// What is on the disk.
pub(crate) struct Recovered {
    /// All segments with a header, oldest first.
    pub(crate) segments: Vec<Segment>,
    /// A segment that was prepared and not used yet.
    pub(crate) spare: Option<(u64, Arc<dyn DiskFile>)>,
    pub(crate) mark: Mark,
    /// Remains of a batch stand behind the end.
    pub(crate) is_torn: bool,
}

impl Recovered {
    /// The number of the first segment that is there; 1 in a log without any.
    pub(crate) fn first(&self) -> u64 {
        self.segments.first().map_or(1, |segment| segment.header.number)
    }
}

/// Reads the log from a mark on and gives each payload, with the mark after it, to `visit`. What is before the
/// segment `front` is of no use any more.
pub(crate) fn recover(
    disk: &dyn Disk,
    salt: u64,
    from: Mark,
    front: u64,
    mut visit: impl FnMut(Mark, &Bytes) -> Result<(), Fault>,
) -> Result<Recovered, Fault> {
    let (segments, spare) = find_segments(disk, salt, front)?;
    let mut recovered = Recovered { segments, spare, mark: from, is_torn: false };
    let segments = &recovered.segments;
    if segments.is_empty() && from.end > 0 {
        return Err(damaged(&file_name(front), 0, "the index knows commits, and there is no log"));
    }
    check_joints(segments)?;
    if from == Mark::default() {
        recovered.mark = segments.first().map_or(from, |Segment { header, .. }| Mark {
            end: header.base,
            link: header.link,
            last_frame: header.base,
        });
    } else {
        check_known_frame(segments, salt, from)?;
    }
    let from = recovered.mark;
    // The segment that the frame after `from` stands in, or the last one that could hold it.
    let first = segments.partition_point(|segment| segment.header.base <= from.end).saturating_sub(1);
    for at in first..segments.len() {
        let follower = segments.get(at + 1).map(|follower| follower.header);
        let (mark, is_torn) = read_segment(&segments[at], follower, salt, recovered.mark, &mut visit)?;
        recovered.mark = mark;
        recovered.is_torn = is_torn;
    }
    Ok(recovered)
}

type Spare = Option<(u64, Arc<dyn DiskFile>)>;

fn find_segments(disk: &dyn Disk, salt: u64, front: u64) -> Result<(Vec<Segment>, Spare), Fault> {
    let names = disk.list().map_err(|error| unreadable("the data directory", &error))?;
    let mut numbers: Vec<_> = names.iter().filter_map(|name| number_of(name)).collect();
    numbers.sort_unstable();
    // Segments that were being removed may be gone in any order; those from the front on follow each other.
    let last = numbers.last().copied().unwrap_or(front);
    let is_joined = |(place, number): &(u64, &u64)| **number + place == last;
    let joined = (0..).zip(numbers.iter().rev()).take_while(is_joined).count();
    let mut segments = Vec::new();
    for number in numbers.split_off(numbers.len() - joined) {
        if number < front {
            continue;
        }
        let name = file_name(number);
        let file = disk.open(&name).map_err(|error| unreadable(&name, &error))?;
        let mut sector = [0; SEGMENT_HEADER as usize];
        file.read_at(0, &mut sector).map_err(|error| unreadable(&name, &error))?;
        match SegmentHeader::decode(&sector, salt) {
            Some(header) if header.number == number => segments.push(Segment { header, file }),
            _ if number == last && is_unused(&name, &*file)? => {
                return Ok((segments, Some((number, file))));
            }
            _ => return Err(damaged(&name, 0, "the header of this segment is not readable")),
        }
    }
    Ok((segments, None))
}

/// Whether nothing was ever written behind the header. A prepared segment has its whole length: one that is
/// cut short may have held anything.
fn is_unused(name: &str, file: &dyn DiskFile) -> Result<bool, Fault> {
    let frames = read_from(name, file, SEGMENT_HEADER)?;
    Ok(!frames.is_empty() && frames.iter().all(|&byte| byte == 0))
}

fn read_from(name: &str, file: &dyn DiskFile, offset: u64) -> Result<Vec<u8>, Fault> {
    let length = file.len().map_err(|error| unreadable(name, &error))?.saturating_sub(offset);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    let count = file.read_at(offset, &mut bytes).map_err(|error| unreadable(name, &error))?;
    bytes.truncate(count);
    Ok(bytes)
}

/// Each segment must reach up to where its follower begins, and the last one have the size it was made with.
fn check_joints(segments: &[Segment]) -> Result<(), Fault> {
    if let Some(first) = segments.first()
        && first.header.number == 1
        && (first.header.base != 0 || first.header.link != Link::default())
    {
        return Err(damaged(&file_name(1), 0, "the first segment does not begin the log"));
    }
    for (at, Segment { header, file }) in segments.iter().enumerate() {
        let name = file_name(header.number);
        let length = file.len().map_err(|error| unreadable(&name, &error))?;
        let needed = match segments.get(at + 1) {
            Some(follower) => {
                let frames = follower.header.base.checked_sub(header.base);
                frames.ok_or_else(|| damaged(&name, 0, "the segments do not join"))? + SEGMENT_HEADER
            }
            None => header.capacity,
        };
        if length < needed {
            return Err(damaged(&name, length, &format!("the file ends here, {needed} bytes were expected")));
        }
    }
    Ok(())
}

/// The last frame that the index has seen must be there: a log that is behind its index has lost data.
fn check_known_frame(segments: &[Segment], salt: u64, from: Mark) -> Result<(), Fault> {
    let after = segments.partition_point(|segment| segment.header.base <= from.last_frame);
    let Some(Segment { header, file }) = after.checked_sub(1).and_then(|at| segments.get(at)) else {
        return Err(damaged("the log", from.last_frame, "no segment holds this position"));
    };
    let name = file_name(header.number);
    let offset = from.last_frame - header.base + SEGMENT_HEADER;
    let link = frame::link_at(&**file, offset, salt).map_err(|error| unreadable(&name, &error))?;
    if link != Some(from.link) {
        return Err(damaged(&name, offset, "the index knows a batch that is not here"));
    }
    Ok(())
}

fn read_segment(
    Segment { header, file }: &Segment,
    follower: Option<SegmentHeader>,
    salt: u64,
    from: Mark,
    visit: &mut impl FnMut(Mark, &Bytes) -> Result<(), Fault>,
) -> Result<(Mark, bool), Fault> {
    let name = file_name(header.number);
    let offset_of = |position: u64| position - header.base + SEGMENT_HEADER;
    let mut mark = from;
    if mark.end == header.base && mark.link != header.link {
        return Err(damaged(&name, 0, "this segment does not continue the one before"));
    }
    let mut bytes = Bytes::from(read_from(&name, &**file, offset_of(mark.end))?);
    if let Some(follower) = follower {
        let sealed = usize::try_from(follower.base.saturating_sub(mark.end)).unwrap_or(usize::MAX);
        bytes.truncate(sealed);
    }
    loop {
        let offset = offset_of(mark.end);
        let sector_offset = (offset % SEGMENT_HEADER) as usize;
        let is_sealed_end = bytes.is_empty() && follower.is_some();
        match frame::next(&bytes, sector_offset, mark.link, salt) {
            Next::Frame { length, link } => {
                let payload = bytes.split_to(length).slice(HEADER..);
                mark = Mark { end: mark.end + length as u64, link, last_frame: mark.end };
                visit(mark, &payload)?;
            }
            Next::Unwritten | Next::Torn if follower.is_some() && !is_sealed_end => {
                return Err(damaged(&name, offset, "a batch is missing in a segment that others follow"));
            }
            Next::Unwritten => {
                let joins = follower.is_none_or(|next| next.link == mark.link && next.base == mark.end);
                let joined = (mark, false);
                return joins.then_some(joined).ok_or_else(|| {
                    damaged(&name, offset, "the next segment continues another log than this one")
                });
            }
            Next::Torn => return Ok((mark, true)),
            Next::Damaged => return Err(damaged(&name, offset, "this batch is not what was written")),
        }
    }
}

//! Reclaiming: the front of the log is cut off, segment by segment, when little in it lives.
//!
//! Here: what lives in the oldest segment, carrying it forward, and the order of steps that a cut takes.
//! Not here: what is forgotten, and when (the engine says so), and who turns this wheel (`threads`, tests).
//! A cut takes five steps, each durable before the next: what lives is written again at the end of the log; the
//! index knows where, and is synced; the log says where its front is; nobody reads before it any more; the file
//! is removed.
//! INVARIANT: what an index or a log on disk points to is there, whenever the process ends.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use store::{Awaits, Commit, Ended, Fault, Started, Uid};

use crate::backup::hold_front;
use crate::core::Core;
use crate::entry::{Entry, Front, Logged, Pointer, put_again, put_front, put_moved, read_payload};
use crate::frame::HEADER;
use crate::frames::Frames;
use crate::index::{Direction, all_executions};
use crate::moved::Moved;
use crate::row::{MovedTo, Row};
use crate::segment::{Sealed, damaged, file_name, unreadable};

/// LIMIT: bytes that are carried together: what a group of others waits for at most.
const CARRIED_AT_ONCE: u64 = 1 << 20;
/// A log this much longer than twice what lives in it is cut even where much lives at its front.
const SLACK_SEGMENTS: u64 = 2;

/// What a turn of the wheel did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reclaimed {
    /// There is nothing to cut off.
    Nothing,
    /// A step, or a part of one, is done; there is more to do.
    Step,
    /// The log must become durable first.
    Waiting,
}

#[derive(Default)]
pub(crate) struct Reclaim {
    stage: Stage,
    /// Position of an entry that must be durable before the next step.
    awaits: Option<u64>,
    /// What of the oldest segment may live.
    candidates: Option<(Sealed, Vec<Candidate>)>,
    /// What was there when nothing was worth cutting: the oldest segment, how many there were, how many
    /// executions had been forgotten.
    looked_at: Option<(u64, usize, u64)>,
    /// The execution of which a part is carried.
    carried: Option<Carried>,
    measured: Option<Measured>,
}

#[derive(Clone, Copy, Default)]
enum Stage {
    #[default]
    Looking,
    Carrying(Sealed),
    Cutting(Sealed),
}

/// An execution of which something stands in a segment.
struct Candidate {
    execution: Uid,
    /// The number of its last commit there.
    last: u64,
    bytes: u64,
}

/// An execution on its way to the end of the log.
struct Carried {
    execution: Uid,
    started: Arc<Started>,
    awaits: Awaits,
    ended: Option<Ended>,
    /// The number of the commit with the last checkpoint.
    checkpoint: Option<u64>,
    /// Commits that are still to be written again, the first one last.
    places: Vec<Pointer>,
    /// How many are, and their bytes.
    count: u64,
    bytes: u64,
    /// The position of the first of them, and the last one.
    to: Option<(u64, Pointer)>,
}

/// Commits of one execution that are written together.
struct Part {
    carried: Carried,
    commits: Vec<Commit>,
}

impl Part {
    /// Writes the commits, and behind the last one of the execution that it has moved.
    fn put(&mut self, buffer: &mut Vec<u8>, base: u64, salt: u64) -> Option<(u64, Moved)> {
        let carried = &mut self.carried;
        for commit in &self.commits {
            let last = put_again(buffer, base, commit, carried.to.map(|(_, last)| last), salt);
            carried.to = Some((carried.to.map_or(last.position, |(begin, _)| begin), last));
            carried.count += 1;
            carried.bytes += u64::from(last.length);
        }
        let (begin, last) = carried.to.filter(|_| carried.places.is_empty())?;
        let Carried { execution, awaits, ended, count, bytes: log_bytes, .. } = *carried;
        let started = carried.started.clone();
        let moved = Moved { execution, started, awaits, ended, begin, last, count, log_bytes };
        Some((put_moved(buffer, base, &moved), moved))
    }
}

/// How much lived at some time.
#[derive(Clone, Copy)]
struct Measured {
    log_end: u64,
    forgotten: u64,
    executions: u64,
    live_bytes: u64,
}

impl Core {
    fn reclaim_state(&self) -> MutexGuard<'_, Reclaim> {
        self.reclaim.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One turn of the wheel that gives room back. A fault that is not of the whole store leaves all as it was.
    pub(crate) fn reclaim(&self) -> Result<Reclaimed, Fault> {
        let mut state = self.reclaim_state();
        self.available()?;
        if self.names.are_stale() {
            self.names.learn_again(&*self.index)?;
        }
        if state.awaits.is_some_and(|position| position >= self.lane.durable()) {
            return Ok(Reclaimed::Waiting);
        }
        match state.stage {
            Stage::Looking => self.look(&mut state),
            Stage::Carrying(sealed) => match self.carry_some(&mut state, sealed)? {
                Reclaimed::Nothing => self.set_front(&mut state, sealed),
                step => Ok(step),
            },
            Stage::Cutting(sealed) => self.cut(&mut state, sealed),
        }
    }

    /// Removes a segment that is before the front.
    fn cut(&self, state: &mut Reclaim, sealed: Sealed) -> Result<Reclaimed, Fault> {
        let name = file_name(sealed.number);
        let held = hold_front(&*self.disk).map_err(|error| unreadable(&name, &error))?;
        // Somebody copies the log: there is time.
        let Some(_held) = held else { return Ok(Reclaimed::Nothing) };
        state.stage = Stage::Looking;
        self.segments.cut(sealed.number + 1);
        // What stays in spite of this is removed when the store is opened again.
        self.disk.remove(&name).map_err(|error| unreadable(&name, &error))?;
        Ok(Reclaimed::Step)
    }

    /// Decides whether the oldest segment is worth cutting off.
    fn look(&self, state: &mut Reclaim) -> Result<Reclaimed, Fault> {
        let Some(sealed) = self.segments.first_sealed() else { return Ok(Reclaimed::Nothing) };
        let forgotten = self.forgotten.load(Ordering::Relaxed);
        let seen = Some((sealed.number, self.segments.count(), forgotten));
        if state.looked_at == seen {
            return Ok(Reclaimed::Nothing);
        }
        let mut candidates = match state.candidates.take() {
            Some((of, candidates)) if of == sealed => candidates,
            _ => self.candidates_of(sealed)?,
        };
        let is_sparse = self.drop_dead(&mut candidates, sealed)?;
        state.candidates = Some((sealed, candidates));
        if is_sparse || self.is_mostly_dead(state, forgotten)? {
            state.stage = Stage::Carrying(sealed);
            return Ok(Reclaimed::Step);
        }
        state.looked_at = seen;
        Ok(Reclaimed::Nothing)
    }

    /// The executions of a segment, those that move first last.
    fn candidates_of(&self, sealed: Sealed) -> Result<Vec<Candidate>, Fault> {
        let Sealed { number, end, .. } = sealed;
        let file = self.segments.file(number).map_err(|error| unreadable(&file_name(number), &error))?;
        let mut frames = Frames::of(number, file, end, self.salt)?;
        let mut found: FxHashMap<Uid, (u64, u64)> = FxHashMap::default();
        while let Some((mark, payload)) = frames.next()? {
            let base = mark.last_frame + HEADER as u64;
            let nonsense = || damaged(&file_name(number), base, "this batch makes no sense");
            for entry in read_payload(&payload, base, self.salt).ok_or_else(nonsense)? {
                let (execution, last, Pointer { length, .. }) = match entry {
                    Entry::Commit(at, logged) | Entry::Again(at, logged) => {
                        (logged.execution, logged.sequence, at)
                    }
                    Entry::Claim(_) | Entry::Moved(..) | Entry::Gone(..) | Entry::Front(_) => continue,
                };
                let (known_last, bytes) = found.entry(execution).or_default();
                *known_last = last.max(*known_last);
                *bytes += u64::from(length);
            }
        }
        let candidate = |(execution, (last, bytes))| Candidate { execution, last, bytes };
        let mut candidates: Vec<_> = found.into_iter().map(candidate).collect();
        candidates.sort_unstable_by_key(|candidate| std::cmp::Reverse(candidate.execution));
        Ok(candidates)
    }

    /// Drops candidates of which nothing lives, until it is known whether most of the segment does.
    fn drop_dead(&self, candidates: &mut Vec<Candidate>, sealed: Sealed) -> Result<bool, Fault> {
        let sparse_bytes = (sealed.end - sealed.base) / 2;
        let (mut at, mut live_bytes) = (0, 0);
        while let Some(candidate) = candidates.get(at) {
            if self.lives_in(sealed, candidate)? {
                live_bytes += candidate.bytes;
                at += 1;
            } else {
                candidates.swap_remove(at);
            }
            if live_bytes > sparse_bytes {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether something that is still needed of an execution stands in a segment.
    fn lives_in(&self, sealed: Sealed, candidate: &Candidate) -> Result<bool, Fault> {
        let is_elsewhere = |moved: MovedTo| moved.begin >= sealed.end && moved.count > candidate.last;
        let row = self.row(candidate.execution)?;
        Ok(row.is_some_and(|row| !row.moved.is_some_and(is_elsewhere)))
    }

    /// Whether the log is so much longer than what lives in it that copying what lives is worth it.
    fn is_mostly_dead(&self, state: &mut Reclaim, forgotten: u64) -> Result<bool, Fault> {
        let log_end = self.lane.durable();
        let log_bytes = log_end - self.segments.base();
        let slack = SLACK_SEGMENTS * self.options.segment_bytes_max;
        let is_fresh = |measured: &Measured| {
            log_end - measured.log_end < log_bytes / 8
                && forgotten - measured.forgotten <= measured.executions / 8
        };
        if log_bytes <= slack {
            return Ok(false);
        }
        let measured = match state.measured.filter(is_fresh) {
            Some(measured) => measured,
            None => self.measure(log_end, forgotten)?,
        };
        state.measured = Some(measured);
        Ok(log_bytes > 2 * measured.live_bytes + slack)
    }

    /// Adds up what lives, by the rows of the index.
    fn measure(&self, log_end: u64, forgotten: u64) -> Result<Measured, Fault> {
        let mut measured = Measured { log_end, forgotten, executions: 0, live_bytes: 0 };
        let (start, end) = all_executions();
        self.index.scan(&start, &end, Direction::Ascending, &mut |_, value| {
            if let Some(row) = Row::decode(&bytes::Bytes::copy_from_slice(value)) {
                measured.executions += 1;
                measured.live_bytes += row.log_bytes;
            }
            ControlFlow::Continue(())
        })?;
        Ok(measured)
    }

    /// Carries some of what lives in a segment; nothing when nothing lives there any more.
    fn carry_some(&self, state: &mut Reclaim, sealed: Sealed) -> Result<Reclaimed, Fault> {
        let Some((_, candidates)) = &mut state.candidates else { return Ok(Reclaimed::Nothing) };
        let (mut parts, mut bytes) = (Vec::new(), 0);
        if let Some(carried) = state.carried.take() {
            parts.push(self.next_part(carried, &mut bytes)?);
        }
        let mut at = candidates.len();
        while bytes < CARRIED_AT_ONCE && at > 0 {
            at -= 1;
            let execution = candidates[at].execution;
            // Who was carried is a candidate until the row says so, durably.
            if !self.lives_in(sealed, &candidates[at])? {
                candidates.swap_remove(at);
            } else if parts.iter().all(|part: &Part| part.carried.execution != execution)
                && let Some(carried) = self.begin_to_carry(execution)?
            {
                parts.push(self.next_part(carried, &mut bytes)?);
            }
        }
        if candidates.is_empty() && parts.is_empty() {
            return Ok(Reclaimed::Nothing);
        }
        self.write_parts(state, parts)?;
        Ok(Reclaimed::Step)
    }

    /// Where all of an execution stands, as far as it is durable.
    fn begin_to_carry(&self, execution: Uid) -> Result<Option<Carried>, Fault> {
        self.with_row(execution, |row| {
            let (mut places, mut checkpoint) = (Vec::new(), None);
            self.walk_back(execution, row, |at, one| {
                places.push(at);
                checkpoint = checkpoint.or(one.checkpoint.map(|_| one.sequence));
                ControlFlow::Continue(())
            })?;
            let Row { awaits, ended, .. } = *row;
            let started = row.started.clone();
            Ok(Carried {
                execution,
                started,
                awaits,
                ended,
                checkpoint,
                places,
                count: 0,
                bytes: 0,
                to: None,
            })
        })
    }

    /// The next commits of an execution, until enough bytes are together.
    fn next_part(&self, mut carried: Carried, bytes: &mut u64) -> Result<Part, Fault> {
        let mut commits = Vec::new();
        while *bytes < CARRIED_AT_ONCE
            && let Some(at) = carried.places.pop()
        {
            let Logged { execution, sequence, started, awaits, ended, note, checkpoint, records, .. } =
                self.segments.read(at)?;
            let started = started.map(|started| Started::clone(&started));
            // Only the last one is ever read again.
            let checkpoint = checkpoint.filter(|_| carried.checkpoint == Some(sequence));
            commits.push(Commit { execution, sequence, started, records, awaits, ended, note, checkpoint });
            *bytes += u64::from(at.length);
        }
        Ok(Part { carried, commits })
    }

    /// Writes commits to the end of the log once more, but for those of executions that were forgotten meanwhile;
    /// behind the last one of an execution, that it has moved.
    fn write_parts(&self, state: &mut Reclaim, parts: Vec<Part>) -> Result<(), Fault> {
        let mut stripes = self.recent.lock(parts.iter().map(|part| part.carried.execution));
        let count_before = stripes.len();
        let mut staying = Vec::new();
        for part in parts {
            let execution = part.carried.execution;
            let known = stripes.of(execution).fetch(execution, &*self.index)?;
            staying.extend(known.is_some_and(|known| known.gone_at.is_none()).then_some(part));
        }
        if staying.is_empty() {
            return Ok(());
        }
        let written = self.lane.submit(Box::new(drop), |buffer, base| {
            let put = |part: &mut Part| part.put(buffer, base, self.salt);
            let moved: Vec<_> = staying.iter_mut().filter_map(put).collect();
            ((base + buffer.len() as u64 - 1, moved), Ok(Vec::new()))
        });
        // A lane that is closed says so at the next turn.
        let Ok((position, moved)) = written else { return Ok(()) };
        let durable = self.lane.durable();
        for (at, moved) in moved {
            let stripe = stripes.of(moved.execution);
            let known = stripe.begin(moved.execution);
            let row = known.latest().map(|row| row.carried(at, &moved));
            known.advance(row.expect("what was fetched has a row"), durable);
            stripe.note(moved.execution);
        }
        self.unindexed.fetch_add(stripes.len() - count_before, Ordering::Relaxed);
        state.awaits = Some(position);
        state.carried =
            staying.into_iter().map(|part| part.carried).find(|carried| !carried.places.is_empty());
        Ok(())
    }

    /// Everything of the segment is elsewhere: the index learns where, and the log gets its new front.
    fn set_front(&self, state: &mut Reclaim, sealed: Sealed) -> Result<Reclaimed, Fault> {
        self.index_durable();
        self.available()?;
        if state.awaits.is_some_and(|position| position >= self.indexer.applied()) {
            return Ok(Reclaimed::Waiting);
        }
        self.indexer.persist()?;
        let front = Front { segment: sealed.number + 1, epoch: self.fences().epoch() };
        // Whoever sees the entry as durable must know its front.
        let mut known = self.front();
        let submitted = self.lane.submit(Box::new(drop), |buffer, base| {
            let position = base + buffer.len() as u64;
            put_front(buffer, front);
            known.advance(position, front.segment);
            (position, Ok(Vec::new()))
        });
        drop(known);
        if let Ok(position) = submitted {
            state.awaits = Some(position);
            state.stage = Stage::Cutting(sealed);
            state.candidates = None;
        }
        Ok(Reclaimed::Step)
    }
}

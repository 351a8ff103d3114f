//! A redrive: what was not left goes on, and nothing else (I10, I28).
//!
//! Here: what each frame that fell goes on with. Not here: who asked for a redrive (`journal`).

use super::*;

/// How long a token stands for its redrive.
const TOKEN_VALID_MS: i64 = 15 * 60 * 1_000;

impl Walked<'_> {
    /// A frame is over without having left its state: a redrive would go on with it.
    pub(super) fn fall(&mut self, frame: usize) {
        let kind = &self.state_of(frame).kind;
        let is_block = matches!(kind, Kind::Parallel { .. } | Kind::Map { .. });
        let fails = matches!(kind, Kind::Fail { .. });
        let frame = &mut self.frames[frame];
        if frame.fallen.is_some() {
            return;
        }
        let work = frame.work.take();
        frame.fallen = Some(match &frame.at {
            At::Beginning { .. } | At::Left { .. } | At::Branches { .. } | At::Iterations { .. } => {
                frame.at.clone()
            }
            At::Done if is_block => At::Done,
            At::Failing { .. } if work.is_some() => work.unwrap_or(At::Entered),
            _ if fails => At::Left { next: Some(frame.state) },
            _ => At::Entered,
        });
    }

    /// The state of a frame begins anew, or is left: nothing below it goes on.
    pub(super) fn forget_fallen(&mut self, frame: usize) {
        self.frames[frame].work = None;
        for inner in 0..self.frames.len() {
            if inner != frame && self.is_within(inner, frame) {
                self.frames[inner].fallen = None;
            }
        }
    }

    pub(super) fn redriven(
        &mut self,
        count: u32,
        timeout_at_ms: Option<i64>,
        token: Option<&Arc<str>>,
        at_ms: i64,
    ) -> Checked {
        if !matches!(self.end, Some((status, _)) if status != Status::Succeeded) {
            return Err(Violation::new("I28", format!("redriven after {:?}", self.end)));
        }
        let is_of_token = |(before, before_ms): &(Option<Arc<str>>, i64)| {
            token.is_some() && before.as_ref() == token && at_ms - before_ms <= TOKEN_VALID_MS
        };
        if self.redrives.iter().any(is_of_token) {
            return Err(Violation::new("I28", format!("two redrives under {token:?}")));
        }
        self.redrives.push((token.cloned(), at_ms));
        if self.redrives.len() != count as usize {
            return Err(Violation::new("I28", format!("this is redrive {}", self.redrives.len())));
        }
        let timeout = self.outline.timeout_seconds.map(|seconds| at_ms + seconds * 1_000);
        if timeout != timeout_at_ms {
            return Err(Violation::new("I5", format!("the definition says a time-out at {timeout:?}")));
        }
        self.end = None;
        self.running_since_ms = at_ms;
        self.seen.insert("redriven");
        for frame in &mut self.frames {
            if let Some(at) = frame.fallen.take() {
                frame.at = at;
                frame.is_open = true;
                frame.failure = None;
                frame.retries.clear();
            }
        }
        Ok(())
    }

    /// Since when a Wait for seconds waits.
    pub(super) fn waits_since_ms(&self, frame: usize) -> i64 {
        let redriven_ms = self.redrives.last().map(|(_, at_ms)| *at_ms);
        redriven_ms.map_or(i64::MIN, |at_ms| at_ms).max(self.frames[frame].entered_ms)
    }
}

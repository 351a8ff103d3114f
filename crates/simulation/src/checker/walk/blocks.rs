//! Blocks: branches of a Parallel, iterations of a Map.

use super::*;

impl Walked<'_> {
    pub(super) fn parallel_started(&mut self, frame: usize) -> Checked {
        self.expect(frame, true, |at| *at == At::Entered)?;
        let outline = self.outline;
        let Kind::Parallel { blocks } = &outline.states[self.frames[frame].state].kind else {
            return Err(Violation::new("I4", "only a Parallel has branches"));
        };
        for (index, block) in blocks.iter().enumerate() {
            self.open(Some(frame), index as u64, *block);
        }
        self.seen.insert("parallel");
        self.go(frame, At::Branches { open: blocks.len() as u64 })
    }

    pub(super) fn map_started(&mut self, frame: usize, length: u64, concurrency: u64) -> Checked {
        self.expect(frame, true, |at| *at == At::Entered)?;
        match self.state_of(frame).kind {
            Kind::Map { concurrency: defined, .. } if defined == concurrency => {}
            _ => return Err(Violation::new("I4", "the definition says another concurrency, or no Map")),
        }
        self.seen.insert("map");
        self.go(frame, At::Iterations { next: 0, open: 0, length, concurrency })
    }

    pub(super) fn iteration_started(&mut self, frame: usize, index: u64) -> Checked {
        let may = |at: &At| {
            matches!(at, At::Iterations { next, open, length, concurrency }
                if *next == index && next < length && open < concurrency)
        };
        self.expect(frame, true, may)?;
        let Kind::Map { block, .. } = self.state_of(frame).kind else {
            return Err(Violation::new("I4", "only a Map has iterations"));
        };
        if let At::Iterations { next, open, .. } = &mut self.frames[frame].at {
            *next += 1;
            *open += 1;
        }
        self.open(Some(frame), index, block);
        Ok(())
    }

    pub(super) fn iteration_over(&mut self, frame: usize, index: u64) -> Checked {
        self.expect_index(frame, index)?;
        self.frames[frame].is_open = false;
        let owner = self.frames[frame].owner.and_then(|owner| self.frames.get_mut(owner));
        if let Some(Frame { at: At::Iterations { open, .. }, .. }) = owner {
            *open = open.saturating_sub(1);
        }
        Ok(())
    }

    pub(super) fn expect_index(&self, frame: usize, index: u64) -> Checked {
        let Frame { index: is, .. } = self.frame(frame)?;
        if *is == index { Ok(()) } else { Err(Violation::new("I4", format!("this is iteration {is}"))) }
    }
}

//! The picture of a running execution on a terminal: one line per state, redrawn in place.
//!
//! What is finished at the top level is printed once and then left alone, so that only the part that
//! still moves is redrawn, and a long execution scrolls like a log.
//! INVARIANT: a redrawn part never has more lines than the terminal, or the cursor could not come back.

use std::fmt::Write as _;

use super::visits::{Standing, Visit, VisitId, Visits};
use crate::{duration, say};

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// Column in which times and attempts begin, where the name leaves room.
const NAME_COLUMNS: usize = 36;
/// LIMIT: characters of an error's cause beside its state.
const CAUSE_COLUMNS: usize = 60;

pub(super) struct View {
    no_color: bool,
    /// Lines of the redrawn part that stand above the cursor.
    drawn: usize,
    /// Top-level visits before this one are printed for good.
    settled: VisitId,
    frames: usize,
}

impl View {
    pub(super) fn new(no_color: bool) -> View {
        View { no_color, drawn: 0, settled: 0, frames: 0 }
    }

    /// Takes the redrawn part off the screen.
    pub(super) fn erase(&mut self) -> String {
        match std::mem::take(&mut self.drawn) {
            0 => String::new(),
            lines => format!("\x1b[{lines}A\r\x1b[J"),
        }
    }

    pub(super) fn frame(&mut self, visits: &Visits, now_ms: i64, columns: usize, rows: usize) -> String {
        self.frames += 1;
        let mut text = self.erase();
        for line in self.settle(visits, now_ms, columns) {
            text += &line;
        }
        let moving = self.moving(visits, now_ms, columns);
        // One row for the cursor, one for the count of what is left out.
        let room = rows.saturating_sub(2).max(1);
        let shown = moving.len().min(room);
        moving.iter().take(shown).for_each(|line| text += line);
        self.drawn = shown;
        if shown < moving.len() {
            let _ = writeln!(text, "  … and {} more", moving.len() - shown);
            self.drawn += 1;
        }
        text
    }

    /// Everything that was still moving, as it stands now, for good.
    pub(super) fn last_frame(&mut self, visits: &Visits, now_ms: i64, columns: usize) -> String {
        let mut text = self.erase();
        for line in self.settle(visits, now_ms, columns).iter().chain(&self.moving(visits, now_ms, columns)) {
            text += line;
        }
        text
    }

    /// Lines of the top-level visits that ended since the last frame, up to the first that runs.
    fn settle(&mut self, visits: &Visits, now_ms: i64, columns: usize) -> Vec<String> {
        let first_open = visits.open().next().unwrap_or(visits.all().len());
        let settled: Vec<VisitId> = top_level(visits, self.settled).take_while(|&v| v < first_open).collect();
        self.settled = first_open.max(self.settled);
        self.lines(visits, settled.into_iter(), now_ms, columns)
    }

    fn moving(&self, visits: &Visits, now_ms: i64, columns: usize) -> Vec<String> {
        self.lines(visits, top_level(visits, self.settled), now_ms, columns)
    }

    fn lines(
        &self,
        visits: &Visits,
        of: impl Iterator<Item = VisitId>,
        now_ms: i64,
        columns: usize,
    ) -> Vec<String> {
        let mut lines = Vec::new();
        for visit in of {
            self.tree(visits, visit, 0, &mut |depth, id| {
                lines.push(self.line(visits.get(id), depth, now_ms, columns));
            });
        }
        lines
    }

    /// Names a visit and what is inside its present attempt. Of a Map only the iterations that run:
    /// its own line counts the others.
    fn tree(&self, visits: &Visits, visit: VisitId, depth: usize, each: &mut dyn FnMut(usize, VisitId)) {
        each(depth, visit);
        let state = visits.get(visit);
        for &inner in &state.inside {
            if state.kind != "Map" || visits.get(inner).ended_ms.is_none() {
                self.tree(visits, inner, depth + 1, each);
            }
        }
    }

    fn line(&self, state: &Visit, depth: usize, now_ms: i64, columns: usize) -> String {
        let (mark, color) = self.mark(state);
        let index = state.iteration.map(|index| format!("[{index}] ")).unwrap_or_default();
        let name = format!("{}{index}{}", "  ".repeat(depth), say::clean(&state.name));
        let gap = NAME_COLUMNS.saturating_sub(say::width(&name)).max(2);
        let took = duration::show(state.ended_ms.unwrap_or(now_ms) - state.entered_ms);
        let told = format!("{name}{:gap$}{took:>10}{}", "", remarks(state));
        // Two columns of margin, the mark and a blank; one column stays free so that no line wraps.
        let told = say::fit(&told, columns.saturating_sub(5)).into_owned();
        match self.no_color {
            true => format!("  {mark} {told}\n"),
            false => format!("  \x1b[{color}m{mark}\x1b[0m {told}\n"),
        }
    }

    fn mark(&self, state: &Visit) -> (&'static str, u8) {
        const GREEN: u8 = 32;
        const RED: u8 = 31;
        const YELLOW: u8 = 33;
        const CYAN: u8 = 36;
        const GREY: u8 = 90;
        match state.standing {
            Standing::Working => (SPINNER[self.frames % SPINNER.len()], CYAN),
            Standing::AttemptFailed => ("↻", YELLOW),
            Standing::Succeeded => ("✓", GREEN),
            Standing::Caught => ("!", YELLOW),
            Standing::Failed => ("✗", RED),
            Standing::Aborted => ("-", GREY),
        }
    }
}

fn top_level(visits: &Visits, from: VisitId) -> impl Iterator<Item = VisitId> + '_ {
    (from..visits.all().len()).filter(|&visit| visits.get(visit).parent.is_none())
}

/// Items, attempts and the latest error of a state.
fn remarks(state: &Visit) -> String {
    let mut text = String::new();
    if state.items > 0 {
        let _ = write!(text, "  {} of {} items", state.items_done, state.items);
    }
    match (state.attempts, state.ended_ms) {
        (0 | 1, _) => {}
        (attempt, None) => drop(write!(text, "  attempt {attempt}")),
        (attempts, Some(_)) => drop(write!(text, "  {attempts} attempts")),
    }
    if let (Some(failure), false) = (&state.failure, state.standing == Standing::Succeeded) {
        let what = match state.standing {
            Standing::Working => "after ",
            Standing::AttemptFailed => "failed with ",
            Standing::Caught => "caught ",
            Standing::Failed | Standing::Succeeded | Standing::Aborted => "",
        };
        let error = failure.error.as_deref().unwrap_or("an error");
        let _ = write!(text, "  {what}{}", say::clean(error));
        if let Some(cause) = &failure.cause {
            let _ = write!(text, ": {}", say::fit(&say::clean(cause), CAUSE_COLUMNS));
        }
    }
    text
}

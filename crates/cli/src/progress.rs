//! Shows an execution while it runs: a redrawn view on a terminal, plain lines elsewhere.
//!
//! Here: the choice between the two, and the one door through which `run` tells what happened.
//! INVARIANT: everything goes to stderr; stdout belongs to the output of the execution.

mod lines;
mod view;
pub(crate) mod visits;

#[cfg(test)]
mod tests;

use std::io::{IsTerminal as _, Write};

use crate::event::Event;
use view::View;
use visits::{Change, Visits};

pub(crate) struct Progress {
    visits: Visits,
    look: Look,
    out: Box<dyn Write>,
}

enum Look {
    Lines,
    View(View),
}

impl Progress {
    /// Fits what stderr is: a terminal that understands cursor movements, or anything else.
    pub(crate) fn on_stderr() -> Progress {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let look = match std::io::stderr().is_terminal() && !dumb {
            true => Look::View(View::new(no_color())),
            false => Look::Lines,
        };
        Progress { visits: Visits::default(), look, out: Box::new(std::io::stderr()) }
    }

    pub(crate) fn visits(&self) -> &Visits {
        &self.visits
    }

    /// Shows an event; gives what it changed.
    pub(crate) fn event(&mut self, event: &Event) -> Vec<Change> {
        let changes = self.visits.follow(event);
        if let Look::Lines = self.look {
            let told = changes.iter().filter_map(|change| lines::line(&self.visits, change, event.at_ms));
            let text: String = told.map(|line| line + "\n").collect();
            self.write(text);
        }
        changes
    }

    /// A line that stays, whatever is redrawn after it.
    pub(crate) fn note(&mut self, text: &str) {
        let line = format!("{}\n", crate::say::clean(text));
        let text = match &mut self.look {
            Look::Lines => line,
            Look::View(view) => view.erase() + &line,
        };
        self.write(text);
    }

    /// Draws the view as it is at a moment of the execution's clock. Lines have nothing to redraw.
    pub(crate) fn draw(&mut self, now_ms: i64) {
        if let Look::View(view) = &mut self.look {
            let (columns, rows) = terminal_size();
            let frame = view.frame(&self.visits, now_ms, columns, rows);
            self.write(frame);
        }
    }

    /// Leaves the last picture standing, whole.
    pub(crate) fn finish(&mut self, now_ms: i64) {
        if let Look::View(view) = &mut self.look {
            let (columns, _) = terminal_size();
            let frame = view.last_frame(&self.visits, now_ms, columns);
            self.write(frame);
        }
    }

    fn write(&mut self, text: String) {
        // Nobody may be listening any more; the execution goes on.
        let _ = self.out.write_all(text.as_bytes());
    }
}

/// <https://no-color.org>: set and not empty.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn terminal_size() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => (80, 24),
    }
}

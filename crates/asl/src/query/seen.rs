//! What an evaluation passes through between a state's input and its output, for whoever tests a state.
//!
//! Costs one look at an `Option` where nobody asks.

use std::cell::RefCell;

use super::Scope;
use crate::json::Document;

/// A place on the way from input to output.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    InputPath,
    Parameters,
    Arguments,
    ResultSelector,
    ResultPath,
}

/// The data at each stage that was passed, as it was when it was passed first.
#[derive(Debug, Default)]
pub struct Seen(RefCell<Vec<(Stage, Document)>>);

impl Seen {
    pub fn at(&self, stage: Stage) -> Option<Document> {
        self.0.borrow().iter().find(|(at, _)| *at == stage).map(|(_, document)| document.clone())
    }

    fn note(&self, stage: Stage, document: &Document) {
        if self.at(stage).is_none() {
            self.0.borrow_mut().push((stage, document.clone()));
        }
    }
}

impl Scope<'_> {
    pub(crate) fn note(&self, stage: Stage, document: &Document) {
        if let Some(seen) = self.seen {
            seen.note(stage, document);
        }
    }
}

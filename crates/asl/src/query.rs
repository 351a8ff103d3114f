//! What a state's expressions see, and how they can fail. One seam for all query languages.
//!
//! Here: the scope of an evaluation, its budget and its failures. `fields` is what a state says about
//! its data. `jsonata` is one language; `assign` (what is kept in variables), `view` (what one expression
//! looks at), `template` and `jsonpath` are the other. `alone` evaluates one expression outside of a state.

mod alone;
mod assign;
mod context;
pub(crate) mod fields;
pub(crate) mod jsonata;
pub(crate) mod jsonpath;
mod seen;
pub(crate) mod template;
#[cfg(test)]
pub(crate) mod testing;
mod variables;
mod view;

use std::cell::Cell;
use std::sync::Arc;

pub use alone::{Given, Refused, evaluate_intrinsic, evaluate_path};
pub(crate) use assign::Assign;
pub(crate) use fields::Fields;
pub use seen::{Seen, Stage};
pub use variables::Variables;
pub(crate) use view::View;

use crate::json::{Document, Object, Value};

/// The language of a state's expressions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Language {
    JsonPath,
    Jsonata,
}

impl Language {
    /// The language that a `QueryLanguage` field names.
    pub(crate) fn named(name: &str) -> Option<Language> {
        match name {
            "JSONPath" => Some(Language::JsonPath),
            "JSONata" => Some(Language::Jsonata),
            _ => None,
        }
    }
}

/// Everything an expression may look at. Built by the caller for one evaluation phase of one state.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The state's raw input.
    pub input: &'a Document,
    pub context: &'a ContextObject<'a>,
    pub variables: &'a Variables,
    /// Chance for `States.UUID`, `States.MathRandom`: drawn only while an execution advances.
    pub entropy: &'a Entropy,
    /// How much work the evaluations of this step may still do.
    pub budget: &'a Budget,
    /// The moment of the evaluation: `$now()`, `$millis()`.
    pub now_ms: i64,
    /// Who wants to see what comes between input and output; mostly nobody.
    pub seen: Option<&'a Seen>,
}

/// The context object (`$$`), borrowed from the execution; turned into a `Value` only when an
/// expression asks for it.
#[derive(Clone, Debug)]
pub struct ContextObject<'a> {
    pub execution_id: &'a str,
    pub execution_input: &'a Document,
    pub execution_name: &'a str,
    /// Null while a state is tested without a role.
    pub role_arn: Option<&'a str>,
    pub start_time_ms: i64,
    /// None for executions that cannot be redriven: AWS shows none then.
    pub redrive_count: Option<u32>,
    pub redrive_time_ms: Option<i64>,
    pub state_machine_id: &'a str,
    pub state_machine_name: &'a str,
    pub state_name: &'a str,
    pub state_entered_time_ms: i64,
    /// For the states that can retry: Task, Parallel, Map.
    pub retry_count: Option<u32>,
    pub task_token: Option<&'a str>,
    pub map_item: Option<&'a MapItem>,
    /// Members that take the place of those above: of a state that is tested with a context of the tester's.
    pub given: Option<&'a Object>,
}

/// `$$.Map.Item`.
#[derive(Clone, Debug)]
pub struct MapItem {
    pub index: u64,
    pub key: Option<Arc<str>>,
    pub value: Value,
}

/// A small deterministic generator, seeded by the caller.
#[derive(Debug)]
pub struct Entropy(Cell<u64>);

impl Entropy {
    pub fn new(seed: u64) -> Self {
        Entropy(Cell::new(seed))
    }

    /// SplitMix64.
    pub fn next_u64(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Work units left for evaluations; one unit is about a value visited or 64 bytes read or written.
#[derive(Debug)]
pub struct Budget(Cell<u64>);

impl Budget {
    pub fn new(units: u64) -> Self {
        Budget(Cell::new(units))
    }

    pub(crate) fn left(&self) -> u64 {
        self.0.get()
    }

    /// Takes `units`, or says that they are not there.
    pub fn spend(&self, units: u64) -> Result<(), Interrupted> {
        match self.0.get().checked_sub(units) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => Err(Interrupted::OverBudget),
        }
    }
}

/// Why an evaluation gave no value.
#[derive(Debug)]
pub enum Interrupted {
    /// The expression failed; the state fails with this.
    Failed(EvaluationError),
    /// The budget is used up: evaluate again, elsewhere, with more.
    OverBudget,
}

/// A failed evaluation in AWS's words. The caller puts
/// `An error occurred while executing the state 'S' (entered at the event id #N). ` before the cause,
/// except for `States.DataLimitExceeded`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EvaluationError {
    /// For example `States.Runtime`.
    pub error: &'static str,
    pub cause: String,
    /// JSONata only: the field, for `EvaluationFailed`. AWS gives none for the input of a Map.
    pub location: Option<String>,
}

impl Interrupted {
    /// A data-flow failure that AWS calls `States.Runtime`.
    pub(crate) fn runtime(cause: String) -> Interrupted {
        Interrupted::failed(crate::error_name::RUNTIME, cause)
    }

    pub(crate) fn failed(error: &'static str, cause: String) -> Interrupted {
        Interrupted::Failed(EvaluationError { error, cause, location: None })
    }
}

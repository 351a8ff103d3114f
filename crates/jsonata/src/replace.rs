//! `$replace`, refused before it writes more than it may: the engine looks at the text only once it is there.
//!
//! Here: the definition put before an expression that names `$replace`, which asks before it calls the
//! engine's own, and what it asks. INVARIANT: without a refusal the engine's function gives the answer.

use jlens_core::{Bindings, Error, HostFunction};
use serde_json::Value;

use crate::ranges::REFUSED;

const ASK: &str = "\u{2115}fits";
const OWN: &str = "\u{2115}replace";

/// What stands before and behind the expression. The names are such as no user writes.
pub(crate) const BEFORE: &str = "($\u{2115}replace:=$replace;\
    $replace:=function($s,$p,$r,$n)<s-(sf)(sf)n?:s>{($\u{2115}fits($s,$p,$r);$\u{2115}replace($s,$p,$r,$n))};";
pub(crate) const BEHIND: &str = ")";

/// Levels of evaluation that the definition takes beside those of the user.
pub(crate) const DEPTH: usize = 6;

/// The name of the engine's function as users know it.
pub(crate) fn as_written(token: String) -> String {
    if token == OWN { "replace".to_owned() } else { token }
}

/// Adds what is asked, for texts of at most `bytes_max`.
pub(crate) fn bind(bindings: Bindings, bytes_max: usize) -> Bindings {
    let ask = HostFunction::new(3, move |arguments, _| {
        let text = |at: usize| arguments.get(at).and_then(Option::as_ref).and_then(Value::as_str);
        let Some(searched) = text(0) else { return Ok(None) };
        let matches = match text(1) {
            Some("") => 0,
            Some(pattern) => searched.matches(pattern).count(),
            // Of a regular expression or a function it is not known; no match is shorter than a character.
            None => searched.chars().count() + 1,
        };
        let written = text(2).map_or(0, str::len);
        match searched.len() + matches.saturating_mul(written) > bytes_max {
            true => Err(Error::new(REFUSED)),
            false => Ok(None),
        }
    });
    bindings.function(ASK, ask.without_input())
}

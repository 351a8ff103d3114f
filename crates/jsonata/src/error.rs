//! Why an expression has no value.
//!
//! Here: the one error of this crate, in the words of jsonata-js, or of AWS where AWS has its own. Not here:
//! which engine raised it.

/// An expression that could not be parsed or evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default())]
pub struct Error {
    pub kind: ErrorKind,
    /// As in jsonata-js (`T2001`); none for what AWS says without a code.
    pub code: Option<String>,
    pub message: String,
    /// Where in the expression, in UTF-16 units as jsonata-js counts, just behind what is at fault.
    pub position: Option<usize>,
    /// The word of the expression that is at fault.
    pub token: Option<String>,
}

/// What a caller may have to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A mistake in the expression or in its data, with a code of JSONata.
    Language,
    /// Evaluation nested deeper than `Limits::depth`.
    StackOverflow,
    /// A value greater than `Limits::value_bytes`.
    Memory,
    /// A clock outside ended the evaluation (see [`Error::timeout`]).
    Timeout,
    /// More steps or work than the caller's `Limits` gave: not an answer of AWS. With a greater budget the
    /// expression may well have a value.
    OverBudget,
}

impl Error {
    /// What AWS says when its clock ends an evaluation: for the caller that gives no greater budget.
    pub fn timeout() -> Error {
        Error::bound(ErrorKind::Timeout, "Expression evaluation timeout: Check for infinite loop")
    }

    pub(crate) fn stack_overflow() -> Error {
        let message = "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as \
             tail-recursive.";
        Error::bound(ErrorKind::StackOverflow, message)
    }

    pub(crate) fn memory() -> Error {
        let message = "Expression evaluation memory limit exceeded: Check for excessive memory usage";
        Error::bound(ErrorKind::Memory, message)
    }

    pub(crate) fn over_budget(what: &str) -> Error {
        Error::bound(ErrorKind::OverBudget, &format!("the expression needs more than {what}"))
    }

    pub(crate) fn too_long(bytes: usize, bytes_max: usize) -> Error {
        let message = format!("expected an expression of at most {bytes_max} bytes, found {bytes}");
        Error::bound(ErrorKind::Language, &message)
    }

    fn bound(kind: ErrorKind, message: &str) -> Error {
        Error { kind, code: None, message: message.to_owned(), position: None, token: None }
    }

    pub(crate) fn language(error: &jlens_core::Error) -> Error {
        Error {
            kind: ErrorKind::Language,
            code: Some(error.code().to_owned()),
            message: message(error),
            position: error.position(),
            token: error.token(),
        }
    }
}

/// The message as jsonata-js fills it in: `{{{key}}}` with the plain detail, `{{key}}` with its JSON, where
/// numbers look as JavaScript prints them.
fn message(error: &jlens_core::Error) -> String {
    let templates = jlens_core::error::catalog();
    let Some(known) = templates.iter().find(|known| known.code == error.code()) else {
        return error.message();
    };
    let (mut filled, mut rest) = (String::new(), known.template);
    while let Some((before, hole)) = rest.split_once("{{") {
        filled.push_str(before);
        let (is_plain, hole) = hole.strip_prefix('{').map_or((false, hole), |hole| (true, hole));
        let Some((key, after)) = hole.split_once("}}") else { break };
        match (error.detail(key), is_plain) {
            (Some(serde_json::Value::String(text)), true) => filled.push_str(text),
            (Some(value), _) => filled.push_str(&jlens_core::format_json(value, false)),
            (None, _) => filled.push_str("undefined"),
        }
        rest = if is_plain { after.trim_start_matches('}') } else { after };
    }
    filled + rest
}

//! `stairway eval`: tries an expression and prints its value.
//!
//! Here: where expression, input and bindings come from, and the two forms of an answer. Not here: the
//! languages; each is a file below that makes an [`Evaluate`].
//! INVARIANT: stdout carries values only, and with `--jsonl` one line for each line that was read.

mod jsonata;
mod jsonpath;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufWriter, Write as _};
use std::process::ExitCode;

use serde_json::value::RawValue;

use crate::given;
use crate::say::{self, EXIT_FAILED, UsageError};

/// Try an expression and print its value
#[derive(clap::Subcommand)]
pub(crate) enum Eval {
    Jsonata(jsonata::Jsonata),
    #[command(name = "jsonpath")]
    JsonPath(jsonpath::JsonPath),
    Intrinsic(jsonpath::Intrinsic),
}

/// What every language takes.
#[derive(clap::Args)]
struct Given {
    /// The expression; with --jsonl, that of lines without one
    #[arg(required_unless_present = "jsonl")]
    expr: Option<String>,
    /// The input of the expression
    #[arg(long, value_name = "JSON|FILE")]
    input: Option<String>,
    /// An object with the values of variables
    #[arg(long, value_name = "JSON|FILE")]
    bindings: Option<String>,
    /// Read {"expr", "input", "bindings"} from each line of stdin and write one line for each:
    /// {"result"}, {"undefined": true} or {"error": {"code", "message", "position"}}
    #[arg(long)]
    jsonl: bool,
}

/// One thing to evaluate: an expression, and JSON texts.
struct Question<'a> {
    expr: &'a str,
    input: Option<&'a str>,
    bindings: &'a BTreeMap<String, Box<RawValue>>,
}

/// What came of it.
enum Answer {
    /// JSON text.
    Value(String),
    /// No value; in words.
    Nothing(&'static str),
    Error {
        code: Option<String>,
        message: String,
        position: Option<usize>,
    },
}

/// A language.
type Evaluate = dyn Fn(&Question<'_>) -> anyhow::Result<Answer>;

pub(crate) fn eval(language: Eval) -> anyhow::Result<ExitCode> {
    let (given, evaluate) = match language {
        Eval::Jsonata(jsonata) => jsonata.language(),
        Eval::JsonPath(path) => path.language(),
        Eval::Intrinsic(call) => call.language(),
    };
    let input = given.input.as_deref().map(|input| given::json("--input", input)).transpose()?;
    let input = input.as_ref().map(|input| input.text());
    let bindings = match &given.bindings {
        Some(bindings) => object(given::json("--bindings", bindings)?.text())?,
        None => BTreeMap::new(),
    };
    match (given.jsonl, &given.expr) {
        (false, Some(expr)) => one(&Question { expr, input, bindings: &bindings }, &*evaluate),
        (_, expr) => {
            let expr = expr.as_deref().unwrap_or_default();
            every_line(&Question { expr, input, bindings: &bindings }, &*evaluate)
        }
    }
}

fn object(text: &str) -> Result<BTreeMap<String, Box<RawValue>>, UsageError> {
    serde_json::from_str(text)
        .map_err(|error| UsageError(format!("expected --bindings to be an object, found {error}")))
}

fn one(question: &Question<'_>, evaluate: &Evaluate) -> anyhow::Result<ExitCode> {
    match evaluate(question)? {
        Answer::Value(value) => writeln!(std::io::stdout().lock(), "{value}")?,
        Answer::Nothing(what) => say::line(&format!("stairway: the expression gives {what}")),
        Answer::Error { code, message, position } => {
            let code = code.map(|code| format!("{code}: ")).unwrap_or_default();
            let position = position.map(|position| format!(" (at position {position})")).unwrap_or_default();
            say::line(&format!("stairway: {}", say::clean(&format!("{code}{message}{position}"))));
            return Ok(ExitCode::from(EXIT_FAILED));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Errors are answers here: the command fails only when it cannot read or write.
fn every_line(otherwise: &Question<'_>, evaluate: &Evaluate) -> anyhow::Result<ExitCode> {
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = match Line::read(&line) {
            Ok(line) => evaluate(&line.question(otherwise))?,
            Err(message) => Answer::Error { code: None, message, position: None },
        };
        writeln!(stdout, "{}", as_line(answer))?;
    }
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// A line of `--jsonl`; what it lacks comes from the command line.
struct Line {
    expr: Option<String>,
    input: Option<Box<RawValue>>,
    bindings: Option<BTreeMap<String, Box<RawValue>>>,
}

impl Line {
    fn read(line: &str) -> Result<Line, String> {
        let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line)
            .map_err(|error| format!("expected a line with a JSON object: {error}"))?;
        let mut field = |name: &str| fields.remove(name);
        let text = |value: &RawValue| serde_json::from_str(value.get());
        let (expr, input, bindings) = (field("expr"), field("input"), field("bindings"));
        let expr = expr.map(|expr| text(&expr)).transpose();
        let bindings = bindings.map(|bindings| serde_json::from_str(bindings.get())).transpose();
        Ok(Line {
            expr: expr.map_err(|error| format!("expected `expr` to be a string: {error}"))?,
            input,
            bindings: bindings.map_err(|error| format!("expected `bindings` to be an object: {error}"))?,
        })
    }

    fn question<'a>(&'a self, otherwise: &'a Question<'a>) -> Question<'a> {
        Question {
            expr: self.expr.as_deref().unwrap_or(otherwise.expr),
            input: self.input.as_deref().map(RawValue::get).or(otherwise.input),
            bindings: self.bindings.as_ref().unwrap_or(otherwise.bindings),
        }
    }
}

fn as_line(answer: Answer) -> String {
    match answer {
        Answer::Value(value) => format!("{{\"result\":{value}}}"),
        Answer::Nothing(_) => "{\"undefined\":true}".to_owned(),
        Answer::Error { code, message, position } => {
            serde_json::json!({"error": {"code": code, "message": message, "position": position}}).to_string()
        }
    }
}

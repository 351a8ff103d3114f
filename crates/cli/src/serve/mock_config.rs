//! The mock configuration of Step Functions Local: which tasks of which test case answer what.
//!
//! Here: the file and its shape. It is read when the server starts, so that a mistake is told at once, and
//! again for each execution that is started as a test case, so that no start needs a restart of the server.
//! Not here: what a mocked task does (`execution`), the ARN that names a test case (`api`).
//! INVARIANT: a file with a mistake gives no test case at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::TestCases;
use asl::Document;
use asl::error_name::Failure;
use asl::json::{Object, Value};
use engine::{MockedAnswer, MockedAnswers, Mocks};

use crate::given::place_and_reason;

/// LIMIT: bytes of the file; the answers of one test case are kept with each of its executions.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The file, by its name.
#[derive(Debug)]
pub(super) struct MockConfig(pub(super) PathBuf);

/// What is in the file: test cases by machine and name, responses by name.
#[derive(PartialEq, Debug)]
struct Contents {
    machines: BTreeMap<Arc<str>, BTreeMap<Arc<str>, TestCase>>,
    responses: BTreeMap<Arc<str>, Vec<(u64, MockedAnswer)>>,
}

/// The name of the response of each mocked state.
type TestCase = BTreeMap<Arc<str>, Arc<str>>;

impl MockConfig {
    /// What is wrong with the file, in one line.
    pub(super) fn check(&self) -> Result<(), String> {
        self.read().map(drop)
    }

    fn read(&self) -> Result<Contents, String> {
        let name = self.0.display();
        let text =
            text_of(&self.0).map_err(|why| format!("cannot read the mock configuration `{name}`: {why}"))?;
        contents(&text).map_err(|why| format!("cannot use the mock configuration `{name}`: {why}"))
    }
}

impl TestCases for MockConfig {
    fn find(&self, state_machine: &str, test_case: &str) -> Result<Mocks, String> {
        self.read()?.find(state_machine, test_case)
    }
}

fn text_of(file: &Path) -> Result<String, String> {
    let bytes = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(format!("expected at most {FILE_BYTES_MAX} bytes, found {bytes}"));
    }
    std::fs::read_to_string(file).map_err(|error| error.to_string())
}

impl Contents {
    fn find(&self, state_machine: &str, test_case: &str) -> Result<Mocks, String> {
        let cases = self.machines.get(state_machine).ok_or_else(|| {
            format!(
                "The mock configuration has no test cases of the state machine '{state_machine}', only of {}.",
                named(self.machines.keys())
            )
        })?;
        let states = cases.get(test_case).ok_or_else(|| {
            format!(
                "The mock configuration has no test case '{test_case}' of the state machine '{state_machine}', \
                 only {}.",
                named(cases.keys())
            )
        })?;
        let answers = states.iter().map(|(state, response)| {
            let answers = self.responses.get(response).cloned().unwrap_or_default();
            (Arc::clone(state), MockedAnswers { response: Arc::clone(response), answers })
        });
        Ok(Mocks { test_case: test_case.into(), answers: answers.collect() })
    }
}

fn named<'n>(names: impl Iterator<Item = &'n Arc<str>>) -> String {
    let names: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn contents(text: &str) -> Result<Contents, String> {
    let document = Document::parse(text)
        .map_err(|error| format!("expected JSON, found {}", place_and_reason(&error)))?;
    let whole = members(document.value(), "the file", &["StateMachines", "MockedResponses"])?;
    let mut responses = BTreeMap::new();
    for (name, response) in each(whole, "MockedResponses", "the file")? {
        responses.insert(Arc::clone(name), answers(name, response)?);
    }
    let mut machines = BTreeMap::new();
    for (name, machine) in each(whole, "StateMachines", "the file")? {
        let place = format!("the state machine `{name}`");
        let machine = members(machine, &place, &["TestCases"])?;
        let mut cases = BTreeMap::new();
        for (case, states) in each(machine, "TestCases", &place)? {
            let place = format!("the test case `{case}` of `{name}`");
            cases.insert(Arc::clone(case), test_case(states, &place, &responses)?);
        }
        machines.insert(Arc::clone(name), cases);
    }
    Ok(Contents { machines, responses })
}

fn test_case(
    states: &Value,
    place: &str,
    responses: &BTreeMap<Arc<str>, Vec<(u64, MockedAnswer)>>,
) -> Result<TestCase, String> {
    let mut case = TestCase::new();
    for (state, response) in object(states, place)? {
        let Value::String(response) = response else {
            return Err(format!(
                "{place}: expected the name of a mocked response for `{state}`, found {}",
                kind(response)
            ));
        };
        if !responses.contains_key(response) {
            return Err(format!(
                "{place}: expected a name in `MockedResponses` for `{state}`, found `{response}`"
            ));
        }
        case.insert(Arc::clone(state), Arc::clone(response));
    }
    Ok(case)
}

/// The answers of one response, by the last invocation of each. They leave no invocation out.
fn answers(name: &str, response: &Value) -> Result<Vec<(u64, MockedAnswer)>, String> {
    let place = format!("the mocked response `{name}`");
    let mut ranges = Vec::new();
    for (numbers, answer) in object(response, &place)? {
        let (first, last) = range(numbers).ok_or_else(|| {
            format!("{place}: expected invocations like \"0\" or \"1-2\", found \"{numbers}\"")
        })?;
        ranges.push((first, last, answer_of(answer, &format!("{place}, \"{numbers}\""))?));
    }
    ranges.sort_by_key(|(first, last, _)| (*first, *last));
    let mut answers = Vec::with_capacity(ranges.len());
    let mut next = 0;
    for (first, last, answer) in ranges {
        if first > next {
            return Err(format!(
                "{place}: expected an answer to invocation {next}, found the next one at {first}"
            ));
        }
        if first < next {
            return Err(format!("{place}: expected one answer to invocation {first}, found two"));
        }
        answers.push((last, answer));
        next = last + 1;
    }
    if answers.is_empty() {
        Err(format!("{place}: expected an answer to invocation 0, found none"))
    } else {
        Ok(answers)
    }
}

/// `"3"` or `"1-2"`.
fn range(numbers: &str) -> Option<(u64, u64)> {
    let number = |text: &str| {
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        // One more than the last must be a number, too.
        text.parse().ok().filter(|number| is_digits && *number < u64::MAX)
    };
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((first, last))
}

fn answer_of(answer: &Value, place: &str) -> Result<MockedAnswer, String> {
    let answer = members(answer, place, &["Return", "Throw"])?;
    match (answer.get("Return"), answer.get("Throw")) {
        (Some(output), None) => Ok(MockedAnswer::Return(output.to_json().into())),
        (None, Some(thrown)) => {
            let thrown = members(thrown, &format!("{place}, `Throw`"), &["Error", "Cause"])?;
            let text = |name: &str| match thrown.get(name) {
                Some(Value::String(text)) => Ok(Some(Arc::clone(text))),
                None => Ok(None),
                Some(other) => {
                    Err(format!("{place}: expected `{name}` to be a string, found {}", kind(other)))
                }
            };
            let (error, cause) = (text("Error")?, text("Cause")?);
            match error {
                Some(_) => Ok(MockedAnswer::Throw(Failure { error, cause })),
                None => Err(format!("{place}: expected `Throw` to have an `Error`, found none")),
            }
        }
        (both, _) => {
            let found = if both.is_some() { "both" } else { "neither" };
            Err(format!("{place}: expected `Return` or `Throw`, found {found}"))
        }
    }
}

fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Object, String> {
    value
        .as_object()
        .map(|members| &**members)
        .ok_or_else(|| format!("{place}: expected an object, found {}", kind(value)))
}

/// An object with these members and no others.
fn members<'v>(value: &'v Value, place: &str, known: &[&str]) -> Result<&'v Object, String> {
    let members = object(value, place)?;
    match members.keys().find(|name| !known.contains(&&***name)) {
        Some(name) => Err(format!("{place}: expected only `{}`, found `{name}`", known.join("`, `"))),
        None => Ok(members),
    }
}

/// The members of the member of this name; none when it is absent.
fn each<'v>(
    members: &'v Object,
    name: &str,
    place: &str,
) -> Result<impl Iterator<Item = (&'v Arc<str>, &'v Value)>, String> {
    let found = members.get(name).map(|value| object(value, &format!("`{name}` of {place}"))).transpose()?;
    Ok(found.into_iter().flatten())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;

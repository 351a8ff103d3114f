//! `stairway check`: every finding about definitions, without running them.
//!
//! Here: what is read, and what findings mean for the exit code. The parts are in `check/`.
//! INVARIANT: stdout carries the findings in the format that was asked for and nothing else.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use asl::Severity;
use asl::definition::MachineType;

use crate::check::file::CheckedFile;
use crate::check::text::Colours;
use crate::check::{json, sarif, text};
use crate::definition_file;
use crate::say::{self, EXIT_FAILED, EXIT_USAGE, UsageError};

/// Find what is wrong with definitions, without running them
///
/// Tells what CreateStateMachine would refuse, and what is allowed and probably not meant.
/// The exit code is 0 when there are no errors, 1 when there is one, and 2 when a file
/// cannot be read or the command was not understood. Warnings change nothing.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Check {
    /// Definitions in the Amazon States Language, as JSON or YAML; `-` for stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Type of the state machine: some resources exist only for one
    #[arg(long = "type", value_enum, ignore_case = true, default_value_t = Type::Standard)]
    machine_type: Type,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code review tools
    Sarif,
}

#[derive(Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "UPPER")]
enum Type {
    Standard,
    Express,
}

pub(crate) fn check(arguments: Check) -> anyhow::Result<ExitCode> {
    let machine_type = match arguments.machine_type {
        Type::Standard => MachineType::Standard,
        Type::Express => MachineType::Express,
    };
    let mut files = Vec::new();
    let mut is_unreadable = false;
    for path in &arguments.files {
        match read(path) {
            Ok(text) => files.push(CheckedFile::check(shown_name(path), path, text, machine_type)),
            Err(error) => {
                is_unreadable = true;
                say::line(&format!("stairway: {}", say::clean(&error.to_string())));
            }
        }
    }
    print(&files, arguments.format)?;
    let has_errors = files.iter().any(|file| file.count(Severity::Error) > 0);
    Ok(match (is_unreadable, has_errors) {
        (true, _) => ExitCode::from(EXIT_USAGE),
        (false, true) => ExitCode::from(EXIT_FAILED),
        (false, false) => ExitCode::SUCCESS,
    })
}

fn read(path: &Path) -> Result<String, UsageError> {
    let mut bytes = Vec::new();
    let read = match is_stdin(path) {
        true => std::io::stdin().lock().read_to_end(&mut bytes),
        false => std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)),
    };
    read.map_err(|error| definition_file::unreadable(path, &error.to_string()))?;
    definition_file::decoded(path, bytes)
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn shown_name(path: &Path) -> String {
    if is_stdin(path) { "<stdin>".to_owned() } else { path.display().to_string() }
}

fn print(files: &[CheckedFile], format: Format) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    let written = match format {
        Format::Text => {
            let is_plain =
                !stdout.is_terminal() || std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
            let colours = if is_plain { Colours::None } else { Colours::Ansi };
            text::render(files, colours)
        }
        Format::Json => format!("{:#}\n", json::render(files)),
        Format::Sarif => format!("{:#}\n", sarif::render(files)),
    };
    stdout.write_all(written.as_bytes()).and_then(|()| stdout.flush()).context("cannot write to stdout")
}

//! `stairway diagram`: the picture of a definition as an SVG file.
//!
//! Here: which file is read and which is written. Not here: drawing (`diagram`).
//! INVARIANT: stdout carries the picture and nothing else; a file is written whole or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::definition_file;

/// Draw a definition as an SVG file, as the console shows it
///
/// The file needs nothing else: it shows in a browser and in Markdown, in light and in dark.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Diagram {
    /// Definition in the Amazon States Language, as JSON or YAML
    #[arg(value_name = "FILE")]
    definition: PathBuf,
    /// File to write; stdout if there is none
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn diagram(arguments: &Diagram) -> anyhow::Result<ExitCode> {
    let definition = definition_file::read(&arguments.definition)?;
    let picture = diagram::svg(&definition)?;
    match &arguments.output {
        Some(file) => write(file, &picture)?,
        None => std::io::stdout().lock().write_all(picture.as_bytes()).context("cannot write to stdout")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// By way of a file beside it, so that nobody reads half a picture.
fn write(file: &Path, picture: &str) -> anyhow::Result<()> {
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, picture)
        .and_then(|()| std::fs::rename(&partial, file))
        .with_context(|| format!("cannot write `{}`", file.display()))
}

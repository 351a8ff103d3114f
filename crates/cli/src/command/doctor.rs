//! `stairway doctor`: whether this machine keeps what a server is told to keep.
//!
//! Here: the order of the examinations, and what is said of each. Not here: the examinations (`doctor`).
//! INVARIANT: one line for each thing that was looked at, and nothing that was there is changed.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::doctor::{Finding, State, clock, data, disk, limits};
use crate::say::{self, EXIT_FAILED};
use crate::serve::DEFAULT_DATA_DIR;

/// Examine the disk, the clock, the limits and the data of a server
///
/// Says of each thing whether it is ok, a warning or failed, and what to do. The data's checksums
/// are read if no server works on it. The exit code is 1 if anything failed.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Doctor {
    /// The data directory to examine; it need not be there yet
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA_DIR)]
    data_dir: PathBuf,
    /// How many syncs are measured
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    syncs: u32,
}

pub(crate) fn doctor(arguments: &Doctor) -> anyhow::Result<ExitCode> {
    let Doctor { data_dir, syncs } = arguments;
    let mut findings = vec![disk::file_system(data_dir)];
    let (synced, clocks) = clock::beside(|| disk::syncs(data_dir, *syncs));
    findings.extend([synced, disk::room(data_dir), clocks, clock::year()]);
    findings.extend(limits::all());
    findings.push(data::examine(data_dir));
    let mut stdout = std::io::stdout().lock();
    for Finding { state, subject, told } in &findings {
        let state = match state {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Failed => "failed",
        };
        writeln!(stdout, "{state:<8} {subject}: {}", say::clean(told)).context("cannot write to stdout")?;
    }
    let has_failed = findings.iter().any(|finding| finding.state == State::Failed);
    Ok(if has_failed { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

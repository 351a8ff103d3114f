//! `stairway backup`: a copy of a data directory while a server works on it, and the reading of a copy.
//!
//! Here: the command line and what is said. Not here: what is copied, and in which order (`store-disk`).
//! The server is not asked: whoever may read its files may copy them, and a server that does not answer any more
//! can be copied too.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use store_disk::Contents;

use crate::serve::DEFAULT_DATA_DIR;

/// Copy a data directory, while a server works on it or not
///
/// The copy is what the directory was at one moment: everything that was acknowledged before the
/// command began is in it. To restore it, start a server on it (or on a copy of it): executions go
/// on where they were, and overdue timers fire.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Backup {
    /// The data directory to copy
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA_DIR, conflicts_with = "verify")]
    data_dir: PathBuf,
    /// Where the copy goes: a directory that is empty, or not there yet
    #[arg(long, value_name = "DIR", required_unless_present = "verify", conflicts_with = "verify")]
    to: Option<PathBuf>,
    /// Copy nothing: read every checksum of a copy, or of a data directory that no server works on
    #[arg(long, value_name = "DIR")]
    verify: Option<PathBuf>,
}

pub(crate) fn backup(arguments: Backup) -> anyhow::Result<ExitCode> {
    let Backup { data_dir, to, verify } = arguments;
    let told = match (to, verify) {
        (Some(to), _) => {
            let contents = store_disk::back_up(&data_dir, &to)
                .with_context(|| format!("cannot copy the data directory `{}`", data_dir.display()))?;
            format!("copied to {}: {}", to.display(), shown(contents))
        }
        (None, directory) => {
            let directory = directory.unwrap_or(data_dir);
            let contents = store_disk::verify(&directory)
                .with_context(|| format!("`{}` is not a whole copy", directory.display()))?;
            format!("{} is whole: {}", directory.display(), shown(contents))
        }
    };
    writeln!(std::io::stdout(), "{told}").context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn shown(contents: Contents) -> String {
    let Contents { format, segments, log_bytes, batches, catalog_entries } = contents;
    format!(
        "format {format}, {batches} batches in {segments} segments ({log_bytes} bytes), {catalog_entries} entries \
         in the catalog"
    )
}

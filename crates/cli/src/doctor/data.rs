//! The data: its format, and every checksum of it, if no server works on it.

use std::path::Path;

use store::Fault;

use super::{Finding, State};
use crate::command::backup::shown;

const DATA: &str = "data";

pub(crate) fn examine(directory: &Path) -> Finding {
    if !directory.join("format").exists() {
        let told = format!("there is none in `{}` yet", directory.display());
        return Finding::new(State::Ok, DATA, told);
    }
    match store_disk::verify(directory) {
        Ok(contents) => Finding::new(State::Ok, DATA, shown(contents)),
        Err(Fault::InUse) => {
            let told = "a server works on it; its checksums are read by `stairway backup`, in the copy";
            Finding::new(State::Ok, DATA, told)
        }
        Err(fault @ Fault::Corrupt(_)) => {
            let told =
                format!("{fault}; restore a backup, and ask why the disk has changed what was written");
            Finding::new(State::Failed, DATA, told)
        }
        Err(fault) => Finding::new(State::Failed, DATA, fault.to_string()),
    }
}

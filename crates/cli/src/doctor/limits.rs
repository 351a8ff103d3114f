//! The limits of the process: open files, and memory.

use rustix::process::{Resource, getrlimit};

use super::{Finding, State};

const OPEN_FILES: &str = "open files";
const MEMORY: &str = "memory";

/// A connection is a file, so is a segment; the store keeps up to 256 of these open.
const OPEN_FILES_MIN: u64 = 1_024;
const OPEN_FILES_ENOUGH: u64 = 4_096;
/// What a server with much to do takes.
const MEMORY_ENOUGH: u64 = 512 << 20;

pub(crate) fn all() -> Vec<Finding> {
    vec![judge_open_files(getrlimit(Resource::Nofile).current), judge_memory(available_bytes())]
}

pub(super) fn judge_open_files(limit: Option<u64>) -> Finding {
    let Some(limit) = limit else { return Finding::new(State::Ok, OPEN_FILES, "without a limit") };
    let (state, advice) = match limit {
        ..OPEN_FILES_MIN => (State::Failed, "; each connection is one: raise it (`ulimit -n 65536`)"),
        OPEN_FILES_MIN..OPEN_FILES_ENOUGH => {
            (State::Warning, "; with thousands of connections that is little (`ulimit -n 65536`)")
        }
        _ => (State::Ok, ""),
    };
    Finding::new(state, OPEN_FILES, format!("at most {limit}{advice}"))
}

pub(super) fn judge_memory(available: Option<u64>) -> Finding {
    let Some(available) = available else {
        return Finding::new(State::Ok, MEMORY, "how much there is cannot be told here");
    };
    let mebibytes = available >> 20;
    if available < MEMORY_ENOUGH {
        let told = format!("{mebibytes} MiB are available; a server with much to do takes 512 MiB");
        return Finding::new(State::Warning, MEMORY, told);
    }
    Finding::new(State::Ok, MEMORY, format!("{mebibytes} MiB are available"))
}

/// What the machine has left, or the group of processes if that is less. None where neither says.
fn available_bytes() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let machine = available_of_machine(&read("/proc/meminfo"));
    let group = read("/sys/fs/cgroup/memory.max").trim().parse().ok();
    machine.into_iter().chain(group).min()
}

pub(super) fn available_of_machine(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

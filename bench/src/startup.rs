//! What the service models cost a server that calls nothing: time to its ready line, memory at rest.
//!
//! The binary is compared with a copy of itself whose models are gone: the same code, in whose place for the
//! models stands a model file without services. The two take turns, so that what else the machine does meets
//! both. INVARIANT: nothing but the models differs.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::cpus;
use crate::process::Process;

/// As `aws/src/model/archive.rs` has it.
const MAGIC: &[u8] = b"stairway models 1\n";
/// What a service has in the index beside its name: the length of its frame, and where its rules lie.
const NUMBERS_OF_A_SERVICE: usize = 4;

/// The goals: more than without models.
const MILLISECONDS_MORE_MAX: f64 = 5.0;
const MEGABYTES_MORE_MAX: f64 = 5.0;

/// One start.
#[derive(Clone, Copy)]
struct Measured {
    milliseconds: f64,
    resident_mb: f64,
    proportional_mb: f64,
}

/// True when the goals are reached.
pub(crate) fn measure(server: &Path, models: &Path, rounds: usize) -> Result<bool> {
    let models = fs::read(models).with_context(|| format!("cannot read {}", models.display()))?;
    let binary = fs::read(server).with_context(|| format!("cannot read {}", server.display()))?;
    let beside = server.parent().context("the server lies in a folder")?;
    let folder = tempfile::Builder::new().prefix("bench-startup-").tempdir_in(beside)?;
    let copy = |name: &str, bytes: &[u8]| -> Result<_> {
        let path = folder.path().join(name);
        fs::write(&path, bytes)?;
        fs::set_permissions(&path, Permissions::from_mode(0o755))?;
        Ok(path)
    };
    // Both are copies, so that both lie alike.
    let with = copy("with-models", &binary)?;
    let without = copy("without-models", &without_models(binary, &models)?)?;
    let (mut found, mut bare) = (Vec::new(), Vec::new());
    // The first start of each creates its store and brings its file into memory.
    for round in 0..=rounds {
        let (ours, theirs) = (start(&with, folder.path())?, start(&without, folder.path())?);
        if round > 0 {
            found.push(ours);
            bare.push(theirs);
        }
    }
    let report = Report { found, bare, model_bytes: models.len() };
    println!("{}", report.text()?);
    Ok(report.is_good())
}

/// Starts a server on the store that it had before, and ends it.
fn start(program: &Path, folder: &Path) -> Result<Measured> {
    let name = program.file_name().context("a program has a name")?.to_string_lossy();
    let data = folder.join(format!("data-of-{name}"));
    let data = data.to_str().context("the folder's name is text")?;
    let cpus = cpus::allowed()?;
    let begun = Instant::now();
    let server =
        Process::start(&cpus, program, &["serve", "--listen", "127.0.0.1:0", "--data-dir", data], &[])?;
    let milliseconds = begun.elapsed().as_secs_f64() * 1_000.0;
    server.settle()?;
    let (resident, proportional) = server.memory_bytes()?;
    server.end()?;
    let mb = |bytes: u64| bytes as f64 / 1e6;
    Ok(Measured { milliseconds, resident_mb: mb(resident), proportional_mb: mb(proportional) })
}

/// The binary with a model file of the same length that has partitions and no service.
fn without_models(mut binary: Vec<u8>, models: &[u8]) -> Result<Vec<u8>> {
    let is_there = |at: &usize| binary[*at..].starts_with(models);
    let candidates = (0..binary.len().saturating_sub(models.len())).filter(|at| binary[*at] == MAGIC[0]);
    let places: Vec<usize> = candidates.filter(is_there).collect();
    let [at] = places[..] else {
        bail!(
            "expected the models once in the binary, found them {} times: was it built from them?",
            places.len()
        );
    };
    let empty = emptied(models)?;
    binary[at..at + models.len()].fill(0);
    binary[at..at + empty.len()].copy_from_slice(&empty);
    Ok(binary)
}

fn emptied(models: &[u8]) -> Result<Vec<u8>> {
    ensure!(models.starts_with(MAGIC), "expected the form of models that this version reads");
    let partitions = partitions(&models[MAGIC.len()..]).context("the index of the models cannot be read")?;
    // No services, no blocks of rules, and how long the partitions are.
    let mut empty = [MAGIC, &[0, 0]].concat();
    push_number(&mut empty, partitions.len());
    empty.extend_from_slice(partitions);
    Ok(empty)
}

/// The last frame of a model file.
fn partitions(index: &[u8]) -> Option<&[u8]> {
    let mut rest = index;
    for _ in 0..take_number(&mut rest)? {
        let name = take_number(&mut rest)?;
        rest = rest.get(name..)?;
        for _ in 0..NUMBERS_OF_A_SERVICE {
            take_number(&mut rest)?;
        }
    }
    for _ in 0..take_number(&mut rest)? {
        take_number(&mut rest)?;
    }
    let length = take_number(&mut rest)?;
    rest.get(rest.len().checked_sub(length)?..)
}

/// Seven bits a byte, the lowest first.
fn take_number(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn push_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        bytes.push(number as u8 & 0x7f | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

struct Report {
    /// Of the binary as it is, and of its copy, round by round.
    found: Vec<Measured>,
    bare: Vec<Measured>,
    model_bytes: usize,
}

type Figure = fn(&Measured) -> f64;

impl Report {
    fn text(&self) -> Result<String> {
        let mut text = format!(
            "start-up and idle memory, medians of {} interleaved rounds; models of {:.1} MB\n{:<14} {:>8} {:>8} {:>8} {:>8}\n",
            self.found.len(),
            self.model_bytes as f64 / 1e6,
            "",
            "with",
            "without",
            "more",
            "ratio",
        );
        let rows: [(&str, Figure); 3] = [
            ("start-up, ms", |measured| measured.milliseconds),
            ("RSS, MB", |measured| measured.resident_mb),
            ("PSS, MB", |measured| measured.proportional_mb),
        ];
        for (name, figure) in rows {
            let (with, without) =
                (median(self.found.iter().map(figure)), median(self.bare.iter().map(figure)));
            let (more, ratio) =
                (self.more(figure), self.paired(|with, without| figure(with) / figure(without)));
            writeln!(text, "{name:<14} {with:>8.2} {without:>8.2} {more:>8.2} {ratio:>8.3}")?;
        }
        let verdict = if self.is_good() { "reached" } else { "MISSED" };
        write!(
            text,
            "goal: at most {MILLISECONDS_MORE_MAX} ms and {MEGABYTES_MORE_MAX} MB more than without models: {verdict}"
        )?;
        Ok(text)
    }

    fn is_good(&self) -> bool {
        let megabytes = self.more(|measured| measured.resident_mb);
        self.more(|measured| measured.milliseconds) <= MILLISECONDS_MORE_MAX
            && megabytes <= MEGABYTES_MORE_MAX
    }

    /// The median of the differences within each round.
    fn more(&self, figure: Figure) -> f64 {
        self.paired(|with, without| figure(with) - figure(without))
    }

    fn paired(&self, compare: impl Fn(&Measured, &Measured) -> f64) -> f64 {
        median(self.found.iter().zip(&self.bare).map(|(with, without)| compare(with, without)))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one service (a frame of three bytes), one block of rules (two bytes) and these partitions.
    fn models(partitions: &[u8]) -> Vec<u8> {
        let mut models = [MAGIC, &[1, 3, b's', b'q', b's', 3, 0, 0, 2, 1, 2]].concat();
        push_number(&mut models, partitions.len());
        [&models[..], b"SQS", b"ru", partitions].concat()
    }

    #[test]
    fn only_the_models_leave_the_binary() {
        let partitions = [7; 300];
        let binary = [b"code s code", &models(&partitions)[..], b"more code"].concat();
        let without = without_models(binary.clone(), &models(&partitions)).unwrap();
        assert_eq!(without.len(), binary.len());
        assert!(without.starts_with(b"code s code") && without.ends_with(b"more code"));
        let index = [MAGIC, &[0, 0, 0xac, 0x02], &partitions].concat();
        assert!(without[11..].starts_with(&index));
        assert!(!without.windows(3).any(|bytes| bytes == b"SQS"));
    }

    #[test]
    fn models_that_are_not_in_the_binary_are_a_mistake() {
        let refused = without_models(b"code".to_vec(), &models(&[1])).unwrap_err().to_string();
        assert!(refused.contains("found them 0 times"), "{refused}");
    }
}

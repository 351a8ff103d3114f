//! `cargo xtask tidy`: the house rules that a compiler does not check.
//!
//! Here: gathering the files and printing the findings. The rules are pure functions from text to
//! findings, in the modules below.

mod floors;
mod markdown;
mod promises;
mod source;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// Folders that hold what is built, installed or run, never what is written.
const NOT_OURS: &[&str] =
    &["target", ".git", ".venv", "node_modules", "dist", "__pycache__", ".pytest_cache", "stairway-data"];

/// A rule that does not hold, and where.
#[derive(PartialEq, Eq, Debug)]
struct Finding {
    file: String,
    /// None where the file as a whole is meant.
    line: Option<usize>,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// The files of the repository, as paths from its root with `/` between folders.
struct Tree {
    files: BTreeSet<String>,
}

pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let tree = Tree::read(&workspace.root)?;
    let mut findings = floors(workspace)?;
    let mut long = Vec::new();
    let mut of_promises = BTreeSet::new();
    for file in &tree.files {
        // What is not text has nothing to say here.
        let Ok(text) = fs::read_to_string(workspace.root.join(file)) else { continue };
        findings.extend(source::check(file, &text));
        if file.ends_with(".md") {
            findings.extend(markdown::check(file, &text, &tree));
        }
        if file.ends_with(".rs") && !file.starts_with("xtask/") {
            of_promises.extend(promises::tests_in(&text));
        }
        let lines = text.lines().count();
        if source::is_code(file) && lines > source::LONG_FILE_LINES {
            long.push((lines, file));
        }
    }
    let table = fs::read_to_string(workspace.root.join(promises::FILE))
        .with_context(|| format!("cannot read {}", promises::FILE))?;
    let unfit = promises::check(&table, &of_promises).into_iter();
    findings.extend(unfit.map(|(line, message)| Finding { file: promises::FILE.to_owned(), line, message }));
    for (lines, file) in &long {
        println!("tidy: {file} has {lines} lines: which second story moved in? (a report, not a failure)");
    }
    for finding in &findings {
        println!("tidy: {finding}");
    }
    println!("tidy: {} files, {} findings", tree.files.len(), findings.len());
    Ok(findings.is_empty())
}

fn floors(workspace: &Workspace) -> Result<Vec<Finding>> {
    let file = "ARCHITECTURE.md";
    let text = fs::read_to_string(workspace.root.join(file)).context("cannot read ARCHITECTURE.md")?;
    let crates = floors::crates_of(&workspace.metadata()?)?;
    let found = match floors::parse(&text) {
        Ok(table) => floors::check(&table, &crates),
        Err(mistakes) => mistakes,
    };
    Ok(found.into_iter().map(|(line, message)| Finding { file: file.to_owned(), line, message }).collect())
}

impl Tree {
    fn read(root: &Path) -> Result<Tree> {
        let mut tree = Tree { files: BTreeSet::new() };
        tree.walk(root, "")?;
        Ok(tree)
    }

    fn walk(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            if !entry.file_type()?.is_dir() {
                self.files.insert(path);
            } else if !NOT_OURS.contains(&name.as_str()) {
                self.walk(&entry.path(), &format!("{path}/"))?;
            }
        }
        Ok(())
    }

    /// Whether a file or a folder lies at this path.
    fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let inside = format!("{path}/");
        path.is_empty()
            || self.files.contains(path)
            || self.files.range(inside.clone()..).next().is_some_and(|file| file.starts_with(&inside))
    }
}

//! The floor table of ARCHITECTURE.md against what the crates really depend on.
//!
//! The table stands under the heading `## Floors` and looks like this; a crate is named by its folder:
//!
//! ```text
//! | floor | crate  | may depend on          | what it is |
//! | ----- | ------ | ---------------------- | ---------- |
//! | 3     | engine | execution, asl, store; dev: store-disk | … |
//! | off   | xtask  | nothing                | … |
//! ```
//!
//! INVARIANT: a dependency leads to a lower floor and stands in the table. What is `off` the stairs
//! may look anywhere that its row says, and nothing may depend on it. Development dependencies may
//! lead anywhere, but they stand in the table too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

const COLUMNS: [&str; 4] = ["floor", "crate", "may depend on", "what it is"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Floor {
    Stairs(u32),
    Off,
}

#[derive(PartialEq, Eq, Debug)]
pub(super) struct Row {
    line: usize,
    floor: Floor,
    may: BTreeSet<String>,
    /// Beyond `may`, for tests only.
    may_in_tests: BTreeSet<String>,
}

/// Rows by the name of the crate.
pub(super) type Table = BTreeMap<String, Row>;

/// What one crate of the workspace depends on, of the workspace's crates.
#[derive(Default, PartialEq, Eq, Debug)]
pub(super) struct Crate {
    depends_on: BTreeSet<String>,
    in_tests: BTreeSet<String>,
}

/// A line of the document, where one is to blame, and what is wrong.
pub(super) type Mistake = (Option<usize>, String);

pub(super) fn parse(document: &str) -> Result<Table, Vec<Mistake>> {
    let mut lines = document.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    if !lines.any(|(_, line)| line == "## Floors") {
        return Err(vec![(
            None,
            "expected a heading `## Floors` with the floor table, found none".to_owned(),
        )]);
    }
    let rows: Vec<_> = lines
        .take_while(|(_, line)| !line.starts_with('#'))
        .filter(|(_, line)| line.starts_with('|'))
        .collect();
    let [(head_line, head), (rule_line, rule), rows @ ..] = rows.as_slice() else {
        return Err(vec![(None, "expected a table under `## Floors`, found none".to_owned())]);
    };
    if cells(head).iter().map(|cell| cell.to_lowercase()).ne(COLUMNS) {
        let expected = COLUMNS.join(" | ");
        return Err(vec![(Some(*head_line), format!("expected the columns `{expected}`, found `{head}`"))]);
    }
    if !cells(rule).iter().all(|cell| cell.contains("---") && cell.chars().all(|c| matches!(c, '-' | ':'))) {
        return Err(vec![(Some(*rule_line), "expected a line of dashes below the table's head".to_owned())]);
    }
    let mut table = Table::new();
    let mut mistakes = Vec::new();
    for (line, text) in rows {
        match parse_row(*line, text) {
            Ok((name, _)) if table.contains_key(&name) => {
                mistakes.push((Some(*line), format!("`{name}` stands in the floor table twice")));
            }
            Ok((name, row)) => _ = table.insert(name, row),
            Err(message) => mistakes.push((Some(*line), message)),
        }
    }
    if mistakes.is_empty() { Ok(table) } else { Err(mistakes) }
}

fn parse_row(line: usize, text: &str) -> Result<(String, Row), String> {
    let cells = cells(text);
    let [floor, name, may, _what] = cells.as_slice() else {
        return Err(format!(
            "expected {} cells in a row of the floor table, found {}",
            COLUMNS.len(),
            cells.len()
        ));
    };
    let floor = match *floor {
        "off" => Floor::Off,
        number => Floor::Stairs(
            number.parse().map_err(|_| format!("expected a floor number or `off`, found `{number}`"))?,
        ),
    };
    if name.is_empty() || name.contains(' ') {
        return Err(format!("expected the name of one crate, found `{name}`"));
    }
    let (may, may_in_tests) = may.split_once("; dev:").unwrap_or((may, ""));
    Ok(((*name).to_owned(), Row { line, floor, may: names(may)?, may_in_tests: names(may_in_tests)? }))
}

/// The cells between the bars, without back-ticks and blanks around them.
fn cells(row: &str) -> Vec<&str> {
    let inside = row.trim().trim_start_matches('|').trim_end_matches('|');
    inside.split('|').map(|cell| cell.trim().trim_matches('`')).collect()
}

fn names(list: &str) -> Result<BTreeSet<String>, String> {
    let list = list.trim();
    if matches!(list, "" | "-" | "—" | "nothing") {
        return Ok(BTreeSet::new());
    }
    list.split(',')
        .map(|name| match name.trim().trim_matches('`') {
            name if name.is_empty() || name.contains([' ', ';', ':']) => {
                Err(format!("expected crate names with commas between them, found `{list}`"))
            }
            name => Ok(name.to_owned()),
        })
        .collect()
}

/// The crates of `cargo metadata --no-deps`, by the name of their folder.
pub(super) fn crates_of(metadata: &Value) -> Result<BTreeMap<String, Crate>> {
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    let folder_of = |path: &str| Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    let mut crates = BTreeMap::new();
    for package in packages {
        let manifest = package["manifest_path"].as_str().context("a package has a manifest path")?;
        let folder =
            Path::new(manifest).parent().and_then(Path::to_str).context("a manifest lies in a folder")?;
        let name = folder_of(folder).context("a folder has a name")?;
        let mut found = Crate::default();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            // Only the workspace's own crates are reached by path.
            let Some(target) = dependency["path"].as_str().and_then(folder_of) else { continue };
            let list = if dependency["kind"] == "dev" { &mut found.in_tests } else { &mut found.depends_on };
            list.insert(target);
        }
        crates.insert(name, found);
    }
    Ok(crates)
}

pub(super) fn check(table: &Table, crates: &BTreeMap<String, Crate>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (name, row) in table {
        if !crates.contains_key(name) {
            mistakes
                .push((Some(row.line), format!("the floor table names `{name}`, which is no crate here")));
        }
        for other in row.may.iter().chain(&row.may_in_tests).filter(|other| !table.contains_key(*other)) {
            mistakes.push((
                Some(row.line),
                format!("`{name}` may depend on `{other}`, which has no row in the table"),
            ));
        }
    }
    for (name, found) in crates {
        let Some(row) = table.get(name) else {
            mistakes.push((None, format!("the crate `{name}` has no row in the floor table")));
            continue;
        };
        for target in &found.depends_on {
            mistakes.extend(check_edge(name, row, target, table).map(|message| (Some(row.line), message)));
        }
        for target in found.in_tests.iter().filter(|target| !row.may.contains(*target) && *target != name) {
            if !row.may_in_tests.contains(target) {
                let message =
                    format!("the tests of `{name}` depend on `{target}`: say `; dev: {target}` in its row");
                mistakes.push((Some(row.line), message));
            }
        }
    }
    mistakes
}

/// What is wrong with a dependency of `name` on `target`, if anything.
fn check_edge(name: &str, row: &Row, target: &str, table: &Table) -> Option<String> {
    let target_floor = table.get(target)?.floor;
    match (row.floor, target_floor) {
        (_, Floor::Off) => return Some(format!("`{name}` depends on `{target}`, which is off the stairs")),
        (Floor::Stairs(from), Floor::Stairs(to)) if to > from => {
            return Some(format!("`{name}` (floor {from}) looks up to `{target}` (floor {to})"));
        }
        (Floor::Stairs(from), Floor::Stairs(to)) if to == from => {
            return Some(format!("`{name}` looks sideways to `{target}`: both are on floor {from}"));
        }
        (Floor::Stairs(_) | Floor::Off, Floor::Stairs(_)) => {}
    }
    let message =
        || format!("`{name}` depends on `{target}`: a new stair needs a decision record and its row changed");
    (!row.may.contains(target)).then(message)
}

#[cfg(test)]
mod tests;

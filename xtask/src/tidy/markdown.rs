//! Links and mentions of files in Markdown: each must lead somewhere.
//!
//! A link is `[text](path)`, read from the file it stands in. A mention is a path in back-ticks; it may
//! start at the root, at the file's own folder, at `crates/`, at the sources of the crate it names first, or
//! be the end of some file's path.
//! Not here: addresses on the web, anything outside the repository, and what stands in code blocks.

use super::{Finding, Tree};

/// Endings that make words in back-ticks the name of a file.
const FILE_ENDINGS: &[&str] = &[".rs", ".md", ".toml", ".json", ".py", ".sh", ".yml", ".yaml"];

pub(super) fn check(file: &str, text: &str, tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_code_block = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code_block = !in_code_block;
            continue;
        }
        if in_code_block {
            continue;
        }
        let mut dead = |what: &str, path: &str| {
            let message = format!("{what} `{path}` leads nowhere");
            findings.push(Finding { file: file.to_owned(), line: Some(index + 1), message });
        };
        for target in links(line).filter(|target| !link_is_alive(file, target, tree)) {
            dead("the link", target);
        }
        for path in code_spans(line).filter(|path| is_path(path, tree) && !mention_is_alive(file, path, tree))
        {
            dead("the path", path);
        }
    }
    findings
}

/// The targets of the links of a line.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("](").filter_map(move |(at, _)| {
        let rest = &line[at + 2..];
        Some(rest[..rest.find(')')?].split_whitespace().next().unwrap_or_default())
    })
}

/// What stands between single back-ticks.
fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn link_is_alive(file: &str, target: &str, tree: &Tree) -> bool {
    let elsewhere = target.contains("://") || target.starts_with("mailto:") || target.starts_with('#');
    let path = target.split('#').next().unwrap_or_default();
    elsewhere || join(folder_of(file), path).is_none_or(|path| tree.has(&path))
}

/// Whether these words name a file of the repository: a known ending, or a folder of its root in front.
fn is_path(words: &str, tree: &Tree) -> bool {
    let plain = words.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'));
    let Some((first, rest)) = words.split_once('/') else { return false };
    let pattern = words.contains("NNNN") || words.starts_with('.') && !words.starts_with(".ci/");
    let named = FILE_ENDINGS.iter().any(|ending| words.ends_with(ending));
    plain
        && !first.is_empty()
        && !pattern
        && first != "target"
        && (named || !rest.is_empty() && tree.has(first))
}

fn mention_is_alive(file: &str, path: &str, tree: &Tree) -> bool {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let places = [
        path.to_owned(),
        join(folder_of(file), path).unwrap_or_default(),
        format!("crates/{path}"),
        format!("crates/{first}/src/{rest}"),
    ];
    let ending = format!("/{path}");
    places.iter().any(|place| !place.is_empty() && tree.has(place))
        || tree.files.iter().any(|file| file.ends_with(&ending))
}

fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The path as seen from the root; none when it leads out of the repository.
fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places that lead nowhere, in this text of `docs/howto/a.md`.
    #[track_caller]
    fn check_dead(text: &str, expected: &[&str]) {
        let files = ["README.md", "crates/asl/src/state/map.rs", "docs/howto/a.md", "docs/howto/b.md"];
        let tree = Tree { files: files.iter().map(|file| (*file).to_owned()).collect() };
        let messages: Vec<String> =
            check("docs/howto/a.md", text, &tree).into_iter().map(|finding| finding.message).collect();
        let expected: Vec<String> = expected.iter().map(|part| format!("the {part} leads nowhere")).collect();
        assert_eq!(messages, expected);
    }

    #[test]
    fn living_links_are_left_alone() {
        check_dead(
            "[b](b.md) [up](../../README.md#start) [web](https://x.y/z.md) [here](#here) [folder](../howto/)",
            &[],
        );
    }

    #[test]
    fn dead_links_are_found() {
        check_dead("[b](c.md) and [d](../b.md \"title\")", &["link `c.md`", "link `../b.md`"]);
    }

    #[test]
    fn links_out_of_the_repository_are_not_ours_to_check() {
        check_dead("[shared](../../../shared/README.md)", &[]);
    }

    #[test]
    fn mentions_may_start_at_several_places() {
        check_dead(
            "`docs/howto/b.md` `crates/asl/src/state/map.rs` `asl/src/state/map.rs` `asl/state/map.rs`",
            &[],
        );
    }

    #[test]
    fn dead_mentions_are_found() {
        check_dead(
            "see `asl/state/fold.rs` and `crates/jsonata/`",
            &["path `asl/state/fold.rs`", "path `crates/jsonata/`"],
        );
    }

    #[test]
    fn words_that_are_no_paths_are_left_alone() {
        check_dead(
            "`GET /x/y.json` `and/or` `*.rs` `target/release/stairway` `../shared/a.md` `docs/NNNN-a.md`",
            &[],
        );
    }

    #[test]
    fn code_blocks_are_not_read() {
        check_dead("```\n[b](c.md) `asl/nothing.rs`\n```\n", &[]);
    }
}

//! The hash of what the console is built from, as `console/tools/sources.mjs` computes it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

const FOLDERS: &[&str] = &["public", "src", "tools"];
const FILES: &[&str] = &[
    "index.html",
    "package-lock.json",
    "package.json",
    "tsconfig.json",
    "vite.config.ts",
    "vite.graph.config.ts",
];

/// None where the sources are not there.
pub(crate) fn hash(console: &Path) -> Option<String> {
    let mut paths: Vec<String> = FILES.iter().map(|&file| file.to_owned()).collect();
    for folder in FOLDERS {
        walk(console, folder, &mut paths).ok()?;
    }
    paths.retain(|path| is_source(path));
    paths.sort();
    let mut hash = Sha256::new();
    for path in &paths {
        let file = console.join(path);
        println!("cargo::rerun-if-changed={}", file.display());
        let bytes = fs::read(&file).ok()?;
        hash.update(format!("{path}\n{}\n", bytes.len()));
        hash.update(&bytes);
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

/// Tests and their pictures are no part of what is built.
fn is_source(path: &str) -> bool {
    !path.contains(".test.") && !path.contains("/pictures/") && !path.ends_with("/testing.ts")
}

fn walk(console: &Path, folder: &str, paths: &mut Vec<String>) -> io::Result<()> {
    // A new file changes its folder.
    println!("cargo::rerun-if-changed={}", console.join(folder).display());
    for entry in fs::read_dir(console.join(folder))? {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(console, &path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

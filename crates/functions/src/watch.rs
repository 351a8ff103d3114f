//! Whether the code of a function changed: a fingerprint of the files in its folder.
//!
//! Hidden files and installed or derived ones are not looked at: they change with the code that needs
//! them, and there are too many.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::limits::{WATCH_EVERY, WATCHED_FILES_MAX};

const NOT_CODE: &[&str] = &["node_modules", "__pycache__", "site-packages"];

pub(crate) struct Folder {
    path: PathBuf,
    fingerprint: u64,
    looked_at: Instant,
}

impl Folder {
    pub(crate) fn new(path: &Path) -> Folder {
        Folder { path: path.to_owned(), fingerprint: fingerprint(path), looked_at: Instant::now() }
    }

    /// Whether it changed since this was asked last; asked too soon, the answer is no.
    pub(crate) fn has_changed(&mut self) -> bool {
        if self.looked_at.elapsed() < WATCH_EVERY {
            return false;
        }
        self.looked_at = Instant::now();
        let now = fingerprint(&self.path);
        std::mem::replace(&mut self.fingerprint, now) != now
    }
}

/// Names, sizes and times of all files, in whatever order they are found.
fn fingerprint(folder: &Path) -> u64 {
    let mut sum: u64 = 0;
    let mut seen = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // A folder that cannot be read is as good as empty: its function fails for itself.
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Ok(metadata) = entry.metadata() else { continue };
            if name.to_string_lossy().starts_with('.') || NOT_CODE.iter().any(|it| name == *it) {
                continue;
            }
            seen += 1;
            if seen > WATCHED_FILES_MAX {
                return sum;
            }
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                let mut hasher = DefaultHasher::new();
                (entry.path(), metadata.len(), metadata.modified().ok()).hash(&mut hasher);
                sum = sum.wrapping_add(hasher.finish());
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn code_changes_the_fingerprint_and_what_it_leaves_behind_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("app.py"), "1").unwrap();
        let before = fingerprint(path);
        for derived in ["__pycache__", "node_modules", ".venv"] {
            fs::create_dir(path.join(derived)).unwrap();
            fs::write(path.join(derived).join("x"), "2").unwrap();
        }
        assert_eq!(fingerprint(path), before);
        fs::create_dir(path.join("lib")).unwrap();
        fs::write(path.join("lib/more.py"), "3").unwrap();
        let after = fingerprint(path);
        assert_ne!(after, before);
        fs::remove_file(path.join("lib/more.py")).unwrap();
        assert_eq!(fingerprint(path), before);
        fs::write(path.join("app.py"), "12").unwrap();
        assert_ne!(fingerprint(path), before);
    }
}

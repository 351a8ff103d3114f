//! The file that says what a data directory is: the version of its format, and its salt.
//!
//! INVARIANT: it is written first and whole; a directory without it holds nothing.

use std::io;

use store::Fault;

use crate::disk::Disk;
use crate::frame::checksum;

const FILE: &str = "format";
pub(crate) const UNFINISHED: &str = "format-unfinished";
/// Rises when an older program could not read what a newer one writes.
const VERSION: u32 = 1;
/// LIMIT: bytes of a format file that are looked at.
const LENGTH_MAX: usize = 256;

/// The salt of a data directory; a directory that is new gets the one given.
pub(crate) fn open(disk: &dyn Disk, new_salt: u64) -> Result<u64, Fault> {
    let unavailable = |error: io::Error| Fault::Unavailable(format!("`{FILE}`: {error}"));
    let names = disk.list().map_err(unavailable)?;
    if names.iter().any(|name| name == FILE) {
        let file = disk.open(FILE).map_err(unavailable)?;
        let mut text = vec![0; LENGTH_MAX];
        let count = file.read_at(0, &mut text).map_err(unavailable)?;
        return read(&String::from_utf8_lossy(&text[..count]));
    }
    if let Some(data) = names.iter().find(|name| name.starts_with("log-0") || *name == crate::catalog::FILE) {
        return Err(Fault::Corrupt(format!(
            "`{data}` is there, but the file `{FILE}` that belongs to it is not"
        )));
    }
    create(disk, new_salt).map_err(unavailable)?;
    Ok(new_salt)
}

fn create(disk: &dyn Disk, salt: u64) -> io::Result<()> {
    let file = disk.create(UNFINISHED)?;
    file.write_at(0, text(salt).as_bytes())?;
    file.sync_data()?;
    disk.rename(UNFINISHED, FILE)?;
    disk.sync_names()
}

fn text(salt: u64) -> String {
    let said = format!("stairway data format {VERSION} salt {salt:016x}");
    let sum = checksum(0, said.as_bytes());
    format!("{said} sum {sum:08x}\n")
}

fn read(found: &str) -> Result<u64, Fault> {
    let unreadable = || Fault::Corrupt(format!("`{FILE}` is not readable"));
    let words: Vec<_> = found.split_whitespace().collect();
    let ["stairway", "data", "format", version, ..] = words[..] else { return Err(unreadable()) };
    let version: u32 = version.parse().map_err(|_| unreadable())?;
    if version > VERSION {
        let what = format!("the data has format {version}, this program reads up to format {VERSION}");
        return Err(Fault::Unavailable(what));
    }
    let salt = words.get(5).and_then(|salt| u64::from_str_radix(salt, 16).ok()).ok_or_else(unreadable)?;
    if text(salt) == found { Ok(salt) } else { Err(unreadable()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_comes_back_and_changes_are_seen() {
        assert_eq!(read(&text(7)).unwrap(), 7);
        let said = text(7).into_bytes();
        for at in 0..said.len() {
            let mut flipped = said.clone();
            flipped[at] ^= 1;
            assert!(read(&String::from_utf8_lossy(&flipped)).is_err(), "byte {at}");
        }
    }

    #[test]
    fn newer_data_is_refused_in_one_clear_line() {
        let Err(fault) = read("stairway data format 2 something else\n") else { panic!("refused") };
        assert!(fault.to_string().ends_with("the data has format 2, this program reads up to format 1"));
    }
}

//! The file that says what a data directory is: the version of its format, and its salt.
//!
//! INVARIANT: it is written first and whole; a directory without it holds nothing.

use std::io;

use store::Fault;

use crate::disk::Disk;
use crate::frame::checksum;

const FILE: &str = "format";
pub(crate) const UNFINISHED: &str = "format-unfinished";
/// Rises when an older program could not read what a newer one writes. 2: the log gives room back (`upgrade`).
const VERSION: u32 = 2;
/// LIMIT: bytes of a format file that are looked at.
const LENGTH_MAX: usize = 256;

/// What the file says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Format {
    pub(crate) version: u32,
    pub(crate) salt: u64,
}

/// What a directory says of itself, if it says anything; newer data is refused here, and nothing is touched.
pub(crate) fn look(disk: &dyn Disk) -> Result<Option<Format>, Fault> {
    let unavailable = |error: io::Error| Fault::Unavailable(format!("`{FILE}`: {error}"));
    let file = match disk.open(FILE) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unavailable(error)),
    };
    let mut text = vec![0; LENGTH_MAX];
    let count = file.read_at(0, &mut text).map_err(unavailable)?;
    read(&String::from_utf8_lossy(&text[..count])).map(Some)
}

/// The salt of a data directory; a directory that is new gets the one given. Older data has the newest format
/// from here on.
pub(crate) fn open(disk: &dyn Disk, new_salt: u64) -> Result<u64, Fault> {
    let unavailable = |error: io::Error| Fault::Unavailable(format!("`{FILE}`: {error}"));
    if let Some(Format { version, salt }) = look(disk)? {
        if version < VERSION {
            create(disk, Format { version: VERSION, salt }).map_err(unavailable)?;
        }
        return Ok(salt);
    }
    let names = disk.list().map_err(unavailable)?;
    if let Some(data) = names.iter().find(|name| name.starts_with("log-0") || *name == crate::catalog::FILE) {
        return Err(Fault::Corrupt(format!(
            "`{data}` is there, but the file `{FILE}` that belongs to it is not"
        )));
    }
    create(disk, Format { version: VERSION, salt: new_salt }).map_err(unavailable)?;
    Ok(new_salt)
}

pub(crate) fn create(disk: &dyn Disk, Format { version, salt }: Format) -> io::Result<()> {
    let file = disk.create(UNFINISHED)?;
    file.write_at(0, text(version, salt).as_bytes())?;
    file.sync_data()?;
    disk.rename(UNFINISHED, FILE)?;
    disk.sync_names()
}

fn text(version: u32, salt: u64) -> String {
    let said = format!("stairway data format {version} salt {salt:016x}");
    let sum = checksum(0, said.as_bytes());
    format!("{said} sum {sum:08x}\n")
}

fn read(found: &str) -> Result<Format, Fault> {
    let unreadable = || Fault::Corrupt(format!("`{FILE}` is not readable"));
    let words: Vec<_> = found.split_whitespace().collect();
    let ["stairway", "data", "format", version, ..] = words[..] else { return Err(unreadable()) };
    let version: u32 = version.parse().map_err(|_| unreadable())?;
    if version > VERSION {
        return Err(Fault::Newer { found: version, readable: VERSION });
    }
    let salt = words.get(5).and_then(|salt| u64::from_str_radix(salt, 16).ok()).ok_or_else(unreadable)?;
    if text(version, salt) == found { Ok(Format { version, salt }) } else { Err(unreadable()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_comes_back_and_changes_are_seen() {
        for version in 1..=VERSION {
            assert_eq!(read(&text(version, 7)).unwrap(), Format { version, salt: 7 });
            let said = text(version, 7).into_bytes();
            for at in 0..said.len() {
                let mut flipped = said.clone();
                flipped[at] ^= 1;
                assert!(read(&String::from_utf8_lossy(&flipped)).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn newer_data_is_refused_in_one_clear_line() {
        let Err(fault) = read("stairway data format 3 something else\n") else { panic!("refused") };
        assert_eq!(
            fault.to_string(),
            "this data directory was written by a newer Stairway (format 3; this one reads up to 2)"
        );
    }
}

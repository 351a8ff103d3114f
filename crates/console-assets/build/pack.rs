//! The one file that a build of the console leaves: a few lines of text, then compressed files.
//!
//! `console/tools/pack.mjs` writes it. What is not exactly such a file is none.

#[derive(Clone)]
pub(crate) struct Pack {
    /// Of the sources that it was built from.
    pub(crate) source_hash: String,
    /// In order of their paths.
    pub(crate) files: Vec<PackedFile>,
}

#[derive(Clone)]
pub(crate) struct PackedFile {
    pub(crate) path: String,
    /// Of what the file says, not of its compressed bytes.
    pub(crate) hash: String,
    /// In gzip's format.
    pub(crate) bytes: Vec<u8>,
}

const FORMAT: &str = "stairway console 1";

impl Pack {
    pub(crate) fn parse(bytes: Vec<u8>) -> Option<Pack> {
        let mut rest = bytes.as_slice();
        if line(&mut rest)? != FORMAT {
            return None;
        }
        let source_hash = line(&mut rest)?.to_owned();
        let count: usize = line(&mut rest)?.parse().ok()?;
        let mut heads = Vec::new();
        for _ in 0..count {
            let (path, numbers) = line(&mut rest)?.split_once('\t')?;
            let (length, hash) = numbers.split_once('\t')?;
            heads.push((path.to_owned(), length.parse::<usize>().ok()?, hash.to_owned()));
        }
        let mut files = Vec::new();
        for (path, length, hash) in heads {
            let (bytes, after) = rest.split_at_checked(length)?;
            rest = after;
            files.push(PackedFile { path, hash, bytes: bytes.to_vec() });
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        rest.is_empty().then_some(Pack { source_hash, files })
    }
}

fn line<'b>(rest: &mut &'b [u8]) -> Option<&'b str> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at(end);
    *rest = after.get(1..)?;
    std::str::from_utf8(line).ok()
}

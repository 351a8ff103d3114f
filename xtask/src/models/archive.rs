//! The model file: an index, and behind it one compressed frame per service.
//!
//! Here: packing what `facts.py` wrote. `crates/aws/src/model/archive.rs` reads it.
//! INVARIANT: the compressor is pinned with the workspace, so that equal facts give equal bytes.

use anyhow::{Context, Result, ensure};
use miniz_oxide::deflate::compress_to_vec_zlib;

const MAGIC: &[u8] = b"stairway models 1\n";

/// The highest level of the compressor: packing happens once, unpacking costs the same at any level.
const LEVEL: u8 = 10;

/// Endpoint rules of neighbours are alike: they share a block until it is this large.
const RULE_BLOCK_BYTES: usize = 64 << 10;

struct Entry<'a> {
    name: &'a [u8],
    frame: Vec<u8>,
    block: usize,
    start: usize,
    length: usize,
}

pub(super) fn pack(facts: &[u8]) -> Result<Vec<u8>> {
    let blobs = blobs(facts)?;
    let (partitions, services) = blobs.split_first().context("the facts begin with the partitions")?;
    let mut entries = Vec::new();
    let mut blocks: Vec<Vec<u8>> = vec![Vec::new()];
    for service in services.chunks(3) {
        let &[name, model, rules] = service else {
            anyhow::bail!("expected name, model and rules of each service, found {} blobs", service.len())
        };
        if blocks
            .last()
            .is_some_and(|block| !block.is_empty() && block.len() + rules.len() > RULE_BLOCK_BYTES)
        {
            blocks.push(Vec::new());
        }
        let number = blocks.len() - 1;
        let start = blocks[number].len();
        blocks[number].extend_from_slice(rules);
        let frame = compress_to_vec_zlib(model, LEVEL);
        entries.push(Entry { name, frame, block: number, start, length: rules.len() });
    }
    let blocks: Vec<Vec<u8>> = blocks.iter().map(|block| compress_to_vec_zlib(block, LEVEL)).collect();
    Ok(assemble(&entries, &blocks, &compress_to_vec_zlib(partitions, LEVEL)))
}

fn assemble(entries: &[Entry<'_>], blocks: &[Vec<u8>], partitions: &[u8]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    number(&mut file, entries.len());
    for entry in entries {
        number(&mut file, entry.name.len());
        file.extend_from_slice(entry.name);
        for value in [entry.frame.len(), entry.block, entry.start, entry.length] {
            number(&mut file, value);
        }
    }
    number(&mut file, blocks.len());
    for block in blocks {
        number(&mut file, block.len());
    }
    number(&mut file, partitions.len());
    for frame in entries.iter().map(|entry| &entry.frame).chain(blocks) {
        file.extend_from_slice(frame);
    }
    file.extend_from_slice(partitions);
    file
}

/// Each blob has its length in front, in four bytes.
fn blobs(mut facts: &[u8]) -> Result<Vec<&[u8]>> {
    let mut blobs = Vec::new();
    while !facts.is_empty() {
        let (length, rest) = facts.split_first_chunk().context("the facts end within a length")?;
        let length = u32::from_le_bytes(*length) as usize;
        ensure!(rest.len() >= length, "the facts end within a blob");
        let (blob, rest) = rest.split_at(length);
        blobs.push(blob);
        facts = rest;
    }
    Ok(blobs)
}

/// LEB128.
fn number(file: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        file.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    file.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(blobs: &[&[u8]]) -> Vec<u8> {
        let with_length = |blob: &&[u8]| [&(blob.len() as u32).to_le_bytes(), *blob].concat();
        blobs.iter().flat_map(with_length).collect()
    }

    #[test]
    fn the_same_facts_give_the_same_bytes() {
        let facts = facts(&[b"{}", b"s3", b"model", b"[1]", b"sqs", b"another", b"[2]"]);
        let file = pack(&facts).unwrap();
        assert_eq!(file, pack(&facts).unwrap());
        assert!(file.starts_with(MAGIC));
        // Two services; the second's rules lie behind the first's in one block.
        assert_eq!(file[MAGIC.len()..MAGIC.len() + 4], [2, 2, b's', b'3']);
    }

    #[test]
    fn facts_that_end_early_are_refused() {
        let whole = facts(&[b"{}", b"s3", b"model", b"[1]"]);
        for length in [1, 3, whole.len() - 1] {
            assert!(pack(&whole[..length]).is_err(), "{length}");
        }
        assert!(pack(&facts(&[b"{}", b"s3"])).is_err());
        assert!(pack(&[]).is_err());
    }
}

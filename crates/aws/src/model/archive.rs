//! The model file: an index over services and their compressed frames.
//!
//! Here: finding and unpacking. What a frame says is read in `decode`; who writes the file is
//! `cargo xtask models`.
//! INVARIANT: reading the index unpacks nothing.

use std::hint::black_box;
use std::ops::Range;
use std::sync::OnceLock;

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde_json::Value;

use super::decode::Reader;
use super::service::Service;

static FILE: &[u8] = include_bytes!("../../models/services.bin");

/// The first bytes of the file; the last of them is the version of the form.
const MAGIC: &[u8] = b"stairway models 1\n";

/// LIMIT: one unpacked frame, far above the largest (ec2 with about 0.4 MB).
const FRAME_BYTES_MAX: usize = 16 << 20;

struct Archive {
    services: Vec<Entry>,
    rule_blocks: Vec<Range<usize>>,
    partitions: Range<usize>,
}

struct Entry {
    name: &'static str,
    frame: Range<usize>,
    rules: Rules,
    service: OnceLock<Service>,
}

/// Where the endpoint rules of a service lie: several services share a block, because theirs are alike.
struct Rules {
    block: usize,
    bytes: Range<usize>,
}

/// AWS's partitions with their regions and DNS suffixes, as botocore has them.
pub fn partitions() -> &'static Value {
    static PARTITIONS: OnceLock<Value> = OnceLock::new();
    PARTITIONS.get_or_init(|| json(&unpack(&archive().partitions)))
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    archive().services.iter().map(|entry| entry.name)
}

pub(super) fn find(name: &str) -> Option<&'static Service> {
    let entry = entry(name)?;
    Some(entry.service.get_or_init(|| super::decode::service(entry.name, &unpack(&entry.frame))))
}

/// The endpoint rules of a service; null for one without.
pub(super) fn endpoint_rules(name: &str) -> Value {
    let Some(entry) = entry(name) else { return Value::Null };
    let block = unpack(&archive().rule_blocks[entry.rules.block]);
    json(&block[entry.rules.bytes.clone()])
}

fn entry(name: &str) -> Option<&'static Entry> {
    let services = &archive().services;
    let at = services.binary_search_by(|entry| entry.name.cmp(name)).ok()?;
    Some(&services[at])
}

fn archive() -> &'static Archive {
    static ARCHIVE: OnceLock<Archive> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        // Read where it lies, never at compile time: `bench startup` puts another file into a copy of the binary.
        let file = black_box(FILE);
        assert!(file.starts_with(MAGIC), "the model file has the form that this version reads");
        read_index(Reader::new(file, MAGIC.len()))
    })
}

fn read_index(mut reader: Reader<'static>) -> Archive {
    let count = reader.number();
    let mut lengths = Vec::with_capacity(count);
    let mut services = Vec::with_capacity(count);
    for _ in 0..count {
        let name = reader.string();
        lengths.push(reader.number());
        let (block, start, length) = (reader.number(), reader.number(), reader.number());
        let rules = Rules { block, bytes: start..start + length };
        services.push(Entry { name, frame: 0..0, rules, service: OnceLock::new() });
    }
    let block_lengths: Vec<usize> = (0..reader.number()).map(|_| reader.number()).collect();
    let partitions_length = reader.number();
    // The frames follow the index in the order in which it names them.
    let mut at = reader.position();
    let mut next = |length: usize| {
        at += length;
        at - length..at
    };
    for (entry, length) in services.iter_mut().zip(lengths) {
        entry.frame = next(length);
    }
    let rule_blocks = block_lengths.into_iter().map(&mut next).collect();
    Archive { services, rule_blocks, partitions: next(partitions_length) }
}

fn unpack(frame: &Range<usize>) -> Vec<u8> {
    decompress_to_vec_zlib_with_limit(&FILE[frame.clone()], FRAME_BYTES_MAX)
        .expect("the frames of the model file were packed by cargo xtask models")
}

fn json(text: &[u8]) -> Value {
    serde_json::from_slice(text).expect("the model file holds JSON that Python wrote")
}

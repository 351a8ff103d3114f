//! The catalog: few, small, long-lived things (state machines, activities, keys), kept whole.

use bytes::Bytes;

/// A key in the catalog; opaque here, ordered by bytes.
pub type CatalogKey = Box<[u8]>;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CatalogEntry {
    /// Rises by one with every write of the key, deletions included.
    pub version: u64,
    pub value: Bytes,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CatalogWrite {
    pub key: CatalogKey,
    /// The version that the entry must have now; 0 if it must not exist.
    pub expected_version: u64,
    /// None deletes.
    pub value: Option<Bytes>,
}

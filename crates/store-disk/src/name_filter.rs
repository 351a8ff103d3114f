//! A filter over names: it says of most names that the index cannot have them.
//!
//! Here: a blocked Bloom filter that grows in layers. Not here: who learns names, and when (`names`).
//! A new name costs one cache line per layer instead of a search of the index.
//! INVARIANT: a hash that was added may be there, always.

/// One cache line.
type Block = [u64; 8];

/// Bits per name at which two names in a hundred that were never added look as if they had been.
const BITS_PER_NAME: usize = 12;
const BLOCK_BITS: usize = 512;
/// Bits that a name sets in its block.
const PROBES: u32 = 5;
const FIRST_BLOCKS: usize = 16;
/// LIMIT: blocks of the largest layers (512 KiB, 350,000 names). Each of 64 stripes of names has a filter.
const LAYER_BLOCKS_MAX: usize = 1 << 13;
/// LIMIT: layers: together 96 MiB for 67 million names. A filter that is full is no filter any more.
const LAYERS_MAX: usize = 6;

#[derive(Default)]
pub(crate) struct NameFilter {
    /// Each larger than the one before; names go into the last.
    layers: Vec<Layer>,
    is_full: bool,
}

struct Layer {
    blocks: Box<[Block]>,
    names: usize,
}

impl Layer {
    fn of(blocks: usize) -> Self {
        Layer { blocks: vec![[0; 8]; blocks].into_boxed_slice(), names: 0 }
    }

    fn is_full(&self) -> bool {
        self.names >= self.blocks.len() * BLOCK_BITS / BITS_PER_NAME
    }

    fn block_of(&self, hash: u64) -> usize {
        // The number of blocks is a power of two. The probes take the bits below, the stripe those above.
        (hash >> 45) as usize & (self.blocks.len() - 1)
    }
}

/// The bits that a hash sets in its block: five times nine bits, apart from those that choose the block.
fn probes(hash: u64) -> impl Iterator<Item = (usize, u64)> {
    (0..PROBES).map(move |probe| {
        let bit = (hash >> (9 * probe)) as usize % BLOCK_BITS;
        (bit / 64, 1 << (bit % 64))
    })
}

impl NameFilter {
    pub(crate) fn add(&mut self, hash: u64) {
        if self.is_full {
            return;
        }
        if self.layers.last().is_none_or(Layer::is_full) {
            if self.layers.len() == LAYERS_MAX {
                *self = NameFilter { layers: Vec::new(), is_full: true };
                return;
            }
            let before = self.layers.last().map_or(FIRST_BLOCKS / 8, |layer| layer.blocks.len());
            self.layers.push(Layer::of((before * 8).min(LAYER_BLOCKS_MAX)));
        }
        if let Some(layer) = self.layers.last_mut() {
            layer.names += 1;
            let block = layer.block_of(hash);
            for (word, bit) in probes(hash) {
                layer.blocks[block][word] |= bit;
            }
        }
    }

    /// False only if this hash was never added.
    pub(crate) fn may_have(&self, hash: u64) -> bool {
        let has = |layer: &Layer| {
            let block = &layer.blocks[layer.block_of(hash)];
            probes(hash).all(|(word, bit)| block[word] & bit != 0)
        };
        self.is_full || self.layers.iter().any(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u64) -> u64 {
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        BuildHasherDefault::<DefaultHasher>::default().hash_one(number)
    }

    #[test]
    fn what_was_added_may_be_there_in_every_layer() {
        let mut filter = NameFilter::default();
        for number in 0..200_000 {
            filter.add(hash(number));
        }
        assert!(filter.layers.len() > 3);
        assert!((0..200_000).all(|number| filter.may_have(hash(number))));
    }

    #[test]
    fn few_that_were_not_added_look_as_if_they_had_been() {
        let mut filter = NameFilter::default();
        for number in 0..200_000 {
            filter.add(hash(number));
        }
        let wrong = (200_000..400_000).filter(|&number| filter.may_have(hash(number))).count();
        assert!(wrong < 10_000, "{wrong} of 200,000");
    }

    #[test]
    fn full_filter_rules_nothing_out() {
        let full = |_| Layer { names: usize::MAX, ..Layer::of(1) };
        let mut filter = NameFilter { layers: (0..LAYERS_MAX).map(full).collect(), is_full: false };
        filter.add(1);
        assert!(filter.layers.is_empty());
        assert!(filter.may_have(2));
    }
}

//! The only door to chance.

use std::cell::RefCell;

use asl::query::Entropy;

/// Bytes nobody can guess, from the operating system.
pub(crate) fn secret<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[cfg(feature = "driven")]
    if IS_SEEDED.get() {
        bytes.fill_with(|| draw() as u8);
        return bytes;
    }
    getrandom::fill(&mut bytes).expect("the operating system gives entropy");
    bytes
}

/// From now on everything drawn on this thread follows from the seed, secrets included.
#[cfg(feature = "driven")]
pub(crate) fn seed_thread(seed: u64) {
    IS_SEEDED.set(true);
    THREAD.set(Entropy::new(seed));
}

#[cfg(feature = "driven")]
thread_local! {
    static IS_SEEDED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// A generator seeded by the operating system, for ids, nonces and jitter.
pub(crate) fn seeded() -> Entropy {
    Entropy::new(u64::from_le_bytes(secret()))
}

thread_local! {
    static THREAD: RefCell<Entropy> = RefCell::new(seeded());
}

/// A number from this thread's generator.
pub(crate) fn draw() -> u64 {
    THREAD.with_borrow(Entropy::next_u64)
}

/// A random UUID (version 4) as text, for executions that were started without a name.
pub(crate) fn uuid_v4(high: u64, low: u64) -> String {
    let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

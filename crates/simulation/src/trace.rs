//! What a run did, as one number: two runs of a seed that give the same number did the same.

use std::fmt;

/// FNV-1a over everything that is noted; prints it too when asked.
pub struct Trace {
    hash: u64,
    is_verbose: bool,
}

impl Trace {
    pub fn new(is_verbose: bool) -> Self {
        Trace { hash: 0xcbf2_9ce4_8422_2325, is_verbose }
    }

    #[expect(clippy::print_stdout, reason = "a verbose run is watched on a terminal")]
    pub fn note(&mut self, what: fmt::Arguments<'_>) {
        // Writing into a number cannot fail.
        let _ = fmt::write(self, what);
        self.add(b'\n');
        if self.is_verbose {
            println!("{what}");
        }
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }

    fn add(&mut self, byte: u8) {
        self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
}

impl fmt::Write for Trace {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.add(byte));
        Ok(())
    }
}

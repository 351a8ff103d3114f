//! Task tokens: opaque to clients, self-describing to us, impossible to forge.
//!
//! A token names an execution (whose id holds its hash slot, so it routes without a lookup), the event
//! that scheduled the attempt, and the attempt's nonce, under a MAC.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use execution::{TaskKey, TokenMint};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use store::Uid;

/// Layout: version, key id, execution (16), event (8), nonce (8), MAC (16).
const BYTES: usize = 2 + 16 + 8 + 8 + MAC_BYTES;
const MAC_BYTES: usize = 16;
const VERSION: u8 = 1;
/// The one key there is; a byte is kept in the token so that keys can be changed.
const KEY_ID: u8 = 0;

/// The secret behind the tokens of one data directory.
#[derive(Clone)]
pub(crate) struct TokenKey(Hmac<Sha256>);

/// The text was not made by this engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct InvalidToken;

impl TokenKey {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        TokenKey(Hmac::new_from_slice(secret).expect("a MAC takes a key of any length"))
    }

    pub(crate) fn mint(&self, execution: Uid, task: TaskKey) -> String {
        let mut bytes = [0; BYTES];
        bytes[0] = VERSION;
        bytes[1] = KEY_ID;
        bytes[2..18].copy_from_slice(&execution.0);
        bytes[18..26].copy_from_slice(&task.scheduled.to_be_bytes());
        bytes[26..34].copy_from_slice(&task.nonce.to_be_bytes());
        let mac = self.0.clone().chain_update(&bytes[..34]).finalize().into_bytes();
        bytes[34..].copy_from_slice(&mac[..MAC_BYTES]);
        STANDARD.encode(bytes)
    }

    pub(crate) fn read(&self, token: &str) -> Result<(Uid, TaskKey), InvalidToken> {
        let bytes: [u8; BYTES] =
            STANDARD.decode(token).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(InvalidToken)?;
        self.0
            .clone()
            .chain_update(&bytes[..34])
            .verify_truncated_left(&bytes[34..])
            .map_err(|_| InvalidToken)?;
        if bytes[..2] != [VERSION, KEY_ID] {
            return Err(InvalidToken);
        }
        let execution = Uid(bytes[2..18].try_into().map_err(|_| InvalidToken)?);
        if !Uid::STANDARD_SLOTS.contains(&execution.slot()) {
            return Err(InvalidToken);
        }
        let number = |range: std::ops::Range<usize>| {
            bytes[range].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        Ok((execution, TaskKey { scheduled: number(18..26), nonce: number(26..34) }))
    }
}

/// Mints the tokens of one execution.
pub(crate) struct Mint<'a> {
    pub(crate) key: &'a TokenKey,
    pub(crate) execution: Uid,
}

impl TokenMint for Mint<'_> {
    fn mint(&self, task: TaskKey) -> String {
        self.key.mint(self.execution, task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> (TokenKey, String) {
        let key = TokenKey::new(&[7; 32]);
        let text = key.mint(Uid::new(5, 1, 2), TaskKey { scheduled: 9, nonce: 77 });
        (key, text)
    }

    #[test]
    fn what_was_minted_reads_back() {
        let (key, text) = token();
        assert_eq!(key.read(&text), Ok((Uid::new(5, 1, 2), TaskKey { scheduled: 9, nonce: 77 })));
    }

    #[test]
    fn any_changed_character_is_refused() {
        let (key, text) = token();
        for at in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(key.read(std::str::from_utf8(&forged).unwrap()), Err(InvalidToken), "at {at}");
        }
        assert_eq!(key.read(&text[1..]), Err(InvalidToken));
        assert_eq!(key.read(""), Err(InvalidToken));
    }

    #[test]
    fn another_key_refuses() {
        let (_, text) = token();
        assert_eq!(TokenKey::new(&[8; 32]).read(&text), Err(InvalidToken));
    }
}

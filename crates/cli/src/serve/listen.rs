//! Where the server listens, and where it does not without being guarded.

use std::net::{SocketAddr, ToSocketAddrs as _};

use crate::say::UsageError;

/// What stands between the port and who reaches it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Guarding {
    AccessKeys,
    /// Nothing, so that nobody but this machine may reach it.
    Loopback,
    /// Nothing, as somebody said in so many words.
    Insecure,
}

impl Guarding {
    pub(super) fn of(has_keys: bool, insecure: bool) -> Result<Guarding, UsageError> {
        match (has_keys, insecure) {
            (true, false) => Ok(Guarding::AccessKeys),
            (false, false) => Ok(Guarding::Loopback),
            (false, true) => Ok(Guarding::Insecure),
            (true, true) => Err(UsageError("expected access keys or --insecure, found both".to_owned())),
        }
    }
}

/// The address of `--listen`.
pub(super) fn address(text: &str, guarding: Guarding) -> Result<SocketAddr, UsageError> {
    let refused = |why: String| {
        UsageError(format!(
            "expected an address and a port like 127.0.0.1:8083 to listen on, found `{text}`{why}"
        ))
    };
    let mut found = text.to_socket_addrs().map_err(|error| refused(format!(": {error}")))?;
    let address = found.next().ok_or_else(|| refused(String::new()))?;
    match address.ip().is_loopback() || guarding != Guarding::Loopback {
        true => Ok(address),
        // S8: without access keys, whoever reaches the port may do everything.
        false => Err(UsageError(format!(
            "refusing to listen on {address} without access keys: give --access-keys FILE, or --insecure to let \
             everybody in who reaches the port"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_listened_to_unguarded() {
        let unguarded = |text| address(text, Guarding::Loopback);
        assert_eq!(unguarded("127.0.0.1:0").unwrap(), "127.0.0.1:0".parse().unwrap());
        assert_eq!(unguarded("[::1]:8083").unwrap(), "[::1]:8083".parse().unwrap());
        for text in ["0.0.0.0:8083", "[::]:8083", "192.0.2.1:80"] {
            assert_eq!(
                unguarded(text).unwrap_err().to_string(),
                format!(
                    "refusing to listen on {text} without access keys: give --access-keys FILE, or --insecure to \
                     let everybody in who reaches the port"
                )
            );
        }
        assert!(unguarded("8083").unwrap_err().to_string().starts_with("expected an address and a port"));
    }

    #[test]
    fn keys_or_an_explicit_word_open_other_addresses() {
        for guarding in [Guarding::AccessKeys, Guarding::Insecure] {
            assert_eq!(address("0.0.0.0:8083", guarding).unwrap(), "0.0.0.0:8083".parse().unwrap());
        }
    }

    #[test]
    fn keys_are_not_called_insecure() {
        assert_eq!(Guarding::of(true, false).unwrap(), Guarding::AccessKeys);
        assert_eq!(Guarding::of(false, false).unwrap(), Guarding::Loopback);
        assert_eq!(Guarding::of(false, true).unwrap(), Guarding::Insecure);
        assert_eq!(
            Guarding::of(true, true).unwrap_err().to_string(),
            "expected access keys or --insecure, found both"
        );
    }
}

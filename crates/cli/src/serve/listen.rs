//! Where the server listens, and why nowhere else.

use std::net::{SocketAddr, ToSocketAddrs as _};

use crate::say::UsageError;

/// The address of `--listen`: on this machine only, since nobody is asked for a key yet.
pub(super) fn address(text: &str) -> Result<SocketAddr, UsageError> {
    let refused = |why: String| {
        UsageError(format!(
            "expected an address and a port like 127.0.0.1:8083 to listen on, found `{text}`{why}"
        ))
    };
    let mut found = text.to_socket_addrs().map_err(|error| refused(format!(": {error}")))?;
    let address = found.next().ok_or_else(|| refused(String::new()))?;
    match address.ip().is_loopback() {
        true => Ok(address),
        // S8: without access keys, whoever reaches the port may do everything.
        false => Err(UsageError(format!(
            "refusing to listen on {address}: without access keys only loopback addresses (127.0.0.1, [::1]) are safe"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_listened_to() {
        assert_eq!(address("127.0.0.1:0").unwrap(), "127.0.0.1:0".parse().unwrap());
        assert_eq!(address("[::1]:8083").unwrap(), "[::1]:8083".parse().unwrap());
        assert!(
            address("0.0.0.0:8083")
                .unwrap_err()
                .to_string()
                .starts_with("refusing to listen on 0.0.0.0:8083: ")
        );
        assert!(address("8083").unwrap_err().to_string().starts_with("expected an address and a port"));
    }
}

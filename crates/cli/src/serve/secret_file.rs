//! Files that hold secrets: read whole, and refused when others may read them too (`design/security.md` S40).

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::say::UsageError;

/// LIMIT: bytes of such a file: thousands of keys, or a certificate's key many times over.
const BYTES_MAX: u64 = 1 << 20;
/// What everybody on the machine may do with the file.
const OTHERS: u32 = 0o007;

/// The group may read it: that is how secrets are mounted into containers.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, UsageError> {
    let name = path.display();
    let failed = |error| UsageError(format!("cannot read `{name}`: {error}"));
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let mode = metadata.mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(UsageError(format!(
            "expected `{name}` to be closed to other users, found mode {mode:04o}: chmod 600 it"
        )));
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    match bytes.len() as u64 > BYTES_MAX {
        true => Err(UsageError(format!("expected `{name}` to have at most {BYTES_MAX} bytes, found more"))),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn check(mode: u32, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        read(&path).map_err(|error| error.to_string().replace(&path.display().to_string(), "FILE"))
    }

    #[test]
    fn only_a_file_that_is_closed_to_others_is_read() {
        for mode in [0o600, 0o400, 0o640] {
            assert_eq!(check(mode, b"secret"), Ok(b"secret".to_vec()));
        }
        for mode in [0o644, 0o604, 0o602] {
            let told =
                format!("expected `FILE` to be closed to other users, found mode {mode:04o}: chmod 600 it");
            assert_eq!(check(mode, b"secret"), Err(told));
        }
    }

    #[test]
    fn a_file_without_an_end_is_not_read() {
        let told = "expected `FILE` to have at most 1048576 bytes, found more";
        assert_eq!(check(0o600, &vec![b'#'; (1 << 20) + 1]), Err(told.to_owned()));
    }
}

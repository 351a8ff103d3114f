//! Ids: of requests, of traces, of log streams.

/// A UUID of version 4, as Lambda's request ids are.
pub(crate) fn request_id() -> String {
    let mut bytes = random::<16>();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// A trace header of an invocation that none came with: not sampled.
pub(crate) fn trace_header(epoch_seconds: i64) -> String {
    let (root, parent) = (hex(&random::<12>()), hex(&random::<8>()));
    format!("Root=1-{epoch_seconds:08x}-{root};Parent={parent};Sampled=0")
}

/// The 32 digits at the end of a log stream's name.
pub(crate) fn log_stream_digits() -> String {
    hex(&random::<16>())
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives entropy");
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_a_random_uuid() {
        let id = request_id();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, request_id());
    }

    #[test]
    fn a_trace_header_names_its_second() {
        let header = trace_header(0x6570_0000);
        assert!(header.starts_with("Root=1-65700000-"), "{header}");
        assert!(header.ends_with(";Sampled=0"));
    }
}

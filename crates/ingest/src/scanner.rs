//! Programs that are no trackers: browsers, TLS and SSH clients, port scanners. They are told by their first bytes.
//!
//! Asked only after every protocol has said no to the same bytes. Source: RFC 9112 §3, RFC 8446 §5.1, RFC 4253 §4.2;
//! `reliability.md` B21.

/// What the first bytes of a connection say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// This kind of program.
    Yes(&'static str),
    /// None that is known.
    No,
    /// Too few bytes to tell.
    More,
}

/// Looks at the first bytes of a connection.
pub(crate) fn scan(first: &[u8]) -> Scan {
    let mut verdict = Scan::No;
    for (start, kind) in STARTS {
        if first.starts_with(start) {
            return Scan::Yes(kind);
        }
        if start.starts_with(first) {
            verdict = Scan::More;
        }
    }
    verdict
}

const STARTS: &[(&[u8], &str)] = &[
    (b"GET ", "http"),
    (b"POST ", "http"),
    (b"HEAD ", "http"),
    (b"PUT ", "http"),
    (b"DELETE ", "http"),
    (b"OPTIONS ", "http"),
    (b"CONNECT ", "http"),
    (b"PRI * HTTP", "http"),
    (b"SSH-", "ssh"),
    (&[0x16, 0x03], "tls"),
    (&[0x03, 0x00, 0x00], "rdp"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_is_known_by_its_first_bytes() {
        assert_eq!(scan(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Scan::Yes("http"));
        assert_eq!(scan(b"SSH-2.0-OpenSSH_9.2"), Scan::Yes("ssh"));
        assert_eq!(scan(&[0x16, 0x03, 0x01, 0x02]), Scan::Yes("tls"));
        assert_eq!(scan(b"GE"), Scan::More);
        assert_eq!(scan(b"hello"), Scan::No);
    }

    #[test]
    fn a_scanner_is_known_within_sixty_four_bytes() {
        assert!(STARTS.iter().all(|(start, _)| start.len() <= 64));
    }
}

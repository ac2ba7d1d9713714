//! Programs that are no trackers: browsers, TLS and SSH clients, port scanners. They are told by their first bytes.
//!
//! Asked only after every protocol has said no to the same bytes. Source: RFC 9112 §3, RFC 8446 §5.1, RFC 4253 §4.2;
//! `reliability.md` B21.

/// What the first bytes of a connection say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// This kind of program.
    Yes(Scanner),
    /// None that is known.
    No,
    /// Too few bytes to tell.
    More,
}

/// A kind of program that is no tracker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scanner {
    /// A browser, or what looks for web pages.
    Http,
    /// Whatever speaks TLS.
    Tls,
    /// A remote shell.
    Ssh,
    /// A remote desktop.
    Rdp,
}

/// Looks at the first bytes of a connection.
pub(crate) fn scan(first: &[u8]) -> Scan {
    let mut verdict = Scan::No;
    for (start, kind) in STARTS {
        if first.starts_with(start) {
            return Scan::Yes(*kind);
        }
        if start.starts_with(first) {
            verdict = Scan::More;
        }
    }
    verdict
}

const STARTS: &[(&[u8], Scanner)] = &[
    (b"GET ", Scanner::Http),
    (b"POST ", Scanner::Http),
    (b"HEAD ", Scanner::Http),
    (b"PUT ", Scanner::Http),
    (b"DELETE ", Scanner::Http),
    (b"OPTIONS ", Scanner::Http),
    (b"CONNECT ", Scanner::Http),
    (b"PRI * HTTP", Scanner::Http),
    (b"SSH-", Scanner::Ssh),
    (&[0x16, 0x03], Scanner::Tls),
    (&[0x03, 0x00, 0x00], Scanner::Rdp),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_is_known_by_its_first_bytes() {
        assert_eq!(scan(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Scan::Yes(Scanner::Http));
        assert_eq!(scan(b"SSH-2.0-OpenSSH_9.2"), Scan::Yes(Scanner::Ssh));
        assert_eq!(scan(&[0x16, 0x03, 0x01, 0x02]), Scan::Yes(Scanner::Tls));
        assert_eq!(scan(b"GE"), Scan::More);
        assert_eq!(scan(b"hello"), Scan::No);
    }

    #[test]
    fn a_scanner_is_known_within_sixty_four_bytes() {
        assert!(STARTS.iter().all(|(start, _)| start.len() <= 64));
    }
}

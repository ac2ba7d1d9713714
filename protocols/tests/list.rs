//! The list is the folders, and its protocols can be told apart.

use model::TerminalId;
use protocols::ALL;
use std::path::Path;
use wire::Sniff;

#[test]
fn every_folder_with_a_crate_is_in_the_list() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<String> = std::fs::read_dir(here)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("Cargo.toml").exists())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    folders.sort_unstable();
    let mut listed: Vec<&str> = ALL.iter().map(|protocol| protocol.name()).collect();
    listed.sort_unstable();
    assert_eq!(listed, folders, "protocols/src/lib.rs must have one line for each folder");
}

#[test]
fn every_name_can_be_stored() {
    for protocol in ALL {
        assert!(model::ProtocolName::parse(protocol.name()).is_ok(), "{}", protocol.name());
    }
}

#[test]
fn the_first_bytes_of_a_terminal_are_claimed_by_its_own_protocol_only() {
    let id = TerminalId::parse("868120240000015").unwrap();
    for speaker in ALL {
        let login = speaker.terminal(id).login();
        for listener in ALL {
            let claimed = listener.sniff(&login) == Sniff::Yes;
            assert_eq!(
                claimed,
                listener.name() == speaker.name(),
                "{} hears {}",
                listener.name(),
                speaker.name()
            );
            assert_eq!(listener.sniff(&[]), Sniff::More);
        }
    }
}

#[test]
fn a_frame_too_short_to_tell_by_is_read_by_the_only_protocol_that_may_begin_so() {
    for first in 0..=u8::MAX {
        let says = |verdict| ALL.iter().filter(move |protocol| protocol.sniff(&[first]) == verdict);
        let (yes, more) = (says(Sniff::Yes).next(), says(Sniff::More).count());
        let alone = says(Sniff::More).next().filter(|_| more == 1);
        let expected = yes.or(alone).map(|protocol| protocol.name());
        assert_eq!(wire::decode(ALL, &[first], None).protocol, expected, "{first:02x}");
    }
    assert_eq!(wire::decode(ALL, &[], None).protocol, None);
}

#[test]
fn a_web_request_is_nobodys() {
    for protocol in ALL {
        assert_eq!(protocol.sniff(b"GET / HTTP/1.1\r\n"), Sniff::No, "{}", protocol.name());
    }
}

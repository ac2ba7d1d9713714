//! Stories over real TCP, with a real journal in a temporary folder.

mod full;
mod orders;

mod splits;

use crate::conduct::Pause;
use crate::directory::{Listed, Listing};
use crate::testing::{PROTOCOLS, REPORT};
use crate::{Config, Directory, Doorkeeper, Ingest, Listener, OrderDesk, Refusal, Totals};
use journal::{ClockSpec, Entry, Health, Journal};
use model::input::SessionEndReason;
use model::{Input, Seq, TerminalId, Timestamp};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A server on a free port. Terminals 1 to 99 are approved; the quarantine takes one frame.
struct Server {
    journal: Journal,
    counters: Arc<crate::Counters>,
    desk: OrderDesk,
    doorkeeper: Doorkeeper,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
    folder: TempDir,
}

struct Device(TcpStream);

impl Server {
    async fn start(config: Config) -> Self {
        Self::start_with(config, journal::Config::default()).await
    }

    async fn start_with(config: Config, limits: journal::Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), limits, ClockSpec::System).await.unwrap();
        Self::start_on(folder, journal, config).await
    }

    async fn start_on(folder: TempDir, journal: Journal, config: Config) -> Self {
        let approved = Listed { approved: true, ..Listed::default() };
        let terminals =
            (1..100).map(|id: u32| (TerminalId::parse(&id.to_string()).unwrap(), approved)).collect();
        let directory = Directory::new(Listing { version: 1, terminals, quarantine_room: 1 });
        let listener = Listener { address: "127.0.0.1:0".parse().unwrap(), protocol: None };
        let ingest =
            Ingest::bind(&[listener], PROTOCOLS, journal.clone(), directory, config, Seq(1)).await.unwrap();
        let (address, counters) = (ingest.local_addresses()[0], ingest.counters());
        let (desk, doorkeeper) = (ingest.order_desk(), ingest.doorkeeper());
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(ingest.run(stopped));
        Self { journal, counters, desk, doorkeeper, address, stop, running, folder }
    }

    async fn connect(&self) -> Device {
        Device(TcpStream::connect(self.address).await.unwrap())
    }

    async fn log_in(&self, terminal: u32) -> Device {
        let mut device = self.connect().await;
        device.says(&format!("#L{terminal}\n")).await;
        device.hears("hello\n").await;
        device
    }

    /// Stops, and says what is in the journal and was counted.
    async fn stop(self) -> (Vec<Entry>, Totals) {
        self.stop.send_replace(true);
        within(self.running).await.unwrap();
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let last = entries.last().map_or(Seq(0), |entry| entry.seq);
            let more = self.journal.read(last, 10_000).await.unwrap();
            if more.is_empty() {
                break;
            }
            entries.extend(more);
        }
        let totals = self.counters.totals();
        assert_eq!(totals.frames_in, totals.journalled + totals.refused, "{totals:?}");
        assert_eq!((totals.in_flight, totals.connections), (0, 0));
        (entries, totals)
    }
}

impl Device {
    async fn says(&mut self, text: &str) {
        within(self.0.write_all(text.as_bytes())).await.unwrap();
    }

    /// Waits for exactly this.
    async fn hears(&mut self, text: &str) {
        let mut heard = vec![0; text.len()];
        within(self.0.read_exact(&mut heard)).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&heard), text);
    }

    /// Waits until the server closes, and says what came until then.
    async fn hears_the_end(&mut self) -> String {
        let mut heard = Vec::new();
        within(self.0.read_to_end(&mut heard)).await.unwrap();
        String::from_utf8(heard).unwrap()
    }
}

/// Fails a test that waits for ever; no verdict depends on the time itself.
async fn within<F: Future>(future: F) -> F::Output {
    timeout(Duration::from_secs(20), future).await.expect("waited for ever")
}

/// The serials of the reports of a terminal in journal order.
fn serials(entries: &[Entry], terminal: &str) -> Vec<u16> {
    entries
        .iter()
        .filter_map(|entry| match &entry.input {
            Input::Reception(report) if report.terminal.as_str() == terminal && report.number == REPORT => {
                report.serial
            }
            _ => None,
        })
        .collect()
}

fn ends(entries: &[Entry]) -> Vec<SessionEndReason> {
    let reason = |entry: &Entry| match entry.input {
        Input::SessionEnd { reason, .. } => Some(reason),
        _ => None,
    };
    entries.iter().filter_map(reason).collect()
}

fn reports(range: std::ops::Range<u32>) -> (String, String) {
    let reports: Vec<String> = range.clone().map(|n| format!("#P{n}\n")).collect();
    let acks: Vec<String> = range.map(|n| format!("ack {n}\n")).collect();
    (reports.concat(), acks.concat())
}

#[tokio::test]
async fn an_acknowledged_frame_is_in_the_journal_already() {
    let server = Server::start(Config::default()).await;
    let mut device = server.log_in(15).await;
    for n in 100..150 {
        device.says(&format!("#P{n}\n")).await;
        device.hears(&format!("ack {n}\n")).await;
        let entries = server.journal.read(Seq(0), 1000).await.unwrap();
        assert_eq!(serials(&entries, "15").last(), Some(&n));
        assert_eq!(entries.last().unwrap().frame.as_deref(), Some(format!("#P{n}\n").as_bytes()));
    }
}

#[tokio::test]
async fn a_burst_is_acknowledged_in_order() {
    let server = Server::start(Config { frames_burst_max: 3000, ..Config::default() }).await;
    let mut device = server.log_in(15).await;
    let (reports, acks) = reports(1000..3000);
    device.says(&reports).await;
    device.hears(&acks).await;
    assert_eq!(server.counters.paused(Pause::Rate), 0);
    let (entries, totals) = server.stop().await;
    assert_eq!(serials(&entries, "15"), (1000..3000).collect::<Vec<u16>>());
    assert_eq!((totals.acks, totals.journalled), (2000, 2001));
}

#[tokio::test]
async fn who_says_more_than_its_rate_is_read_later_and_loses_nothing() {
    let config = Config { frames_per_s_max: 2000, frames_burst_max: 100, ..Config::default() };
    let server = Server::start(config).await;
    let (mut device, mut other) = (server.log_in(15).await, server.log_in(16).await);
    let (reports, acks) = reports(1000..3000);
    device.says(&reports).await;
    // Nobody else is kept waiting.
    other.says("#P1\n").await;
    other.hears("ack 1\n").await;
    device.hears(&acks).await;
    assert!(server.counters.paused(Pause::Rate) > 0);
    // It was the device's doing: the time is covered.
    assert!(server.counters.take_listening());
    let (entries, totals) = server.stop().await;
    assert_eq!(serials(&entries, "15"), (1000..3000).collect::<Vec<u16>>());
    assert_eq!((totals.acks, totals.refused), (2001, 0));
}

#[tokio::test]
async fn half_frames_and_garbage_before_a_frame_harm_nothing() {
    let server = Server::start(Config::default()).await;
    let mut device = server.connect().await;
    for part in ["\u{1}\u{2}xx#L", "15\n", "#P1", "07\n#P", "108\nnoise#P109\n"] {
        device.says(part).await;
        // A reply in between makes sure that the parts are read one by one.
        let mut other = server.log_in(16).await;
        other.says("#P1\n").await;
        other.hears("ack 1\n").await;
    }
    device.hears("hello\nack 107\nack 108\nack 109\n").await;
    let (entries, totals) = server.stop().await;
    assert_eq!(serials(&entries, "15"), [107, 108, 109]);
    assert_eq!(totals.skipped_bytes, 9);
}

#[tokio::test]
async fn a_web_browser_is_sent_away_and_counted() {
    let server = Server::start(Config::default()).await;
    let mut browser = server.connect().await;
    browser.says("GET /index.html HTTP/1.1\r\nHost: example.org\r\n\r\n").await;
    assert_eq!(browser.hears_the_end().await, "");
    let (entries, totals) = server.stop().await;
    assert_eq!((entries.len(), totals.scanners, totals.frames_in), (0, 1, 0));
}

#[tokio::test]
async fn reports_before_a_login_get_no_answer_and_the_third_ends_the_connection() {
    let server = Server::start(Config::default()).await;
    let mut device = server.connect().await;
    device.says("#P1\n#P2\n#P3\n").await;
    assert_eq!(device.hears_the_end().await, "");
    assert_eq!(server.counters.refused(Refusal::NoLogin), 3);
    assert_eq!(server.stop().await.0.len(), 0);
}

#[tokio::test]
async fn a_second_connection_of_a_terminal_ends_the_first() {
    let server = Server::start(Config::default()).await;
    let mut older = server.log_in(15).await;
    let mut newer = server.log_in(15).await;
    assert_eq!(older.hears_the_end().await, "");
    newer.says("#P107\n").await;
    newer.hears("ack 107\n").await;
    let (entries, totals) = server.stop().await;
    assert_eq!(ends(&entries), [SessionEndReason::TakenOver, SessionEndReason::Stopped]);
    assert_eq!(totals.takeovers, 1);
}

#[tokio::test]
async fn a_full_quarantine_gives_no_acknowledgement() {
    let server = Server::start(Config::default()).await;
    let mut stranger = server.log_in(1234).await;
    let mut known = server.log_in(15).await;
    stranger.says("#P107\n").await;
    known.says("#P108\n").await;
    known.hears("ack 108\n").await;
    stranger.says("#L1234\n").await;
    stranger.hears("hello\n").await;
    assert_eq!(server.counters.refused(Refusal::QuarantineFull), 2);
    let (entries, _) = server.stop().await;
    assert_eq!((serials(&entries, "1234"), serials(&entries, "15")), (vec![], vec![108]));
}

#[tokio::test]
async fn whoever_came_to_nothing_is_remembered_with_the_reason_once() {
    let server = Server::start(Config::default()).await;
    let known = server.log_in(15).await;
    for hello in
        ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "GET / HTTP/1.1\r\n\r\n"]
    {
        let mut scanner = server.connect().await;
        scanner.says(hello).await;
        scanner.hears_the_end().await;
    }
    let mut stranger = server.log_in(1234).await;
    stranger.says("#P107\n").await;
    let met = || server.doorkeeper.attempts();
    within(async {
        while met().len() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let met: Vec<(&str, u32, Option<String>)> = met()
        .into_iter()
        .map(|it| (it.reason.as_str(), it.times, it.terminal.map(|terminal| terminal.to_string())))
        .collect();
    let http = met.iter().find(|(reason, ..)| *reason == "http").unwrap();
    assert_eq!(http.1, 2, "the same again is the same line: {met:?}");
    assert!(met.iter().any(|(reason, ..)| *reason == "tls_hello"), "{met:?}");
    assert!(
        met.iter()
            .any(|(reason, _, terminal)| *reason == "unapproved" && terminal.as_deref() == Some("1234")),
        "{met:?}"
    );
    assert!(server.doorkeeper.is_online(TerminalId::parse("15").unwrap()));
    assert!(!server.doorkeeper.is_online(TerminalId::parse("16").unwrap()));
    drop((known, stranger));
    server.stop().await;
}

#[tokio::test]
async fn a_shutdown_acknowledges_everything_that_was_journalled_and_closes() {
    let server = Server::start(Config::default()).await;
    let mut devices = Vec::new();
    for terminal in 1..=20 {
        devices.push(server.log_in(terminal).await);
    }
    let (reports, _) = reports(1000..1200);
    for device in &mut devices {
        device.says(&reports).await;
    }
    server.stop.send_replace(true);
    let mut acknowledged = Vec::new();
    for device in &mut devices {
        let heard = device.hears_the_end().await;
        acknowledged.push(heard.lines().map(|ack| ack[4..].parse().unwrap()).collect::<Vec<u16>>());
    }
    let (entries, totals) = server.stop().await;
    for (terminal, acknowledged) in (1..).zip(acknowledged) {
        assert_eq!(serials(&entries, &u32::to_string(&terminal)), acknowledged, "terminal {terminal}");
    }
    assert_eq!(ends(&entries), [SessionEndReason::Stopped; 20]);
    assert_eq!(totals.journalled, totals.acks + 20);
}

#[tokio::test]
async fn a_connection_above_the_limit_is_turned_away_and_others_go_on() {
    let server = Server::start(Config { connections_per_address_max: 2, ..Config::default() }).await;
    let mut first = server.log_in(15).await;
    let second = server.log_in(16).await;
    let mut third = server.connect().await;
    assert!(matches!(within(third.0.read(&mut [0; 8])).await, Ok(0) | Err(_)));
    first.says("#P107\n").await;
    first.hears("ack 107\n").await;
    drop(second);
    // The place is free once the server has seen the end.
    while server.counters.totals().connections > 1 {
        tokio::task::yield_now().await;
    }
    server.log_in(17).await;
    assert_eq!(server.stop().await.1.turned_away, 1);
}

#[tokio::test]
async fn a_silent_connection_goes_after_the_handshake_deadline() {
    let server = Server::start(Config { handshake_s: 1, ..Config::default() }).await;
    let mut silent = server.connect().await;
    assert_eq!(silent.hears_the_end().await, "");
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_not_read_either_and_goes() {
    let server = Server::start(Config {
        write_s: 1,
        frames_in_flight_max: 8,
        frames_burst_max: 1_000_000,
        ..Config::default()
    })
    .await;
    let mut device = server.log_in(15).await;
    let reports = reports(10_000..20_000).0;
    // It writes as long as the server reads. The limits are 16 KiB of replies and 8 frames beside the socket buffers.
    let wrote = within(async {
        let mut bytes = 0;
        while device.0.write_all(reports.as_bytes()).await.is_ok() {
            bytes += reports.len();
        }
        bytes
    });
    assert!(wrote.await > 0);
    while server.counters.totals().connections > 0 {
        tokio::task::yield_now().await;
    }
    let (entries, _) = server.stop().await;
    assert_eq!(ends(&entries), [SessionEndReason::Failed]);
}

#[tokio::test]
async fn a_peer_that_takes_nothing_does_not_keep_its_end_out_of_the_journal() {
    let server =
        Server::start(Config { write_s: 600, frames_burst_max: 1_000_000, ..Config::default() }).await;
    let mut older = server.log_in(15).await;
    let reports = reports(10_000..20_000).0;
    // Until the server reads no more, since none of its replies is read.
    while timeout(Duration::from_millis(300), older.0.write_all(reports.as_bytes())).await.is_ok() {}
    let newer = server.log_in(15).await;
    let (mut last, mut found) = (Seq(0), Vec::new());
    let search = async {
        while found.is_empty() {
            let entries = server.journal.read(last, 10_000).await.unwrap();
            last = entries.last().map_or(last, |entry| entry.seq);
            found = ends(&entries);
            tokio::task::yield_now().await;
        }
    };
    within(search).await;
    assert_eq!(found, [SessionEndReason::TakenOver]);
    drop((older, newer));
    server.stop().await;
}

#[tokio::test]
async fn a_protocol_that_panics_leaves_no_connection_behind_and_no_terminal() {
    let server = Server::start(Config::default()).await;
    let mut device = server.log_in(15).await;
    device.says("#X\n").await;
    device.hears_the_end().await;
    server.log_in(15).await;
    assert_eq!(server.counters.totals().takeovers, 0);
    server.stop.send_replace(true);
    within(server.running).await.unwrap();
    assert_eq!(server.counters.totals().connections, 0);
}

#[tokio::test]
async fn a_journal_that_is_closed_acknowledges_nothing() {
    let server = Server::start(Config::default()).await;
    let mut device = server.log_in(15).await;
    assert!(server.counters.take_listening());
    server.journal.close().await;
    device.says("#P107\n").await;
    assert_eq!(device.hears_the_end().await, "");
    assert!(!server.counters.take_listening());
    assert_eq!(server.counters.refused(Refusal::Unconfirmed), 1);
}

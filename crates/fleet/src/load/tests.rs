use super::*;
use crate::fake::{Deed, FAKES, FakeServer};
use crate::ledger::Summary;
use std::collections::HashSet;

fn config(reports: Option<u64>) -> LoadConfig {
    LoadConfig {
        connections: 3,
        window: 4,
        seed: 1,
        first_terminal: 100,
        start: Timestamp::parse("2026-11-20T00:00:00Z").unwrap(),
        rate: None,
        reports,
    }
}

#[tokio::test]
async fn every_terminal_of_every_protocol_sends_its_reports_and_each_has_its_own_second() {
    let server = FakeServer::start(|_, _| Deed::Answer).await;
    let load = Load::start(server.address, FAKES, &config(Some(50)));
    let ledger = load.finished().await;
    assert_eq!(ledger.summary(), Summary { sent: 300, acknowledged: 300 });
    let identities: HashSet<_> = ledger.reports().iter().map(|r| (r.terminal, r.fix_time)).collect();
    assert_eq!(identities.len(), 300);
    let terminals: HashSet<TerminalId> = ledger.reports().iter().map(|r| r.terminal).collect();
    assert_eq!(terminals, config(None).terminals(FAKES).into_iter().collect());
}

#[tokio::test]
async fn a_server_that_keeps_dying_loses_nothing() {
    // Every connection dies at its seventh frame, unanswered.
    let server = FakeServer::start(|_, frame| if frame == 7 { Deed::Hang } else { Deed::Answer }).await;
    let load = Load::start(server.address, FAKES, &config(Some(20)));
    let ledger = load.finished().await;
    assert_eq!(ledger.summary(), Summary { sent: 120, acknowledged: 120 });
    let heard: HashSet<(String, i64)> = server.reports().into_iter().collect();
    assert_eq!(heard.len(), 120);
    assert!(server.reports().len() > 120, "nothing was sent again");
    assert_eq!(ledger.unexpected_count(), 0);
}

#[tokio::test]
async fn a_load_without_end_stops_when_told_and_acknowledged_is_part_of_heard() {
    let server = FakeServer::start(|_, _| Deed::Answer).await;
    let load = Load::start(server.address, FAKES, &config(None));
    while load.counters().acknowledged < 200 {
        tokio::task::yield_now().await;
    }
    let ledger = load.stop().await;
    let heard: HashSet<(String, i64)> = server.reports().into_iter().collect();
    for report in ledger.reports().iter().filter(|report| report.acknowledged) {
        let second = report.fix_time.unwrap().ms() / 1000;
        assert!(heard.contains(&(report.terminal.to_string(), second)), "{report:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_load() {
    let reports = |seed| {
        let mut cruise = Cruise::new(&LoadConfig { seed, ..config(None) }, 5);
        (0..500).map(|_| cruise.step()).collect::<Vec<Step>>()
    };
    assert_eq!(reports(1), reports(1));
    assert_ne!(reports(1), reports(2));
}

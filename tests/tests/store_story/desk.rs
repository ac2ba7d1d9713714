//! What the desk asks of the story's rows: the same answers on both databases.

use crate::rows::{AT, POSITIONS, alert, binding, stranger, terminal, vehicle};
use model::{Seq, Timestamp};
use store::{DeviceQuery, Direction, FrameQuery, LogKey, Store, Stretch, TerminalStatus, VehicleQuery};

/// Everything once.
pub(crate) async fn asks(store: &Store) {
    vehicles(store).await;
    devices(store).await;
    frames(store).await;
    positions(store).await;
    record(store).await;
}

async fn vehicles(store: &Store) {
    let named = async |named: &str| {
        let query = VehicleQuery { after: None, named: named.to_owned(), rows_max: 10 };
        store.vehicles(&query).await.unwrap().into_iter().map(|row| row.vehicle).collect::<Vec<_>>()
    };
    for known in ["", "12345", "b12345", "粤", "C1", "c1", "000015"] {
        assert_eq!(named(known).await, [vehicle()], "{known}");
    }
    for unknown in ["12346", "%", "_", "粤_12345", "\\"] {
        assert!(named(unknown).await.is_empty(), "{unknown}");
    }
    let behind = VehicleQuery { after: Some(vehicle()), named: String::new(), rows_max: 10 };
    assert!(store.vehicles(&behind).await.unwrap().is_empty());
    let record = store.vehicle(vehicle()).await.unwrap().unwrap();
    assert_eq!((record.vehicle, record.alias), (vehicle(), None));
    let fleet = store.fleet(None, 10).await.unwrap();
    assert_eq!(fleet.len(), usize::from(record.seen.is_some()));
    assert_eq!(store.loans_on(&[vehicle()]).await.unwrap(), store.every_loan().await.unwrap());
    assert_eq!(store.loans_on(&[]).await.unwrap(), []);
    let live = store.live_alerts_on(&[vehicle()]).await.unwrap();
    assert_eq!(live, store.live_alerts().await.unwrap());
    assert_eq!(live.first().map(|(_, live)| (live.count, live.worst)), Some((1, alert().severity)));
    assert_eq!(store.bindings_on(vehicle()).await.unwrap(), [binding()]);
    assert_eq!(store.bindings_of(terminal()).await.unwrap(), [binding()]);
    assert_eq!(store.vehicle_count().await.unwrap(), 1);
}

async fn devices(store: &Store) {
    let page = async |status: Option<TerminalStatus>, named: &str| {
        let query = DeviceQuery { now: AT, after: None, status, named: named.to_owned(), rows_max: 10 };
        store.device_page(&query).await.unwrap().into_iter().map(|row| row.terminal).collect::<Vec<_>>()
    };
    assert_eq!(page(None, "").await, [stranger(), terminal()]);
    assert_eq!(page(Some(TerminalStatus::Quarantined), "").await, [stranger()]);
    assert_eq!(page(None, "B12345").await, [terminal()], "by the vehicle it is on");
    let device = store.device(terminal(), AT).await.unwrap().unwrap();
    assert_eq!(device.on.map(|on| on.vehicle), Some(vehicle()));
    assert_eq!((device.first_fix_at, device.kept_at), (Some(AT), None));
    let kept = store.device(stranger(), AT).await.unwrap().unwrap();
    assert_eq!((kept.first_fix_at, kept.kept_at), (None, Some(AT.plus(7))), "the newest of both frames");
    let newest = store.newest_heard(AT, 10).await.unwrap();
    assert_eq!(newest, [kept, device], "whoever was heard first last");
    assert_eq!(store.newest_heard(AT, 1).await.unwrap().len(), 1);
    assert_eq!(store.unapproved_count().await.unwrap(), 1);
    assert_eq!(store.unheard_vehicle_count(AT).await.unwrap(), 0);
    let all = store.commands_page(None, None, 10).await.unwrap();
    assert_eq!(store.commands_page(None, Some(terminal()), 10).await.unwrap(), all);
    let seqs: Vec<Seq> = all.iter().map(|row| row.seq).collect();
    assert!(seqs.iter().rev().is_sorted(), "{seqs:?}");
}

async fn frames(store: &Store) {
    let (first, last) = store.frame_ends().await.unwrap().unwrap();
    let query = |terminal| FrameQuery { terminal, after: Seq(0), until: Seq(i64::MAX), rows_max: 100 };
    let frames = store.frames_in(&query(None)).await.unwrap();
    assert_eq!(
        (frames.first().map(|row| row.seq), frames.last().map(|row| row.seq)),
        (Some(first), Some(last))
    );
    assert_eq!(store.frame(first).await.unwrap().as_ref(), frames.first());
    assert_eq!(store.frame(Seq(i64::MAX)).await.unwrap(), None);
    assert!(store.frames_before(Timestamp::default()).await.unwrap() < first);
    assert!(store.frames_before(AT.plus(1_000_000_000)).await.unwrap() >= last);
    let kept = store.kept_in(&query(Some(stranger()))).await.unwrap();
    let seqs: Vec<Seq> = kept.iter().map(|row| row.seq).collect();
    assert_eq!(store.kept_at(&seqs).await.unwrap(), kept);
    let knocking = store.knocking(None, 10).await.unwrap();
    let [one] = knocking.as_slice() else { unreachable!("{}", knocking.len()) };
    assert_eq!((one.terminal, one.frames), (stranger(), 2));
    assert_eq!((Some(&one.first), Some(&one.last)), (seqs.first(), seqs.last()));
    assert!(store.knocking(Some(one.last), 10).await.unwrap().is_empty());
    assert_eq!(store.kept_frame(one.last).await.unwrap().as_ref(), kept.last());
    assert!(store.inputs_before(Seq(i64::MAX)).await.unwrap().iter().all(|row| row.seq < Seq(i64::MAX)));
}

async fn positions(store: &Store) {
    let always = Stretch { from: Timestamp::from_ms(0), to: AT.plus(1_000_000_000) };
    let page = async |behind: Option<LogKey>, direction, rows_max| {
        store.log_page(behind, always, direction, rows_max).await.unwrap()
    };
    let whole = page(None, Direction::Forwards, 1_000).await;
    assert_eq!(whole.len(), usize::try_from(POSITIONS).unwrap());
    let mut back = page(None, Direction::Backwards, 1_000).await;
    back.reverse();
    assert_eq!(back, whole);
    let head = page(None, Direction::Forwards, 1).await;
    let tail = page(head.last().map(|row| row.key), Direction::Forwards, 1_000).await;
    assert_eq!([head, tail].concat(), whole);
    let keys: Vec<LogKey> = whole.iter().map(|row| row.key).collect();
    assert_eq!(store.log_rows(&keys).await.unwrap(), whole);
    let mut of_track = store.log_keys(terminal(), always).await.unwrap();
    of_track.sort_unstable();
    let its: Vec<LogKey> = keys.into_iter().filter(|key| key.terminal == terminal()).collect();
    assert_eq!(of_track, its, "its track names the same rows");
    store.newest_motions(100).await.unwrap();
}

async fn record(store: &Store) {
    assert_eq!(store.coverage_since(Timestamp::default()).await.unwrap().len(), 1);
    assert!(store.coverage_since(AT.plus(20_000)).await.unwrap().is_empty());
    let covered = store.coverage_since(Timestamp::default()).await.unwrap();
    assert_eq!(store.first_covered().await.unwrap(), covered.first().map(|row| row.from));
    assert_eq!(store.covered_before(AT.plus(20_000)).await.unwrap().as_ref(), covered.first());
    assert_eq!(store.covered_before(covered.first().unwrap().to).await.unwrap(), None, "it reaches so far");
    assert!(store.outbox_times().await.unwrap().oldest_due_at.is_some());
    let raised = store.raised_since(Timestamp::default()).await.unwrap();
    assert_eq!(
        raised.iter().map(|(rule, count, _)| (rule.as_str(), *count)).collect::<Vec<_>>(),
        [(alert().rule.as_str(), 1)]
    );
    assert!(store.judged_since(Timestamp::default()).await.unwrap().is_empty(), "it lives");
    assert_eq!(
        store.published_rules(None, 10).await.unwrap().first().map(|it| it.row.text.as_str()),
        Some("[loan]")
    );
    assert!(store.looks_at("vehicle", vehicle().as_str(), 10).await.unwrap().is_empty());
}

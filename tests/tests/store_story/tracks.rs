//! Tracks: the tail, segments, and the same answer wherever a position lies.

use crate::rows::{POSITIONS, everything, identities, terminal};
use model::{Identity, Seq, Timestamp};
use store::{
    Batch, Cursor, Mark, PositionQuery, PositionRecord, PositionRow, Store, StoreError, Stretch, TrackPoint,
};

/// A whole segment, another one, and a rest that stays in the tail.
const SEGMENT: u32 = 40;

/// Tells it, beginning with an empty store.
pub(crate) async fn tell(store: &Store) {
    let (cursor, mark) = store.claim("journal").await.unwrap();
    store.commit(&cursor, Seq(7), &mark, everything()).await.unwrap();
    let owner = Cursor { applied: Seq(7), ..cursor };
    let (track, listed) = (whole(store).await, listed(store).await);
    assert_eq!(i64::try_from(track.len()).unwrap(), POSITIONS);
    assert!(track.is_sorted_by_key(|point| (point.wall, point.measured)));
    let all = u64::try_from(track.len()).unwrap();
    assert_eq!(store.tail_rows().await.unwrap(), all);
    let left = all - 2 * u64::from(SEGMENT);
    assert!(store.seal(&owner, SEGMENT).await.unwrap());
    same(store, &track, &listed).await;
    assert!(store.seal(&owner, SEGMENT).await.unwrap());
    same(store, &track, &listed).await;
    assert_eq!(store.tail_rows().await.unwrap(), left);
    assert!(!store.seal(&owner, 1_000_000).await.unwrap(), "there are not so many");
    let replaced = Cursor { fence: owner.fence - 1, ..owner.clone() };
    assert!(matches!(store.seal(&replaced, SEGMENT).await, Err(StoreError::Fenced)));

    a_late_one_joins_its_track(store, &owner, &mark).await;
    assert_eq!(store.tail_rows().await.unwrap(), 0);
}

/// One of long ago and one without a clock come after the segments of their time were sealed, and are sealed themselves.
async fn a_late_one_joins_its_track(store: &Store, owner: &Cursor, mark: &Mark) {
    let before = whole(store).await;
    let first = everything().positions.remove(0);
    let (early, none) = (first.identity.wall_ms - 1, 0);
    let rows = [early, none].into_iter().zip(0..).map(|(wall_ms, item)| PositionRow {
        identity: Identity { wall_ms, ..first.identity },
        seq: Seq(8),
        item,
        received_at: first.received_at,
        timeliness: first.timeliness,
        position: first.position.clone(),
    });
    let batch = Batch { positions: rows.collect(), ..Batch::default() };
    store.commit(owner, Seq(8), mark, batch).await.unwrap();
    let after = whole(store).await;
    assert_eq!(after.get(2..).unwrap(), before);
    let joined: Vec<i64> = after.iter().take(2).map(|point| point.wall.ms()).collect();
    assert_eq!(joined, [none, early]);
    // In the tail, then in segments of many, then of one: both ends of a stretch belong to it.
    for segment in [u32::MAX, 50, 1] {
        while store.seal(owner, segment).await.unwrap() {}
        for point in [after.first(), after.get(1), after.last()].into_iter().flatten() {
            let stretch = Stretch { from: point.wall, to: point.wall };
            assert_eq!(store.track(terminal(), stretch).await.unwrap(), std::slice::from_ref(point));
        }
        assert_eq!(whole(store).await, after);
    }
}

async fn same(store: &Store, track: &[TrackPoint], listing: &[PositionRecord]) {
    assert_eq!(whole(store).await, track);
    assert_eq!(listed(store).await, listing);
    let middle = track.get(track.len() / 2).unwrap().wall;
    let half =
        store.track(terminal(), Stretch { from: middle, to: Timestamp::from_ms(i64::MAX) }).await.unwrap();
    assert_eq!(half, track.iter().filter(|point| point.wall >= middle).cloned().collect::<Vec<_>>());
}

async fn whole(store: &Store) -> Vec<TrackPoint> {
    let always = Stretch { from: Timestamp::from_ms(i64::MIN), to: Timestamp::from_ms(i64::MAX) };
    store.track(terminal(), always).await.unwrap()
}

/// The listing of the terminal, which must be that of everybody here: all positions are its own.
async fn listed(store: &Store) -> Vec<PositionRecord> {
    let one = PositionQuery { terminal: Some(terminal()), late: true, ..PositionQuery::default() };
    let records = records(store, one).await;
    assert_eq!(records, self::records(store, PositionQuery { late: true, ..PositionQuery::default() }).await);
    assert_eq!(records.len(), identities().len());
    records
}

async fn records(store: &Store, query: PositionQuery) -> Vec<PositionRecord> {
    let mut records = Vec::new();
    let each = |mut page: Vec<PositionRecord>| {
        records.append(&mut page);
        Ok::<(), ()>(())
    };
    store.positions(&query, each).await.unwrap().unwrap();
    records
}

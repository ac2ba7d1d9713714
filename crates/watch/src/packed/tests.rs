//! That values are the same, wherever they lie.

use super::*;

fn two() -> Packed<u8, Vec<u32>> {
    let mut map = Packed::default();
    map.set(1, vec![300]);
    map.merge();
    map.entry(1).push(5);
    map.set(2, vec![7]);
    map
}

fn all(map: &Packed<u8, Vec<u32>>) -> Vec<(u8, Vec<u32>)> {
    let mut all: Vec<_> = map.iter().map(|(key, value)| (key, value.into_owned())).collect();
    all.sort_unstable();
    all
}

#[test]
fn a_discarded_step_leaves_nothing() {
    let mut map = two();
    assert_eq!(all(&map), [(1, vec![300, 5]), (2, vec![7])]);
    map.discard();
    assert_eq!((all(&map), map.contains(&2)), (vec![(1, vec![300])], false));
}

#[test]
fn a_merged_step_stays() {
    let mut map = two();
    map.merge();
    map.discard();
    assert_eq!((all(&map), map.changed().count()), (vec![(1, vec![300, 5]), (2, vec![7])], 0));
}

#[test]
fn a_footprint_counts_keys_and_bytes_of_what_is_committed() {
    let map = two();
    let entry = size_of::<(u8, Box<[u8]>)>();
    assert_eq!(
        map.footprint(),
        Footprint { count: 1, bytes: entry + 3, filed: 0 },
        "a length, and 300 in two bytes"
    );
}

#[test]
fn what_is_not_stepped_for_two_generations_is_packed_and_reads_back() {
    let mut map: Packed<usize, Vec<u32>> = Packed::default();
    for round in 0..3 {
        for key in 0..GENERATION {
            map.set(round * GENERATION + key, vec![7; 3]);
        }
        map.merge();
    }
    assert_eq!((map.base.len(), map.old.len(), map.young.len()), (2 * GENERATION, GENERATION, 0));
    map.entry(5).push(8);
    assert_eq!(map.get(&5).unwrap().as_slice(), [7, 7, 7, 8]);
    map.merge();
    assert_eq!((map.base.len(), map.young.len()), (2 * GENERATION - 1, 1), "in one place only");
    assert_eq!((map.iter().count(), map.keys().len()), (3 * GENERATION, 3 * GENERATION));
}

#[test]
fn what_is_restored_is_pressed_and_reads_back() {
    let mut map: Packed<usize, Vec<u32>> = Packed::default();
    let value = |key: usize| [vec![u32::try_from(key).unwrap()], (7_000_000..7_000_060).collect()].concat();
    for key in 0..LEARNED_FROM + 100 {
        map.restore(key, &postcard::to_stdvec(&value(key)).unwrap()).unwrap();
    }
    let whole = postcard::to_stdvec(&value(5_000)).unwrap().len();
    assert!(map.footprint().each() < size_of::<(usize, Box<[u8]>)>() + whole / 2, "{:?}", map.footprint());
    assert!((0..LEARNED_FROM + 100).all(|key| *map.get(&key).unwrap() == value(key)), "early and late");
}

#[test]
fn what_lies_in_a_file_reads_back_changes_and_takes_no_room_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let mut map: Packed<usize, Vec<u32>> = Packed::filing_on(dir.path().to_owned());
    let value = |key: usize| [vec![u32::try_from(key).unwrap()], (7_000_000..7_000_060).collect()].concat();
    let many = LEARNED_FROM + 100;
    for key in 0..many {
        map.restore(key, &postcard::to_stdvec(&value(key)).unwrap()).unwrap();
    }
    assert_eq!((map.base.len(), map.filed.as_ref().unwrap().len()), (0, many));
    let footprint = map.footprint();
    assert_eq!((footprint.count, footprint.each()), (many, 16));
    assert!(footprint.each_filed() > 4, "{footprint:?}");
    assert!((0..many).all(|key| *map.get(&key).unwrap() == value(key)), "early and late");
    map.entry(7).push(1);
    map.discard();
    assert_eq!(*map.get(&7).unwrap(), value(7));
    map.entry(7).push(1);
    map.merge();
    assert_eq!(map.get(&7).unwrap().len(), value(7).len() + 1);
    assert!(!map.is_filed(&7) && map.contains(&7) && map.contains(&8), "in one place only");
    assert_eq!((map.iter().count(), map.keys().len()), (many, many));
    assert!(!map.is_damaged());
}

#[test]
fn without_a_disk_to_lie_on_values_stay_in_memory() {
    let mut map: Packed<usize, Vec<u32>> = Packed::filing_on("/nowhere/at/all".into());
    let value = postcard::to_stdvec(&(0..40_u32).collect::<Vec<_>>()).unwrap();
    for key in 0..=LEARNED_FROM {
        map.restore(key, &value).unwrap();
    }
    assert_eq!((map.base.len(), map.filed.is_none()), (LEARNED_FROM + 1, true));
    assert_eq!(map.get(&5).unwrap().len(), 40);
}

#[test]
fn a_value_at_rest_that_does_not_open_is_noticed() {
    let mut map: Packed<u8, Vec<u32>> = Packed::default();
    map.restore(1, &[1, 9]).unwrap();
    map.base.insert(1, [2, 1].into());
    assert!(!map.is_damaged());
    map.entry(1).push(7);
    assert!(map.is_damaged());
}

#[test]
fn bytes_of_another_form_are_refused() {
    let mut map: Packed<u8, Vec<u32>> = Packed::default();
    assert!(map.restore(1, &[2, 1]).is_err(), "two values announced, one there");
    assert!(!map.contains(&1));
    map.restore(1, &[1, 9]).unwrap();
    assert_eq!(map.get(&1).unwrap().as_slice(), [9]);
}

/// So many values on a disk, which look alike.
fn filing(dir: &std::path::Path, count: usize) -> Packed<usize, Vec<u32>> {
    let mut map: Packed<usize, Vec<u32>> = Packed::filing_on(dir.to_owned());
    restore(&mut map, 0..count);
    map
}

fn restore(map: &mut Packed<usize, Vec<u32>>, keys: std::ops::Range<usize>) {
    for key in keys {
        map.restore(key, &postcard::to_stdvec(&alike(key)).unwrap()).unwrap();
    }
}

fn alike(key: usize) -> Vec<u32> {
    [vec![u32::try_from(key).unwrap()], (7_000_000..7_000_060).collect()].concat()
}

/// Steps three generations: the last one stays open, and lies down with the first one of the next three.
fn step_generations(map: &mut Packed<usize, Vec<u32>>, from: usize) {
    for generation in 0..3 {
        for key in 0..GENERATION {
            map.set(from + generation * GENERATION + key, vec![7]);
        }
        map.merge();
    }
}

/// Counts what is told.
#[derive(Clone, Default)]
struct Told(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl tracing::Subscriber for Told {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn a_disk_that_takes_no_more_is_told_of_once_and_tried_once_a_generation() {
    let (dir, told) = (tempfile::tempdir().unwrap(), Told::default());
    tracing::subscriber::with_default(told.clone(), || {
        let mut map = filing(dir.path(), LEARNED_FROM);
        let writable = map.filed.as_mut().unwrap().change_file(std::fs::File::open("/dev/full").unwrap());
        restore(&mut map, LEARNED_FROM..LEARNED_FROM + 50);
        assert_eq!((map.base.len(), told.0.load(Ordering::Relaxed)), (50, 1));
        step_generations(&mut map, 10_000);
        assert_eq!((map.base.len(), told.0.load(Ordering::Relaxed)), (2 * GENERATION + 50, 1), "one spell");
        map.filed.as_mut().unwrap().change_file(writable);
        restore(&mut map, 5_000..5_050);
        assert_eq!(map.base.len(), 2 * GENERATION + 100, "nothing is tried before the next generation");
        step_generations(&mut map, 200_000);
        assert_eq!(told.0.load(Ordering::Relaxed), 2, "and that it is over");
        assert_eq!(map.base.len(), 2 * GENERATION + 100);
        assert!((0..LEARNED_FROM + 50).all(|key| *map.get(&key).unwrap() == alike(key)));
        assert!(!map.is_damaged());
    });
}

#[test]
fn a_value_that_cannot_be_read_back_is_noticed_whatever_is_asked() {
    type Map = Packed<usize, Vec<u32>>;
    type Asked = (&'static str, fn(&mut Map));
    let asked: [Asked; 5] = [
        ("get", |map| assert_eq!(map.get(&7), None)),
        ("contains", |map| assert!(!map.contains(&7))),
        ("iter", |map| assert_eq!(map.iter().count(), LEARNED_FROM - 1)),
        ("keys", |map| assert_eq!(map.keys().len(), LEARNED_FROM - 1)),
        ("merge", |map| {
            map.set(7, vec![1]);
            map.merge();
        }),
    ];
    for (what, ask) in asked {
        let dir = tempfile::tempdir().unwrap();
        let mut map = filing(dir.path(), LEARNED_FROM);
        assert!(!map.is_damaged(), "{what}");
        map.lose(&7);
        ask(&mut map);
        assert!(map.is_damaged(), "{what}");
    }
}

#[test]
fn a_footprint_counts_values_where_they_lie_once_there_are_enough_to_file() {
    let dir = tempfile::tempdir().unwrap();
    let (entry, in_memory) = (Filed::<usize>::ENTRY_BYTES, size_of::<(usize, Box<[u8]>)>());
    let few = filing(dir.path(), LEARNED_FROM - 1).footprint();
    assert_eq!((few.each(), few.each_filed() > 60), (entry, true), "as a large fleet: {few:?}");
    let mut map = filing(dir.path(), LEARNED_FROM);
    let filed = map.footprint();
    assert_eq!(filed.bytes, LEARNED_FROM * entry, "{filed:?}");
    map.set(3, alike(3));
    map.merge();
    let open = map.footprint();
    assert!(open.bytes > (LEARNED_FROM - 1) * entry + in_memory && open.filed < filed.filed, "{open:?}");
    let nowhere = filing(std::path::Path::new("/nowhere/at/all"), LEARNED_FROM).footprint();
    assert!(nowhere.each() > in_memory && nowhere.filed == 0, "{nowhere:?}");
}

#[test]
fn two_footprints_are_those_of_the_same_vehicles() {
    let (one, other) =
        (Footprint { count: 10, bytes: 160, filed: 900 }, Footprint { count: 4, bytes: 64, filed: 100 });
    assert_eq!(one.beside(other), Footprint { count: 10, bytes: 224, filed: 1_000 });
    assert_eq!(other.beside(one), one.beside(other));
}

//! That values in a file read back, or say that they do not.

use super::*;

fn value(key: u32, round: u32) -> Vec<u8> {
    let len = usize::try_from((key * 37 + round * 11) % 400).unwrap();
    (0..len).map(|at| u8::try_from((at + usize::try_from(key + round).unwrap()) % 251).unwrap()).collect()
}

#[test]
fn values_of_any_length_read_back_in_whatever_order_they_change_and_go() {
    let dir = tempfile::tempdir().unwrap();
    let mut filed = Filed::on(dir.path()).unwrap();
    for round in 0..5 {
        for key in (0..200).filter(|key| (key + round) % 3 != 0) {
            filed.put(&key, &value(key, round)).unwrap();
        }
        for key in (0..200).filter(|key| (key + round) % 7 == 0) {
            filed.remove(&key).unwrap();
        }
    }
    let last = |key: u32| {
        let put = (0..5).rev().find(|round| !u32::is_multiple_of(key + round, 3));
        let removed = (0..5).rev().find(|round| u32::is_multiple_of(key + round, 7));
        put.filter(|round| removed.is_none_or(|removed| removed < *round)).map(|round| value(key, round))
    };
    for key in 0..200 {
        assert_eq!(filed.get(&key).map(|bytes| bytes.unwrap()), last(key), "{key}");
    }
    let mut keys: Vec<u32> = filed.iter().map(|read| read.unwrap().0).collect();
    keys.sort_unstable();
    assert_eq!(keys, (0..200).filter(|key| last(*key).is_some()).collect::<Vec<_>>());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "the file has no name");
}

#[test]
fn what_was_given_up_is_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut filed = Filed::on(dir.path()).unwrap();
    for key in 0..100_u32 {
        filed.put(&key, &[1; 100]).unwrap();
    }
    let whole = filed.file.metadata().unwrap().len();
    for round in 0..50_u8 {
        for key in 0..100_u32 {
            filed.put(&key, &[round; 110]).unwrap();
        }
    }
    assert!(filed.file.metadata().unwrap().len() <= whole + 2 * u64::from(GRAIN) * 4);
    assert_eq!((filed.len(), filed.bytes()), (100, 11_500));
}

#[test]
fn of_two_keys_with_one_hash_the_second_is_refused_and_harms_nothing() {
    /// Every key has the hash of every other one.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    struct Alike(u32);

    impl Hash for Alike {
        fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
    }

    let dir = tempfile::tempdir().unwrap();
    let mut filed = Filed::on(dir.path()).unwrap();
    filed.put(&Alike(1), &[7]).unwrap();
    assert!(filed.put(&Alike(2), &[8]).is_err());
    assert!(filed.get(&Alike(2)).is_none());
    filed.remove(&Alike(2)).unwrap();
    filed.put(&Alike(1), &[9]).unwrap();
    assert_eq!(filed.get(&Alike(1)).unwrap().unwrap(), [9]);
}

#[test]
fn a_file_that_cannot_be_written_keeps_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut filed = Filed::on(dir.path()).unwrap();
    filed.put(&1_u32, &[7; 10]).unwrap();
    filed.file = read_only(&filed, dir.path());
    assert!(filed.put(&1, &[8; 10]).is_err());
    assert_eq!(filed.get(&1).unwrap().unwrap(), [7; 10]);
}

/// What is in the file, where nothing can be written.
fn read_only<K>(filed: &Filed<K>, dir: &Path) -> File {
    let path = dir.join("read-only");
    let mut whole = vec![0; usize::try_from(filed.file.metadata().unwrap().len()).unwrap()];
    filed.file.read_exact_at(&mut whole, 0).unwrap();
    std::fs::write(&path, whole).unwrap();
    File::open(path).unwrap()
}

fn is_invalid<T: std::fmt::Debug>(read: Option<Result<T>>) -> bool {
    read.is_some_and(|read| read.is_err_and(|error| error.kind() == ErrorKind::InvalidData))
}

#[test]
fn zeros_in_place_of_a_value_are_no_value() {
    let dir = tempfile::tempdir().unwrap();
    let mut filed = Filed::on(dir.path()).unwrap();
    for key in 0..2_u32 {
        filed.put(&key, &[7; 10]).unwrap();
    }
    filed.file.write_all_at(&[0; 32], 0).unwrap();
    assert!(is_invalid(filed.get(&0)));
    assert_eq!(filed.get(&1).unwrap().unwrap(), [7; 10]);
    assert_eq!(filed.iter().filter(Result::is_err).count(), 1);
}

#[test]
fn what_lay_in_a_slot_before_is_not_taken_for_what_lies_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut filed = Filed::on(dir.path()).unwrap();
    let former = |filed: &Filed<u32>| {
        let mut record = [0; 32];
        filed.file.read_exact_at(&mut record, 0).unwrap();
        record
    };
    for next in [1, 2_u32] {
        filed.put(&1, &[7; 27]).unwrap();
        let lost = former(&filed);
        filed.remove(&1).unwrap();
        filed.put(&next, &[8; 27]).unwrap();
        assert_ne!(former(&filed), lost, "the slot is the same");
        filed.file.write_all_at(&lost, 0).unwrap();
        assert!(is_invalid(filed.get(&next)), "{next}");
        filed = Filed::on(dir.path()).unwrap();
    }
}

#[test]
fn a_value_that_cannot_be_read_is_not_removed_as_if_it_were_somebodys() {
    let dir = tempfile::tempdir().unwrap();
    let mut filed = Filed::on(dir.path()).unwrap();
    filed.put(&1_u32, &[7; 10]).unwrap();
    filed.file.set_len(0).unwrap();
    assert!(filed.remove(&1).is_err());
    assert_eq!(filed.len(), 1);
}

#[test]
fn a_file_whose_values_grow_is_no_longer_than_twice_what_lives_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut filed = Filed::on(dir.path()).unwrap();
    let long = |key: u16, grown: u16| vec![u8::try_from(key % 251).unwrap(); usize::from(1_000 + grown * 50)];
    for grown in 0..40 {
        for key in 0..1_000_u16 {
            filed.put(&key, &long(key, grown)).unwrap();
        }
        let (whole, live) = (filed.file.metadata().unwrap().len(), offset(filed.live));
        assert!(whole <= 2 * live + offset(FREE_GRAINS_MAX) + 4_000, "{whole} of {live}");
    }
    assert!((0..1_000).all(|key| filed.get(&key).unwrap().unwrap() == long(key, 39)));
}

#[test]
fn a_file_that_cannot_be_closed_up_keeps_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut filed = Filed::on(dir.path()).unwrap();
    for key in 0..100_u32 {
        filed.put(&key, &value(key, 0)).unwrap();
    }
    for key in (0..100).filter(|key| key % 2 == 0) {
        filed.remove(&key).unwrap();
    }
    filed.end += 2 * FREE_GRAINS_MAX;
    let read_only = read_only(&filed, dir.path());
    let writable = filed.change_file(read_only);
    assert!(filed.put(&0, &[8; 10]).is_err());
    let is_whole = |filed: &Filed<u32>| {
        (0..100).all(|key| filed.get(&key).map(|read| read.unwrap()) == (key % 2 == 1).then(|| value(key, 0)))
    };
    assert!(is_whole(&filed));
    filed.file = writable;
    filed.put(&100, &[8; 10]).unwrap();
    assert!(is_whole(&filed));
    assert_eq!((filed.get(&100).unwrap().unwrap(), filed.end), (vec![8; 10], filed.live));
}

#[test]
fn a_value_that_is_too_long_is_refused_and_no_other_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut filed = Filed::on(dir.path()).unwrap();
    let refused = filed.put(&1_u32, &vec![7; 65_536]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    filed.put(&1, &[7; 10]).unwrap();
}

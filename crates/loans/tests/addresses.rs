//! Where borrowers live and work, as a loan book may say it.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; clippy.toml only covers the #[test] functions themselves"
)]

use loans::{FileOptions, LoanFile, read_loans};
use model::loan::FiledAddresses;
use model::{ContractId, Coordinates, LenderId, Timestamp};
use std::io::Cursor;

fn read(text: &str) -> LoanFile {
    let options = FileOptions {
        as_of: Timestamp::parse("2026-11-20T01:00:00+08:00"),
        ..FileOptions::of(LenderId("main".into()))
    };
    read_loans(Cursor::new(text.to_owned()), &options).unwrap()
}

fn filed(file: &LoanFile, contract: &str) -> Option<FiledAddresses> {
    file.filed.get(&ContractId(contract.into())).copied()
}

fn place(lat: f64, lon: f64) -> Option<Coordinates> {
    Coordinates::from_degrees(lat, lon).ok()
}

#[test]
fn home_and_work_are_read_under_chinese_and_english_names() {
    let both = FiledAddresses { home: place(22.5431, 114.0579), work: place(-33.5, 114.1) };
    for header in [
        "home_lat,home_lon,work_lat,work_lon",
        "住址纬度,住址经度,单位纬度,单位经度",
        "Home Latitude,home_lng,公司纬度,公司经度",
    ] {
        let file = read(&format!(
            "contract,plate,due_date,{header}\nC1,粤B12345,,22.5431,114.0579,-33.5,114.1\nC2,粤B12346,,,,22.5,114\nC3,粤B12347,,,,,\n"
        ));
        assert_eq!((file.rejects.as_slice(), file.ignored_columns.as_slice()), (&[][..], &[][..]));
        assert_eq!(filed(&file, "C1"), Some(both), "{header}");
        assert_eq!(filed(&file, "C2"), Some(FiledAddresses { home: None, work: place(22.5, 114.0) }));
        assert_eq!(filed(&file, "C3"), Some(FiledAddresses::default()), "filed no more");
    }
}

#[test]
fn a_file_without_such_columns_says_nothing_of_addresses() {
    let file = read("contract,plate,due_date\nC1,粤B12345,\n");
    assert_eq!((file.loans.len(), file.filed.len()), (1, 0));
}

#[test]
fn an_address_that_is_half_or_nowhere_costs_its_row_and_is_named() {
    for (cells, told) in [
        ("22.5,", "column \"home_lon\": the cell is empty"),
        (",114", "column \"home_lat\": the cell is empty"),
        ("91,114", "column \"home_lat\": \"91\" cannot be used"),
        ("0,0", "0, 0 is no address"),
        ("22°32'N,114", "is not in degrees"),
        ("1e1,114", "is not in degrees"),
    ] {
        let text = format!(
            "contract,plate,due_date,home_lat,home_lon\nC1,粤B12345,,{cells}\nC2,粤B12346,,22.5,114\n"
        );
        let file = read(&text);
        let rejects: Vec<String> = file.rejects.iter().map(ToString::to_string).collect();
        assert!(rejects.len() == 1 && rejects[0].contains(told), "{cells}: {rejects:?}");
        assert_eq!((file.loans.len(), file.filed.len()), (1, 1));
    }
}

#[test]
fn the_addresses_of_a_row_that_is_refused_are_not_taken() {
    let twice = "contract,plate,due_date,home_lat,home_lon\nC1,粤B12345,,22.5,114\nC1,粤B12346,,22.6,114\nC2,粤B12347,,22.5,114\nC3,粤B12348,,,\n";
    let file = read(twice);
    assert_eq!((file.loans.len(), filed(&file, "C1")), (2, None));
}

//! What a bindings file may look like, and what is said of one that may not.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; clippy.toml only covers the #[test] functions themselves"
)]

use encoding_rs::GB18030;
use loans::{BindingFile, BindingOptions, FileError, RejectReason, read_bindings, write_bindings_csv};
use model::input::{Binding, Role};
use model::{TerminalId, Timestamp, VehicleId};
use std::io::Cursor;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn read(bytes: impl AsRef<[u8]>) -> Result<BindingFile, FileError> {
    let options = BindingOptions { from: at("2026-11-01T00:00:00Z"), time_zone: "Asia/Shanghai".into() };
    read_bindings(Cursor::new(bytes), &options)
}

#[test]
fn a_chinese_file_gives_intervals_in_its_zone() {
    let text = "设备号,车架号,车牌号,设备类型,安装日期,拆除时间\n\
        868120240000015,LSVAA4187E2184847,粤B12345,有线,2026-10-01,2026-11-20 12:00\n\
        013912345678,,粤B67890,无线,,\n";
    let expected = [
        Binding {
            terminal: TerminalId::parse("868120240000015").unwrap(),
            vehicle: VehicleId::parse("LSVAA4187E2184847").unwrap(),
            role: Role::Main,
            from: at("2026-09-30T16:00:00Z"),
            to: Some(at("2026-11-20T04:00:00Z")),
        },
        Binding {
            terminal: TerminalId::parse("13912345678").unwrap(),
            vehicle: VehicleId::parse("粤B67890").unwrap(),
            role: Role::Backup,
            from: at("2026-11-01T00:00:00Z"),
            to: None,
        },
    ];
    assert_eq!(read(text).unwrap().bindings, expected);
    let gbk = read(GB18030.encode(text).0).unwrap();
    assert_eq!((gbk.encoding, gbk.bindings.as_slice()), ("GB18030", expected.as_slice()));
}

#[test]
fn a_damaged_terminal_number_is_refused_with_the_cell_named() {
    for (cell, part) in [
        ("8.6812E+14", "is a number that Excel shortened"),
        ("13949004634708", "the leading zero was lost"),
        ("868120240000015.0", "decimal point"),
        ("868120240000015000", "keeps only 15 digits"),
        ("8681;2024", "';'"),
        ("abc", "no terminal is called"),
    ] {
        let file = read(format!("terminal,vehicle\n1001,粤B1\n{cell},粤B2\n1003,粤B3\n")).unwrap();
        assert_eq!(file.bindings.len(), 2);
        let text = file.rejects[0].to_string();
        assert!(text.starts_with(&format!("line 3, column \"terminal\": \"{cell}\" ")), "{text}");
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_column_that_is_missing_is_named_and_what_may_have_been_meant_by_it() {
    for (header, said) in [
        ("terminal,plte", "one of the columns \"vehicle\", \"vin\", \"plate\" is needed, and none is there"),
        ("terminal,plte", "; not understood: plte"),
        ("terminal,role", "also called 车辆, vehicle_id, "),
        ("terminl,plate", "the column \"terminal\" is missing; also called 设备号"),
        ("plate,from", "the column \"terminal\" is missing"),
        ("device_no,car", "no header line found"),
    ] {
        let told = read(format!("{header}\n868120240000015,粤B12345\n")).unwrap_err().to_string();
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn a_terminal_on_two_cars_at_once_costs_both_rows() {
    let file = read(
        "terminal,vehicle,from,to\n1001,A1,2026-01-01,\n1001,A2,2026-06-01,\n1002,A3,2026-01-01,2026-06-01\n\
         1002,A4,2026-06-01,\n1003,A5,,\n",
    )
    .unwrap();
    let rejects = file.rejects.iter().map(|reject| (reject.line, reject.reason.clone())).collect::<Vec<_>>();
    assert_eq!(rejects, [(2, RejectReason::Overlap { line: 3 }), (3, RejectReason::Overlap { line: 2 })]);
    assert_eq!(file.bindings.len(), 3, "one interval may begin when the other ends");
}

#[test]
fn a_long_interval_overlaps_every_one_inside_it() {
    let file = read(
        "terminal,vehicle,from,to\n1001,A1,2026-01-01,2026-12-01\n1001,A2,2026-02-01,2026-03-01\n\
         1001,A3,2026-04-01,2026-05-01\n1002,A4,,\n1003,A5,,\n1004,A6,,\n",
    )
    .unwrap();
    assert_eq!(file.rejects.iter().map(|reject| reject.line).collect::<Vec<_>>(), [2, 3, 4]);
}

#[test]
fn an_interval_that_ends_before_it_starts_is_refused() {
    let file = read("terminal,vehicle,from,to\n1001,A1,2026-06-01,2026-06-01\n1002,A2,,\n").unwrap();
    assert_eq!(file.rejects[0].reason, RejectReason::EndsBeforeStart);
}

#[test]
fn bindings_read_back_as_written() {
    let bindings =
        read("terminal,vehicle,role,to\n1001,A1,从,2027-01-01\n1002,LSVAA4187E2184847,,\n").unwrap().bindings;
    let mut bytes = Vec::new();
    write_bindings_csv(&mut bytes, &bindings).unwrap();
    assert_eq!(read(bytes).unwrap().bindings, bindings);
}

//! What a loan file may look like, and what is said of one that may not.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may panic; clippy.toml only covers the #[test] functions themselves"
)]

use encoding_rs::GB18030;
use loans::{FileError, FileOptions, LoanFile, RejectReason, read_loans, read_text, write_loans_csv};
use model::loan::{ContactState, HoldKind, Holds, Level, Reason, Standing};
use model::{ContractId, Date, DaysPastDue, LenderId, Loan, Timestamp, VehicleId};
use std::io::{self, Cursor, Read, Seek, SeekFrom};

fn options() -> FileOptions {
    FileOptions {
        as_of: Timestamp::parse("2026-11-20T01:00:00+08:00"),
        ..FileOptions::of(LenderId("main".into()))
    }
}

fn read(bytes: impl AsRef<[u8]>) -> Result<LoanFile, FileError> {
    read_loans(Cursor::new(bytes), &options())
}

fn taken(bytes: impl AsRef<[u8]>) -> LoanFile {
    let file = read(bytes).unwrap();
    assert_eq!(file.rejects, [], "no row should be refused");
    file
}

/// One bad row among two good ones: the text of its only reject.
fn refused(header: &str, bad: &str, good: [&str; 2]) -> String {
    let file = read(format!("{header}\n{}\n{bad}\n{}\n", good[0], good[1])).unwrap();
    assert_eq!(file.loans.len(), 2, "the other rows are taken");
    assert!(!file.is_complete(), "a file with a refused row does not hold every contract");
    let [reject] = file.rejects.as_slice() else { panic!("one reject, not {:?}", file.rejects) };
    assert_eq!(reject.line, 3);
    reject.to_string()
}

fn failed(bytes: impl AsRef<[u8]>) -> String {
    read(bytes).unwrap_err().to_string()
}

const ENGLISH: &str = "contract,vin,plate,oldest_unpaid_due,amount_overdue\n\
    C1,LSVAA4187E2184847,粤B12345,2026-11-01,\"1,234.56\"\nC2,,粤B·67890,,0\n";

const CHINESE: &str = include_str!("data/book.csv");

#[test]
fn a_whole_row_is_read_to_the_last_column() {
    let file = taken(CHINESE);
    let day = |text| Date::parse(text);
    let expected = Loan {
        contract: ContractId("HT-2026-0001".into()),
        lender: LenderId("main".into()),
        vehicle: VehicleId::parse("LSVAA4187E2184847").unwrap(),
        plate: VehicleId::parse("粤B12345").ok(),
        oldest_unpaid_due: day("2026-11-01"),
        amount_overdue: 123_456,
        principal_outstanding: 5_000_000,
        time_zone: "Asia/Urumqi".into(),
        risk_grade: Some("B级".into()),
        willingness: Some(Level::Low),
        ability: Some(Level::High),
        reason: Some(Reason::Malicious),
        contact_state: Some(ContactState::Lost),
        actual_user: Some("其弟".into()),
        holds: Holds {
            promise_until: day("2026-11-25"),
            extension_until: None,
            bankruptcy: false,
            dispute: true,
            legal_case: false,
        },
        episodes_12m: 3,
        dpd_max: 45,
        settled_at: None,
        as_of: options().as_of.unwrap(),
    };
    assert_eq!(file.loans[0], expected);
    assert_eq!(file.loans[1].settled_at, Timestamp::parse("2026-11-09T16:00:00Z"));
    assert_eq!(file.ignored_columns, ["客户经理"]);
}

#[test]
fn one_book_reads_the_same_in_every_encoding() {
    let plain = taken(CHINESE);
    let utf_16: Vec<u8> = "\u{feff}"
        .chars()
        .chain(CHINESE.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (bytes, encoding) in [
        (format!("\u{feff}{CHINESE}").into_bytes(), "UTF-8 with BOM"),
        (GB18030.encode(CHINESE).0.into_owned(), "GB18030"),
        (utf_16, "UTF-16LE"),
    ] {
        let file = taken(bytes);
        assert_eq!((file.encoding, &file.loans), (encoding, &plain.loans));
    }
}

#[test]
fn gbk_is_found_by_the_only_chinese_name_in_the_last_row() {
    // 张三 in GBK, after more rows than one read of the source holds.
    let mut bytes = b"contract,vin,plate,oldest_unpaid_due,actual_user\n".to_vec();
    for row in 0..5_000 {
        bytes.extend_from_slice(format!("C{row},,A{row:05},,\n").as_bytes());
    }
    bytes.extend_from_slice(b"C9999,,B99999,,\xD5\xC5\xC8\xFD\n");
    let file = taken(bytes);
    assert_eq!(file.encoding, "GB18030");
    assert_eq!(file.loans.last().unwrap().actual_user.as_deref(), Some("张三"));
}

#[test]
fn one_book_reads_the_same_with_every_separator_and_line_end() {
    let plain = taken(CHINESE);
    for separator in [";", "\t"] {
        let text = CHINESE.replace(',', separator).replace("\"1;234.56\"", "1234.56");
        let text = text.replace("\"1\t234.56\"", "1234.56");
        assert_eq!(taken(&text).loans, plain.loans, "{separator:?}");
    }
    for end in ["\r\n", "\r", "\n\n"] {
        assert_eq!(taken(CHINESE.replace('\n', end)).loans, plain.loans, "{end:?}");
    }
}

#[test]
fn a_reject_names_the_line_an_editor_shows() {
    for end in ["\n", "\r\n", "\r"] {
        let text = [
            "某某公司贷款台账,,,",
            "",
            "contract,plate,oldest_unpaid_due,actual_user",
            "C1,粤B00001,,\"two",
            "lines\"",
            "",
            "C2,粤B00002,03/04/26,\"three",
            "more",
            "lines\"",
            "C3,粤B00003,,",
        ]
        .join(end);
        let file = read(text).unwrap();
        assert_eq!(file.rejects.len(), 1);
        assert_eq!(file.rejects[0].line, 7, "{end:?}");
    }
}

#[test]
fn excel_damage_is_refused_with_the_cell_named() {
    let header = "contract,plate,oldest_unpaid_due,amount_overdue";
    let good = ["C1,粤B00001,,", "C3,粤B00003,,"];
    assert_eq!(
        refused(header, "8.68E+14,粤B00002,,", good),
        "line 3, column \"contract\": \"8.68E+14\" is a number that Excel shortened; \
         format the column as text and export again"
    );
    for (bad, part) in [
        ("123456789012345000,粤B00002,,", "keeps only 15 digits"),
        ("C2,粤B00002,,1.2E+06", "column \"amount_overdue\": \"1.2E+06\" is a number that Excel shortened"),
        ("C2,粤B00002,=TODAY(),", "is a formula"),
        ("C2,粤B00002,03/04/26,", "may be more than one date"),
        ("C2,粤B00002,,\"1.234,5\"", "may be more than one amount"),
        ("C2,粤B00002,,12.345", "more than two decimals"),
        (",粤B00002,,", "column \"contract\": the cell is empty"),
        ("C2,,,", "column \"plate\": the cell is empty"),
        ("C2,粤B00002,,1,7", "the row has 5 cells, the header has 4"),
        ("C2,粤B00002", "the row has 2 cells, the header has 4"),
    ] {
        let text = refused(header, bad, good);
        assert!(text.contains(part), "{bad}: {text}");
    }
}

#[test]
fn a_vin_typed_with_the_letter_o_gets_a_hint() {
    let text = refused(
        "合同号,车架号,应还款日",
        "C2,LSVAA4187E218484O,",
        ["C1,LSVAA4187E2184841,", "C3,LSVAA4187E2184843,"],
    );
    assert!(
        text.starts_with("line 3, contract C2, column \"车架号\": \"LSVAA4187E218484O\" holds the letter O"),
        "{text}"
    );
}

#[test]
fn apostrophes_blanks_full_width_digits_and_day_numbers_are_what_they_mean() {
    let file =
        taken("合同号,车牌号,逾期起始日,逾期金额(元)\n'00123 ,粤B·１２３ ４５,46331,１，２３４．５０ \n");
    let loan = &file.loans[0];
    assert_eq!(loan.contract.0, "00123");
    assert_eq!(loan.vehicle.as_str(), "粤B12345");
    assert_eq!(loan.oldest_unpaid_due, Date::parse("2026-11-05"));
    assert_eq!(loan.amount_overdue, 123_450);
}

#[test]
fn days_past_due_become_a_due_date_in_the_loans_zone() {
    let file = taken("contract,plate,逾期天数,时区\nC1,A1,17,\nC2,A2,0,\nC3,A3,,\nC4,A4,17,America/Lima\n");
    let due = file.loans.iter().map(|loan| loan.oldest_unpaid_due).collect::<Vec<_>>();
    assert_eq!(due, [Date::parse("2026-11-03"), None, None, Date::parse("2026-11-02")]);
}

#[test]
fn days_past_due_beside_a_due_date_are_not_used() {
    let file = taken("contract,plate,应还款日,逾期天数\nC1,A1,2026-11-19,99\n");
    assert_eq!(file.loans[0].oldest_unpaid_due, Date::parse("2026-11-19"));
    assert_eq!(file.ignored_columns, ["逾期天数"]);
}

#[test]
fn a_contract_or_a_running_car_twice_costs_both_rows() {
    let rows = "C1,A1,,\nC2,A2,,\nC1,A3,,\nC4,A2,,\nC5,A5,,\nC6,A6,,\nC7,A7,,\nC8,A7,,2026-01-01\nC9,A9,,\n";
    let file = read(format!("contract,plate,oldest_unpaid_due,settled_at\n{rows}")).unwrap();
    let refused = file.rejects.iter().map(|reject| (reject.line, reject.reason.clone())).collect::<Vec<_>>();
    assert_eq!(
        refused,
        [
            (2, RejectReason::SameContract { line: 4 }),
            (3, RejectReason::SameVehicle { line: 5 }),
            (4, RejectReason::SameContract { line: 2 }),
            (5, RejectReason::SameVehicle { line: 3 }),
        ]
    );
    assert_eq!((file.loans.len(), file.rejected_rows), (5, 4));
}

#[test]
fn two_vins_under_one_plate_name_the_plate() {
    let file = read(
        "contract,vin,plate,oldest_unpaid_due\nC1,LSVAA4187E2184841,A1,\nC2,LSVAA4187E2184842,A1,\n\
         C3,,A3,\nC4,,A4,\n",
    )
    .unwrap();
    assert_eq!(
        file.rejects[0].to_string().split(" is ").next(),
        Some("line 2, contract C1, column \"plate\": \"A1\"")
    );
}

#[test]
fn the_as_of_column_must_say_one_moment() {
    let of = |text: &str| read_loans(Cursor::new(text.to_owned()), &FileOptions::of(LenderId("main".into())));
    let header = "contract,plate,oldest_unpaid_due,数据日期\n";
    let file = of(&format!("{header}C1,A1,,2026-11-20\nC2,A2,,2026/11/20\n")).unwrap();
    assert_eq!(Some(file.as_of), Timestamp::parse("2026-11-19T16:00:00Z"));
    let error = of(&format!("{header}C1,A1,,2026-11-20\nC2,A2,,2026-11-19\n")).unwrap_err();
    assert!(matches!(error, FileError::SeveralAsOf { line: 3, .. }), "{error}");
    let error = of("contract,plate,oldest_unpaid_due\nC1,A1,\n").unwrap_err();
    assert!(error.to_string().contains("--as-of"), "{error}");
}

#[test]
fn rows_of_two_lenders_are_not_one_book() {
    let error = failed("contract,plate,应还款日,资方\nC1,A1,,甲\nC2,A2,,乙\n");
    assert!(error.contains("line 3") && error.contains("split the file by lender"), "{error}");
}

#[test]
fn a_file_of_no_use_says_why_and_what_to_do() {
    for (bytes, part) in [
        (b"".to_vec(), "holds no rows"),
        (b"contract,plate,due_date\n".to_vec(), "holds no rows"),
        (b"PK\x03\x04\x14\x00".to_vec(), "save it as \"CSV UTF-8\""),
        (b"contract,plate,due_date\nC1,A1,\nC\x00,A2,\n".to_vec(), "line 3 holds a NUL"),
        (b"name,phone\nx,1\n".to_vec(), "no header line found"),
        (b"contract,plate\nC1,A1\n".to_vec(), "\"oldest_unpaid_due\", \"days_past_due\" is needed, and none"),
        (b"plate,due_date\nA1,\n".to_vec(), "\"contract\" is missing; also called 合同号"),
        (b"contract,plate,due_date\nC1,A1,\nC2,A".to_vec(), "ends in the middle of the row at line 3"),
        (
            ["合同号,车牌,应还款日\n合同一,粤A1,\n合同二,粤A2,\n".as_bytes(), b"\xE5\xE5,A3,\n"].concat(),
            "line 4 is not valid UTF-8",
        ),
    ] {
        let error = failed(&bytes);
        assert!(error.contains(part), "{}: {error}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_quote_that_never_closes_is_found_without_holding_the_file() {
    let mut text = String::from("contract,plate,due_date\nC1,A1,\nC2,\"A2,\n");
    text.extend(std::iter::repeat_n("C3,A3,\n", 400_000));
    let error = read(text).unwrap_err();
    assert!(matches!(error, FileError::EndlessRow { line: 3, .. }), "{error}");
}

#[test]
fn ten_thousand_columns_are_refused() {
    let header = (0..10_000).map(|n| format!("x{n}")).collect::<Vec<_>>().join(",");
    let error = failed(format!("contract,plate,due_date,{header}\nC1,A1,,\n"));
    assert!(error.contains("10003 columns, the limit is 200"), "{error}");
}

#[test]
fn a_cell_of_five_thousand_bytes_costs_its_row_only() {
    let text = refused(
        "contract,plate,due_date,actual_user",
        &format!("C2,A2,,{}", "x".repeat(5_000)),
        ["C1,A1,,", "C3,A3,,"],
    );
    assert!(text.contains("longer than 4096 bytes") && text.len() < 200, "{text}");
}

#[test]
fn a_file_that_is_mostly_wrong_is_refused_whole() {
    let error = failed("contract,plate,due_date\nC1,A1,03/04/26\nC2,A2,04/04/26\nC3,A3,\n");
    assert!(error.contains("2 of 3 rows are wrong"), "{error}");
    assert!(error.contains("\n  line 2, contract C1, column \"due_date\": \"03/04/26\" may be"), "{error}");
}

#[test]
fn a_book_reads_back_as_written() {
    let mut loans = taken(CHINESE).loans;
    loans[0].actual_user = Some("=HYPERLINK(\"x\")".into());
    loans[0].risk_grade = Some("'quoted".into());
    loans[0].reason = Some(Reason::LegalCase);
    let mut bytes = Vec::new();
    write_loans_csv(&mut bytes, &loans).unwrap();
    assert!(bytes.starts_with("\u{feff}contract,vin,".as_bytes()));
    assert!(String::from_utf8_lossy(&bytes).contains(",\"'=HYPERLINK(\"\"x\"\")\","), "no formula leaves us");
    let file = read_loans(Cursor::new(bytes), &FileOptions::of(LenderId("main".into()))).unwrap();
    assert_eq!((file.loans, file.rejects), (loans, vec![]));
}

#[test]
fn a_row_whose_reason_is_bankruptcy_or_a_legal_case_is_held_without_a_column_for_it() {
    let rows =
        "合同号,车牌号,最早未还日,原因\nC1,A1,2026-11-01,破产\nC2,A2,2026-11-01,涉案\nC3,A3,2026-11-01,\n";
    let loans = taken(rows).loans;
    let at = options().as_of.unwrap();
    let standings: Vec<Standing> = loans.iter().map(|loan| loan.standing(at)).collect();
    let held = [HoldKind::Bankruptcy, HoldKind::LegalCase].map(Standing::Held);
    assert_eq!(standings, [&held[..], &[Standing::Overdue(DaysPastDue(19))]].concat());
}

#[test]
fn plain_english_is_enough() {
    let file = taken(ENGLISH);
    assert_eq!((file.encoding, file.delimiter, file.loans.len()), ("UTF-8", ',', 2));
    assert!(file.is_complete());
    assert_eq!(file.loans[1].vehicle.as_str(), "粤B67890");
}

#[test]
fn title_lines_a_separator_line_and_line_breaks_in_the_header_do_not_hide_it() {
    for above in ["sep=;\n", "某某公司;2026年11月;;\n\n", "\u{feff}"] {
        let text = format!("{above}合同号;车牌号;\"应还\n款日\";\"逾期\n金额\"\nC1;粤B12345;2026-11-01;5\n");
        let file = taken(&text);
        assert_eq!((file.delimiter, file.loans[0].amount_overdue), (';', 500), "{above:?}");
    }
}

#[test]
fn a_file_beyond_the_limit_is_refused_before_it_is_read() {
    struct Huge;
    impl Read for Huge {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("not to be read")
        }
    }
    impl Seek for Huge {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok((1 << 30) + 1)
        }
    }
    let error = read_loans(Huge, &options()).unwrap_err();
    assert!(matches!(error, FileError::TooManyBytes { bytes: 1_073_741_825, .. }), "{error}");
}

#[test]
fn a_time_zone_is_an_iana_name_in_a_row_and_for_the_file() {
    let text = refused("contract,plate,due_date,时区", "C2,A2,,CST", ["C1,A1,,Asia/Shanghai", "C3,A3,,"]);
    assert!(text.contains("column \"时区\": \"CST\" is not an IANA time zone"), "{text}");
    let options = FileOptions { time_zone: "Beijing".into(), ..options() };
    let error = read_loans(Cursor::new(ENGLISH), &options).unwrap_err();
    assert!(matches!(error, FileError::UnknownZone { .. }), "{error}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_column_name() {
    let file = read("\u{feff}\"contract\",plate,due_date\nC1,A1,\n,A2,\n").unwrap();
    assert_eq!(file.rejects[0].column, "contract");
}

#[test]
fn any_table_of_an_office_gives_its_text_however_long_it_is() {
    let text = format!("id;name\r\n{}", "p;典当行\r\n".repeat(200_000));
    let (bytes, _, _) = GB18030.encode(&text);
    let read = read_text(Cursor::new(bytes)).unwrap();
    assert_eq!(read.len(), text.replace("\r\n", "\n").len());
    assert!(read.ends_with("p;典当行\n"));
    assert!(matches!(read_text(Cursor::new(b"PK\x03\x04")), Err(FileError::Workbook)));
}

//! In which time zone people read and write times of a vehicle: its loan's, or where no loan says one, that of a bare loan.
//!
//! Shape: a vehicle or contract → [`Local`]. Programs get UTC in any case; what is shown in a zone names its offset, and can be
//! pasted where a time is read. Errors: none; an unknown zone reads as UTC.

use crate::cli::Moment;
use crate::config::Config;
use crate::listing::Output;
use crate::site::Site;
use anyhow::Result;
use jiff::tz::{Offset, TimeZone};
use model::{ContractId, Timestamp, VehicleId};
use rules::RuleSet;
use store::LoanRow;

/// A zone.
#[derive(Debug, Clone)]
pub(crate) struct Local(TimeZone);

impl Local {
    /// By its IANA name.
    pub(crate) fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// Where no loan says one.
    pub(crate) fn usual() -> Self {
        Self::named(ZONE)
    }

    /// Of a loan.
    pub(crate) fn of(row: &LoanRow) -> Self {
        Self(row.loan.zone().clone())
    }

    /// Of a vehicle, by the loan that counts of those that a book has.
    pub(crate) fn of_vehicle(
        loans: &[LoanRow],
        vehicle: VehicleId,
        rule_set: &RuleSet,
        now: Timestamp,
    ) -> Self {
        let ours = loans.iter().filter(|row| row.vehicle == vehicle && row.in_book);
        watch::loan_that_counts(ours, rule_set, now).map_or_else(Self::usual, Self::of)
    }

    /// In which a time about a contract was written. Said to whoever wrote it without one.
    pub(crate) async fn of_written(
        config: &Config,
        contract: &ContractId,
        written: Option<Moment>,
    ) -> Result<Self> {
        if !written.is_some_and(Moment::needs_zone) {
            return Ok(Self::usual());
        }
        // A store that is down knows no loan; the event is recorded all the same.
        let Ok(site) = Site::open(config).await else { return Ok(Self::usual()) };
        let row = site.store.loan(contract).await;
        site.close().await;
        Ok(row?.as_ref().map_or_else(Self::usual, Self::of))
    }

    /// The instant that was written.
    pub(crate) fn read(&self, written: Moment, now: Timestamp) -> Timestamp {
        written.in_zone(now, &self.0)
    }

    /// Says as which instant a time was read that names no zone.
    pub(crate) fn echo(&self, written: Option<Moment>, at: Timestamp) {
        if written.is_some_and(Moment::needs_zone) {
            eprintln!("read as {} ({})", self.say(at), self.name());
        }
    }

    /// `2026-11-24 21:00:00+08:00`.
    pub(crate) fn say(&self, at: Timestamp) -> String {
        match jiff::Timestamp::from_millisecond(at.ms()) {
            Ok(instant) => format!("{}{}", self.civil(at, "%F %H:%M:%S"), offset(self.0.to_offset(instant))),
            Err(_) => at.to_string(),
        }
    }

    /// A sentence in which times are in UTC, with them in the zone.
    pub(crate) fn say_again(&self, sentence: &str) -> String {
        let told = sentence.split(' ').map(|word| {
            let bare = word.trim_end_matches([',', ';', ':', ')', '.']);
            let mark = word.get(bare.len()..).unwrap_or_default();
            Timestamp::parse(bare).map_or_else(|| word.to_owned(), |at| format!("{}{mark}", self.say(at)))
        });
        told.collect::<Vec<_>>().join(" ")
    }

    /// For people in the zone, for programs in UTC.
    pub(crate) fn say_in(&self, output: Output, at: Timestamp) -> String {
        if output == Output::Table { self.say(at) } else { at.to_string() }
    }

    /// In any form, without the zone.
    pub(crate) fn civil(&self, at: Timestamp, form: &str) -> String {
        match jiff::Timestamp::from_millisecond(at.ms()) {
            Ok(instant) => self.0.to_datetime(instant).strftime(form).to_string(),
            Err(_) => at.to_string(),
        }
    }

    /// Its IANA name.
    pub(crate) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    pub(crate) const fn zone(&self) -> &TimeZone {
        &self.0
    }
}

/// `+08:00`; zones of today have whole minutes.
fn offset(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Of a vehicle without a loan, as the importers have it.
const ZONE: &str = "Asia/Shanghai";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::moment;
    use model::{Date, LenderId, Loan};
    use store::LoanNotes;

    #[test]
    fn a_vehicle_with_two_loans_has_the_zone_of_the_one_that_counts_in_whatever_order_they_come() {
        let (vehicle, now) =
            (VehicleId::parse("粤B12345").unwrap(), Timestamp::parse("2026-11-20T04:00:00Z").unwrap());
        let row = |contract: &str, zone: &str, due: &str| {
            let bare = Loan::bare(ContractId(contract.into()), LenderId("main".into()), vehicle, now);
            let loan = Loan { time_zone: zone.into(), oldest_unpaid_due: Date::parse(due), ..bare };
            let notes = LoanNotes { stated_at: now, ..LoanNotes::default() };
            LoanRow { loan, vehicle, in_book: true, paid_at: None, notes }
        };
        let current = row("C1", "Asia/Tokyo", "2026-12-20");
        let overdue = row("C2", "Asia/Urumqi", "2026-11-01");
        let gone = LoanRow { in_book: false, ..row("C3", "Europe/Paris", "2026-01-01") };
        let zone =
            |loans: &[LoanRow]| Local::of_vehicle(loans, vehicle, &RuleSet::default(), now).name().to_owned();
        assert_eq!(zone(&[current.clone(), overdue.clone(), gone.clone()]), "Asia/Urumqi");
        assert_eq!(zone(&[gone.clone(), overdue, current]), "Asia/Urumqi");
        assert_eq!(zone(&[gone]), "Asia/Shanghai", "no book has it");
    }

    #[test]
    fn what_is_shown_of_a_time_is_read_as_the_same_time_anywhere() {
        let (local, now) = (Local::usual(), Timestamp::from_ms(0));
        let at = Timestamp::parse("2026-11-24T13:00:00Z").unwrap();
        assert_eq!(local.say(at), "2026-11-24 21:00:00+08:00");
        assert_eq!(Local::named("America/St_Johns").say(at), "2026-11-24 09:30:00-03:30");
        assert_eq!(local.say_in(Output::Csv, at), "2026-11-24T13:00:00Z");
        for (zone, text) in [
            ("UTC", "2026-11-24 21:00:00+08:00"),
            ("Asia/Shanghai", "2026-11-24 21:00"),
            ("UTC", "2026-11-24 13:00"),
        ] {
            assert_eq!(Local::named(zone).read(moment(text).unwrap(), now), at, "{text} in {zone}");
        }
    }

    #[test]
    fn a_sentence_is_said_again_with_its_times_in_the_zone_and_nothing_else_changed() {
        let said = Local::usual().say_again(
            "left at 2026-11-27T13:28:12Z, 375 m away; since 2026-11-27T13:28:42.789Z: 2026-11-27",
        );
        let expected =
            "left at 2026-11-27 21:28:12+08:00, 375 m away; since 2026-11-27 21:28:42+08:00: 2026-11-27";
        assert_eq!(said, expected);
    }
}

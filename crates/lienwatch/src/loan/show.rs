//! `lienwatch loan show`: one loan with its standing, what the policy says of it, and what was done about it.

use super::hints::Hint;
use crate::alerts::place;
use crate::cli::ShowLoan;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::Site;
use crate::zone::Local;
use model::input::LoanEvent;
use model::loan::{Bucket, Course, Dealings, FiledAddresses, Quadrant, Standing, Tier};
use model::unit::counted;
use model::{ContractId, Coordinates, Date, DaysPastDue, Loan, Timestamp, VehicleId};
use serde::{Serialize, Serializer};
use serde_json::json;
use store::{LoanEventRow, LoanRow};
use watch::Stated;
use words::en::known_money;

/// Shows a loan. Visits say where its car was: the reading leaves an audit line.
pub(super) async fn show(config: &Config, args: ShowLoan) -> anyhow::Result<Exit> {
    let site = Site::open(config).await?;
    site.catch_up().await?;
    let contract = ContractId(args.contract.trim().to_owned());
    let subject = format!("loan {contract}");
    site.witness(subject.clone(), args.why.purpose).await?;
    let now = site.journal.clock().now();
    let row = site.store.loan(&contract).await?.ok_or_else(|| {
        let message = format!("no loan book has contract {contract}");
        Failure::error(Exit::NotFound, message)
    });
    site.tell_of_failure(&subject, row.as_ref().err()).await;
    let row = row?;
    let rule_set = site.rule_set().await?;
    let stated = Stated::of(&row, &rule_set, now);
    let (course, tier) = if stated.shows_debt() {
        let bounds = rule_set.tier_bounds(&row.loan);
        let tier = Tier::of(&row.loan, row.notes.stated_at, &row.notes.dealings, bounds, now);
        (rule_set.course(&row.loan), tier)
    } else {
        (None, None)
    };
    let events = site.store.loan_events(&contract).await?;
    let hints = watch::hints(&site.store, &row, now, |_| true).await?.into_iter().map(Hint::from).collect();
    site.close().await;
    let local = Local::of(&row);
    let shown = Shown { tier, course, hints, ..Shown::of(row, stated, events) };
    match args.output {
        Output::Table => listing::line(&shown.in_words(&local))?,
        Output::Json | Output::Ndjson | Output::Csv => listing::json(&serde_json::to_string_pretty(&shown)?)?,
    }
    Ok(Exit::Ok)
}

/// All that is known of a loan.
#[derive(Debug, Serialize)]
struct Shown {
    contract: ContractId,
    vehicle: VehicleId,
    in_book: bool,
    /// False: its book is stale, and states neither standing nor debt.
    fresh: bool,
    stated_at: Timestamp,
    standing: Option<Standing>,
    #[serde(skip)]
    stated: Stated,
    bucket: Option<Bucket>,
    tier: Option<Tier>,
    quadrant: Option<Quadrant>,
    course: Option<Course>,
    paid_at: Option<Timestamp>,
    debit_failed_at: Option<Timestamp>,
    reminded_due: Option<Date>,
    dealings: Dealings,
    /// Where the borrower lives and works by the lender's files.
    #[serde(serialize_with = "in_degrees")]
    filed: FiledAddresses,
    /// What may say that somebody else uses the car.
    hints: Vec<Hint>,
    /// As the book has it, without the debt where that may not be said.
    loan: serde_json::Value,
    #[serde(skip)]
    row: Loan,
    events: Vec<Told>,
}

#[derive(Debug, Serialize)]
struct Told {
    at: Timestamp,
    by: String,
    event: &'static str,
    what: String,
    lat: Option<f64>,
    lon: Option<f64>,
}

impl Shown {
    fn of(row: LoanRow, stated: Stated, events: Vec<LoanEventRow>) -> Self {
        let bucket = stated.standing().and_then(Bucket::of_standing);
        let quadrant = Quadrant::of(&row.loan);
        Self {
            contract: row.loan.contract.clone(),
            vehicle: row.vehicle,
            in_book: row.in_book,
            fresh: stated != Stated::Stale,
            stated_at: row.notes.stated_at,
            standing: stated.standing(),
            stated,
            bucket,
            tier: None,
            quadrant,
            course: None,
            paid_at: row.paid_at,
            debit_failed_at: row.notes.debit_failed_at,
            reminded_due: row.notes.reminded_due,
            dealings: row.notes.dealings,
            filed: row.notes.filed,
            hints: Vec::new(),
            loan: said(&row.loan, stated),
            row: row.loan,
            events: events.into_iter().map(Told::of).collect(),
        }
    }

    fn in_words(&self, local: &Local) -> String {
        let loan = &self.row;
        let shows_debt = self.stated.shows_debt();
        let named = loan.plate.map(|plate| format!(", plate {plate}")).unwrap_or_default();
        let known = [
            Some(format!("contract   {} of {}, vehicle {}{named}", self.contract, loan.lender, self.vehicle)),
            Some(format!("standing   {}, as of {}", self.stated.in_words(), local.say(self.stated_at))),
            self.bucket.map(|bucket| format!("bucket     {bucket}")),
            self.tier.map(|tier| format!("tier       {tier}")),
            self.quadrant.map(|quadrant| {
                let course = self.course.map(|course| format!(": {course}")).unwrap_or_default();
                format!("quadrant   {quadrant}{course}")
            }),
            loan.oldest_unpaid_due
                .filter(|_| shows_debt)
                .map(|due| format!("due        {due}, oldest instalment that is not paid")),
            (shows_debt && loan.as_of > self.stated_at).then(|| {
                format!(
                    "           by a payment or a newer row of {}, which stands against the book",
                    local.say(loan.as_of)
                )
            }),
            shows_debt.then(|| {
                let overdue = loan.known_overdue(days_of(self.stated.standing()));
                format!(
                    "owed       overdue {}, principal {}",
                    known_money(overdue),
                    known_money(loan.known_principal())
                )
            }),
            Some(format!("held by    {}", super::held_by(loan))),
            loan.reason.map(|reason| format!("reason     {reason}")),
            loan.contact_state.map(|state| format!("contact    {state}, by the book")),
            loan.actual_user.as_ref().map(|user| format!("driven by  {user} (actual user)")),
            loan.risk_grade.as_ref().map(|grade| format!("grade      {grade}")),
            Some(format!(
                "history    {} in 12 months, at most {}",
                counted(loan.episodes_12m, "episode"),
                counted(loan.dpd_max, "day")
            )),
            self.paid_at.map(|at| format!("paid       {}", local.say(at))),
            self.debit_failed_at.map(|at| format!("debit      failed {}", local.say(at))),
            self.dealings.sms_failed_at().map(|at| format!("SMS        not delivered {}", local.say(at))),
            self.dealings.reached_at.map(|at| format!("reached    {}", local.say(at))),
            self.dealings.lost_at.map(|at| format!("lost       contact, by staff {}", local.say(at))),
            self.dealings
                .attention
                .as_ref()
                .map(|attention| format!("attention  {}, until {}", attention.reason, attention.until)),
            self.filed.home.map(|home| format!("home       {} (filed)", place(home))),
            self.filed.work.map(|work| format!("work       {} (filed)", place(work))),
        ];
        let hints = self.hints.iter().map(|hint| {
            let alert = hint.alert.as_ref().map(|alert| format!(" (alert {alert})")).unwrap_or_default();
            format!("hint       {}  {}: {}{alert}", local.say(hint.since), hint.code, hint.what)
        });
        let events = self.events.iter().map(|told| {
            let place = told.lat.zip(told.lon);
            let place = place.map(|(lat, lon)| format!("  at {lat:.5},{lon:.5}")).unwrap_or_default();
            format!("{}  {}  {}  by {}{place}", local.say(told.at), told.event, told.what, told.by)
        });
        let lines: Vec<String> = known.into_iter().flatten().chain(hints).chain(events).collect();
        lines.join("\n")
    }
}

/// Places as programs read them everywhere.
fn in_degrees<S: Serializer>(filed: &FiledAddresses, serializer: S) -> Result<S::Ok, S::Error> {
    let said = |place: Option<Coordinates>| place.map(|at| json!({ "lat": at.lat(), "lon": at.lon() }));
    json!({ "home": said(filed.home), "work": said(filed.work) }).serialize(serializer)
}

/// A loan for programs.
fn said(loan: &Loan, stated: Stated) -> serde_json::Value {
    let mut said = serde_json::to_value(loan).unwrap_or_default();
    let Some(members) = said.as_object_mut() else { return said };
    if stated.shows_debt() {
        state_sums(members, loan, stated.standing());
    } else {
        members.retain(|key, _| !DEBT.contains(&key.as_str()));
    }
    said
}

/// A sum that no book stated is null, and not nothing.
pub(crate) fn state_sums(
    members: &mut serde_json::Map<String, serde_json::Value>,
    loan: &Loan,
    standing: Option<Standing>,
) {
    members.insert("amount_overdue".to_owned(), json!(loan.known_overdue(days_of(standing))));
    members.insert("principal_outstanding".to_owned(), json!(loan.known_principal()));
}

const fn days_of(standing: Option<Standing>) -> DaysPastDue {
    match standing {
        Some(Standing::Overdue(days)) => days,
        Some(Standing::Settled | Standing::Held(_) | Standing::Current) | None => DaysPastDue(0),
    }
}

impl Told {
    fn of(row: LoanEventRow) -> Self {
        let place = match &row.told.event {
            LoanEvent::Visit { place, .. } => *place,
            _ => None,
        };
        Self {
            at: row.told.at,
            by: row.actor,
            event: row.told.event.code(),
            what: in_words(&row.told.event),
            lat: place.map(Coordinates::lat),
            lon: place.map(Coordinates::lon),
        }
    }
}

fn in_words(event: &LoanEvent) -> String {
    let noted = |note: &Option<String>| note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    match event {
        LoanEvent::Payment { amount: Some(amount) } => super::money(*amount),
        LoanEvent::Payment { amount: None } => "all that was overdue".to_owned(),
        LoanEvent::DebitFailed | LoanEvent::Settled => String::new(),
        LoanEvent::Promise { until } => format!("until {until}"),
        LoanEvent::Hold { holds } => super::named(holds),
        LoanEvent::SmsDelivery { delivered } => {
            if *delivered { "delivered" } else { "not delivered" }.to_owned()
        }
        LoanEvent::Contacted { channel, result, note } => format!("{channel} {result}{}", noted(note)),
        LoanEvent::Visit { result, note, .. } => format!("{result}{}", noted(note)),
        LoanEvent::Attention { attention: Some(attention) } => {
            format!("{}, until {}", attention.reason, attention.until)
        }
        LoanEvent::Attention { attention: None } => "lifted".to_owned(),
        LoanEvent::RecoveryCase { open: false, .. } => "closed".to_owned(),
        LoanEvent::RecoveryCase { basis: Some(basis), .. } => format!("open, by {basis}"),
        LoanEvent::RecoveryCase { basis: None, .. } => "open, without a legal basis".to_owned(),
        LoanEvent::AddressesFiled { addresses: FiledAddresses { home, work } } => {
            let said = |filed: &Option<Coordinates>| filed.map_or_else(|| "not filed".to_owned(), place);
            format!("home {}, work {}", said(home), said(work))
        }
    }
}

/// What a book states of a debt.
pub(crate) const DEBT: [&str; 3] = ["oldest_unpaid_due", "amount_overdue", "principal_outstanding"];

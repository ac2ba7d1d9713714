//! A loan, as it may be said now.
//!
//! Shape: the store's row, the rule set and the time in, [`LoanRowView`] or [`LoanDetail`] out. Units: money in the smallest unit, days
//! in the loan's own zone. What a stale book or a hold forbids to say is null. Errors: those of the store.

use super::hints::{Hint, hints};
use crate::alerts::HoldView;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use crate::text::Text;
use crate::vehicles::row::names;
use model::input::LoanEvent;
use model::loan::{Bucket, ContactState, Course, HoldKind, Level, Quadrant, Reason, Standing, Tier};
use model::{Date, DaysPastDue, Timestamp};
use rules::RuleSet;
use serde::Serialize;
use store::{LoanEventRow, LoanRow};
use utoipa::ToSchema;
use watch::Stated;

/// By which rules, and when.
#[derive(Clone, Copy)]
pub(super) struct Sayer<'a> {
    pub(super) rule_set: &'a RuleSet,
    pub(super) now: Timestamp,
}

/// A loan of a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct LoanRowView {
    pub(super) contract: String,
    pub(super) lender: String,
    /// The vehicle's id.
    vehicle: String,
    plate: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    oldest_unpaid_due: Option<Date>,
    days_past_due: Option<u16>,
    pub(super) bucket: Option<&'static str>,
    amount_overdue: Option<i64>,
    principal_outstanding: Option<i64>,
    /// What may be said of it.
    standing: Text,
    /// The hold in force.
    pub(super) hold: Option<&'static str>,
    #[schema(value_type = Option<String>, format = DateTime)]
    settled_at: Option<Timestamp>,
    /// As of when the row speaks; a payment since its book makes it younger.
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    /// As of when a book last stated this contract.
    #[schema(value_type = String, format = DateTime)]
    book_as_of: Timestamp,
    /// The book is fresh enough to state it.
    fresh: bool,
    /// The newest complete book has it.
    in_book: bool,
}

/// A loan with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct LoanDetail {
    #[serde(flatten)]
    row: LoanRowView,
    time_zone: String,
    risk_grade: Option<String>,
    willingness: Option<&'static str>,
    ability: Option<&'static str>,
    quadrant: Option<&'static str>,
    /// What the lender's policy says of it.
    course: Option<Text>,
    tier: Option<&'static str>,
    reason: Option<&'static str>,
    reason_name: Option<Text>,
    /// By the book.
    contact_state: Option<&'static str>,
    /// Who really drives; for who works alerts only.
    actual_user: Option<String>,
    episodes_12m: u16,
    dpd_max: u16,
    holds: Vec<HoldView>,
    attention: Option<AttentionView>,
    recovery_case: Option<CaseView>,
    #[schema(value_type = Option<String>, format = DateTime)]
    paid_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    debit_failed_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    reached_at: Option<Timestamp>,
    events: Vec<EventView>,
    /// What may say that somebody else uses the car: facts, no judgement.
    hints: Vec<Hint>,
}

/// Something that asks for a closer watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct AttentionView {
    reason: String,
    #[schema(value_type = String, format = Date)]
    until: Date,
}

/// An open recovery case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct CaseView {
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    basis: Option<&'static str>,
}

/// Something that happened between two books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct EventView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    actor: String,
    event: &'static str,
    text: Text,
    note: Option<String>,
}

impl Sayer<'_> {
    /// The row of a list.
    pub(super) fn row(&self, row: &LoanRow) -> LoanRowView {
        let (loan, stated) = (&row.loan, Stated::of(row, self.rule_set, self.now));
        let days = match stated.standing() {
            Some(Standing::Overdue(days)) => Some(days),
            Some(Standing::Current) => Some(DaysPastDue(0)),
            Some(Standing::Settled | Standing::Held(_)) | None => None,
        };
        let debt = stated.shows_debt();
        let plate = loan.plate.or(names(row.vehicle, None).0).map(|plate| plate.to_string());
        LoanRowView {
            contract: loan.contract.0.clone(),
            lender: loan.lender.0.clone(),
            vehicle: row.vehicle.to_string(),
            plate,
            oldest_unpaid_due: loan.oldest_unpaid_due.filter(|_| debt),
            days_past_due: days.map(|days| days.0),
            bucket: days.map(Bucket::of).map(Bucket::as_str),
            amount_overdue: days.filter(|_| debt).and_then(|days| loan.known_overdue(days)),
            principal_outstanding: loan.known_principal().filter(|_| debt),
            standing: standing(stated),
            hold: hold_of(stated).map(HoldKind::as_str),
            settled_at: loan.settled_at,
            as_of: loan.as_of,
            book_as_of: row.notes.stated_at,
            fresh: self.rule_set.is_fresh(&loan.lender, row.notes.stated_at, self.now),
            in_book: row.in_book,
        }
    }

    /// With all that is known of it.
    pub(super) async fn detail(
        &self,
        desk: &Desk,
        caller: &Caller,
        row: LoanRow,
    ) -> Result<LoanDetail, Problem> {
        let store = desk.store()?;
        let events = store.loan_events(&row.loan.contract).await?;
        let hints = hints(&store, caller, &row, self.now).await?;
        let stated = Stated::of(&row, self.rule_set, self.now);
        let (course, tier) = if stated.shows_debt() { self.policy(&row) } else { (None, None) };
        let view = self.row(&row);
        let LoanRow { loan, notes, paid_at, .. } = row;
        let attention = notes.dealings.attention.clone();
        Ok(LoanDetail {
            row: view,
            quadrant: Quadrant::of(&loan).map(Quadrant::as_str),
            course: course.map(|course| words::course(course).into()),
            tier: tier.map(Tier::as_str),
            time_zone: loan.time_zone.to_string(),
            risk_grade: loan.risk_grade,
            willingness: loan.willingness.map(Level::as_str),
            ability: loan.ability.map(Level::as_str),
            reason: loan.reason.map(Reason::as_str),
            reason_name: loan.reason.map(|reason| words::reason(reason).into()),
            contact_state: loan.contact_state.map(ContactState::as_str),
            actual_user: loan.actual_user,
            episodes_12m: loan.episodes_12m,
            dpd_max: loan.dpd_max,
            holds: HoldView::all(&loan.holds),
            attention: attention
                .map(|attention| AttentionView { reason: attention.reason, until: attention.until }),
            recovery_case: notes.recovery_case.map(|case| CaseView {
                opened_at: case.opened_at,
                basis: case.basis.map(model::LegalBasis::as_str),
            }),
            paid_at,
            debit_failed_at: notes.debit_failed_at,
            reached_at: notes.dealings.reached_at,
            events: events.into_iter().map(EventView::of).collect(),
            hints,
        })
    }

    fn policy(&self, row: &LoanRow) -> (Option<Course>, Option<Tier>) {
        let bounds = self.rule_set.tier_bounds(&row.loan);
        let tier = Tier::of(&row.loan, row.notes.stated_at, &row.notes.dealings, bounds, self.now);
        (self.rule_set.course(&row.loan), tier)
    }
}

const fn hold_of(stated: Stated) -> Option<HoldKind> {
    match stated {
        Stated::Standing(Standing::Held(hold)) => Some(hold),
        _ => None,
    }
}

fn standing(stated: Stated) -> Text {
    match stated {
        Stated::Standing(standing) => words::standing(standing).into(),
        Stated::Absent => {
            Text { zh: "贷款文件中已无此合同".into(), en: "no longer in the loan book".into() }
        }
        Stated::Stale => Text {
            zh: "不作陈述：贷款文件已过期".into(),
            en: "not stated: the loan file is stale".into(),
        },
    }
}

impl EventView {
    fn of(LoanEventRow { actor, told, .. }: LoanEventRow) -> Self {
        let text = words::loan_event(&told.event).into();
        let note = match &told.event {
            LoanEvent::Contacted { note, .. } | LoanEvent::Visit { note, .. } => note.clone(),
            LoanEvent::Attention { attention } => {
                attention.as_ref().map(|attention| attention.reason.clone())
            }
            _ => None,
        };
        Self { at: told.at, actor, event: told.event.code(), text, note }
    }
}

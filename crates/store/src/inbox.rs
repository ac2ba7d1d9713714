//! Alerts as the inbox lists them: by tab, in pages, within what somebody may see.
//!
//! Shape: an [`InboxQuery`] in, [`InboxRow`]s out, in the order of their [`InboxKey`]s: the gravest first, of these the newest; what
//! has ended, the newest first. A snooze is compared with the time that the caller gives. Units: UTC milliseconds. Errors:
//! [`StoreError`]. Source: `ux.md` §4 (alert inbox), §5 (keyset).

use crate::backend::with_reader;
use crate::scope::{Records, scoped, sees};
use crate::vehicles::patterns;
use crate::{Store, StoreError};
use model::alert::{AlertEvent, Owner};
use model::staff::{Scope, plate_of};
use model::{Alert, AlertId, Millis, Rule, Seq, Severity, Timestamp, UserId, VehicleId};

/// `selected!("rest")` expands to the one text that reads alerts as they are listed: the columns, and the rest. Who has an alert is
/// known by id where it was given to somebody, by login name where somebody acknowledged it. Alerts of 30 days before (2,592,000,000
/// ms) count as the same again.
macro_rules! selected {
    ($($rest:expr),+) => {
        concat!(
            "SELECT a.body, a.seq, v.alias, u.id, u.display_name, \
             (SELECT COUNT(*) FROM alert_history h WHERE h.alert = a.id AND h.action = 'noted'), \
             (SELECT COUNT(*) FROM alerts r WHERE r.about = a.about AND r.rule = a.rule AND r.opened_ms < a.opened_ms \
                AND r.opened_ms >= a.opened_ms - 2592000000) \
             FROM alerts a LEFT JOIN vehicles v ON v.vehicle = a.about \
             LEFT JOIN users u ON u.id = a.owner OR u.name = a.owner ",
            $($rest),+
        )
    };
}

/// `listed!("condition", "order")` expands to the one text of a page: the filters that every tab shares, the tab's own condition,
/// its order, and the limit.
macro_rules! listed {
    ($tab:literal, $order:literal) => {
        scoped!(selected!(
            "WHERE ($3 = '' OR a.severity = $3) AND ($4 = '' OR a.rule = $4) AND ($5 = '' OR a.about = $5) \
             AND ($6 = '' OR a.about LIKE $6 ESCAPE '!' OR v.alias LIKE $6 ESCAPE '!' \
                OR UPPER(a.contract) LIKE $7 ESCAPE '!' OR UPPER(a.id) LIKE $7 ESCAPE '!') AND ($12 = '' OR EXISTS \
                (SELECT 1 FROM team_members m WHERE m.team = $12 AND m.user_id = u.id)) AND ",
            sees!("a.lender", "a.about"),
            " AND ",
            $tab,
            " ",
            $order,
            " LIMIT $11"
        ))
    };
}

const LIVE: &str = listed!(
    "($8 = '' OR a.severity > $8 OR (a.severity = $8 AND (a.opened_ms < $9 OR (a.opened_ms = $9 AND a.id > $10)))) \
     AND a.state IN ('unconfirmed', 'open', 'acknowledged') AND (($13 = 'snoozed' AND a.snoozed_ms > $14) \
        OR ($13 <> 'snoozed' AND (a.snoozed_ms IS NULL OR a.snoozed_ms <= $14) AND ($13 = 'open' \
            OR ($13 = 'mine' AND a.owner IN ($15, $16)) OR ($13 = 'unassigned' AND a.owner IS NULL))))",
    "ORDER BY a.severity, a.opened_ms DESC, a.id"
);

/// What waits for a verdict: what is live, and what has ended since a time.
const VERDICT: &str = listed!(
    "($8 = '' OR a.severity > $8 OR (a.severity = $8 AND (a.opened_ms < $9 OR (a.opened_ms = $9 AND a.id > $10)))) \
     AND a.waits = 1 AND (a.state <> 'closed' OR a.opened_ms >= $13)",
    "ORDER BY a.severity, a.opened_ms DESC, a.id"
);

const ENDED: &str = listed!(
    "($8 = '' OR a.opened_ms < $9 OR (a.opened_ms = $9 AND a.id > $10)) AND a.state IN ('closed', 'withdrawn')",
    "ORDER BY a.opened_ms DESC, a.id"
);

const ONE: &str = selected!("WHERE a.id = $1");

const CHANGED: &str = selected!("WHERE a.seq > $1 ORDER BY a.seq, a.id LIMIT $2");

/// A snooze that ended in a span of time: nothing changed, and the alert is in the way again.
const WOKEN: &str = selected!(
    "WHERE a.state IN ('unconfirmed', 'open', 'acknowledged') AND a.snoozed_ms > $1 AND a.snoozed_ms <= $2 \
     ORDER BY a.snoozed_ms, a.id LIMIT $3"
);

const COUNTS: &str = scoped!(
    "SELECT COUNT(CASE WHEN state IN ('unconfirmed', 'open', 'acknowledged') AND (snoozed_ms IS NULL OR snoozed_ms <= $3) THEN 1 END), \
    COUNT(CASE WHEN state IN ('unconfirmed', 'open', 'acknowledged') AND (snoozed_ms IS NULL OR snoozed_ms <= $3) \
        AND owner IN ($4, $5) THEN 1 END), \
    COUNT(CASE WHEN state IN ('unconfirmed', 'open', 'acknowledged') AND (snoozed_ms IS NULL OR snoozed_ms <= $3) \
        AND owner IS NULL THEN 1 END), \
    COUNT(CASE WHEN state IN ('unconfirmed', 'open', 'acknowledged') AND snoozed_ms > $3 THEN 1 END), \
    COUNT(CASE WHEN waits = 1 AND (state <> 'closed' OR opened_ms >= $6) THEN 1 END), \
    COUNT(CASE WHEN state = 'open' AND severity = 'P1' THEN 1 END), \
    MIN(CASE WHEN state = 'open' AND severity IN ('P1', 'P2') THEN opened_ms END) \
    FROM alerts a WHERE (state IN ('unconfirmed', 'open', 'acknowledged') OR waits = 1) AND ",
    sees!("a.lender", "a.about")
);

/// Loans in the books that somebody may see.
const WATCHED: &str =
    scoped!("SELECT COUNT(*) FROM loans l WHERE in_book = 1 AND ", sees!("l.lender", "l.vehicle"));

const HISTORY: &str =
    "SELECT at_ms, actor, action, note FROM alert_history WHERE alert = $1 ORDER BY seq, item LIMIT $2";

const DELIVERIES: &str = "SELECT notice, state, attempt, next_ms, error FROM outbox WHERE subject = $1 ORDER BY seq, entry LIMIT $2";

/// A part of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// Live and in the way.
    #[default]
    Open,
    /// Of these what somebody has.
    Mine,
    /// Of these what nobody has.
    Unassigned,
    /// Live and out of the way.
    Snoozed,
    /// Over, and nobody has said whether it was right.
    Verdict,
    /// Over.
    Closed,
}

impl Tab {
    /// Every tab.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Mine, Self::Unassigned, Self::Snoozed, Self::Verdict, Self::Closed];

    /// The code in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Snoozed => "snoozed",
            Self::Verdict => "verdict",
            Self::Closed => "closed",
        }
    }

    /// The tab behind a code.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.as_str() == text)
    }
}

/// Where an alert stands in its tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxKey {
    /// How grave it is.
    pub severity: Severity,
    /// When it was raised.
    pub opened_at: Timestamp,
    /// Its id.
    pub id: AlertId,
}

impl InboxKey {
    /// The place of an alert.
    pub fn of(alert: &Alert) -> Self {
        Self { severity: alert.severity, opened_at: alert.opened_at, id: alert.id.clone() }
    }
}

/// Which alerts.
#[derive(Debug, Clone, Default)]
pub struct InboxQuery<'a> {
    /// In this tab.
    pub tab: Tab,
    /// As grave as this only.
    pub severity: Option<Severity>,
    /// Of this rule only.
    pub rule: Option<Rule>,
    /// About this vehicle only.
    pub vehicle: Option<VehicleId>,
    /// Whose vehicle, contract or id holds this text.
    pub text: &'a str,
    /// Of those that somebody in this team has only, by its id; empty = whoever has it.
    pub team: &'a str,
    /// What the asker may see; `None` = everything.
    pub scope: Option<&'a Scope>,
    /// The names under which the asker has alerts: the user's id and login.
    pub me: [&'a str; 2],
    /// What is snoozed beyond is out of the way.
    pub now: Timestamp,
    /// Behind this one.
    pub after: Option<InboxKey>,
    /// So many at most.
    pub rows_max: i64,
}

/// An alert as it is listed.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxRow {
    /// The alert.
    pub alert: Alert,
    /// The input that changed it last.
    pub seq: Seq,
    /// The other name of its vehicle.
    pub alias: Option<VehicleId>,
    /// Who has it, by the name that colleagues know, and since when.
    pub owner: Option<(Owner, Timestamp)>,
    /// How often staff have written to it.
    pub notes: i64,
    /// How often the same was raised of the same in the thirty days before.
    pub repeats: i64,
}

impl InboxRow {
    /// The plate of the vehicle that it is about, if one is known.
    pub fn plate(&self) -> Option<VehicleId> {
        self.alert.about.vehicle().and_then(|vehicle| plate_of(vehicle, self.alias))
    }
}

/// How many alerts there are in each tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InboxCounts {
    /// Live and in the way.
    pub open: i64,
    /// Of these what the asker has.
    pub mine: i64,
    /// Of these what nobody has.
    pub unassigned: i64,
    /// Live and out of the way.
    pub snoozed: i64,
    /// Over, without a verdict.
    pub verdict: i64,
    /// P1 that nobody has acknowledged.
    pub p1_unacknowledged: i64,
    /// When the oldest P1 or P2 that nobody has acknowledged was raised.
    pub oldest_unacknowledged_at: Option<Timestamp>,
}

/// A line of an alert's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertHistoryLine {
    /// When.
    pub at: Timestamp,
    /// Who; none where the rules did.
    pub actor: Option<String>,
    /// What.
    pub event: AlertEvent,
    /// What was written.
    pub note: Option<String>,
}

/// What became of telling people of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertDelivery {
    /// What they were to be told, by its code.
    pub notice: String,
    /// Where that stands, by its code.
    pub state: String,
    /// Attempts so far.
    pub attempt: i64,
    /// Of the last attempt, or when the next one is due.
    pub at: Timestamp,
    /// What went wrong.
    pub error: Option<String>,
}

type Columns = (String, i64, Option<String>, Option<String>, Option<String>, i64, i64);
type CountColumns = (i64, i64, i64, i64, i64, i64, Option<i64>);

impl Store {
    /// A page of the inbox.
    pub async fn inbox(&self, query: &InboxQuery<'_>) -> Result<Vec<InboxRow>, StoreError> {
        let page = match query.tab {
            Tab::Open | Tab::Mine | Tab::Unassigned | Tab::Snoozed => LIVE,
            Tab::Verdict => VERDICT,
            Tab::Closed => ENDED,
        };
        let (after, (name, text)) = (query.after.as_ref(), patterns(query.text));
        let seen = Records::of(query.scope);
        let rows: Vec<Columns> = with_reader!(self, pool => {
            let page = sqlx::query_as(page)
                .bind(seen.text)
                .bind(seen.width)
                .bind(query.severity.map(Severity::as_str).unwrap_or_default())
                .bind(query.rule.map(Rule::as_str).unwrap_or_default())
                .bind(query.vehicle.map(|vehicle| vehicle.to_string()).unwrap_or_default())
                .bind(name)
                .bind(text)
                .bind(after.map(|key| key.severity.as_str()).unwrap_or_default())
                .bind(after.map(|key| key.opened_at.ms()).unwrap_or_default())
                .bind(after.map(|key| key.id.0.clone()).unwrap_or_default())
                .bind(query.rows_max)
                .bind(query.team);
            let [me, also_me] = query.me;
            let page = match query.tab {
                Tab::Closed => page,
                Tab::Verdict => page.bind(query.now.plus(-VERDICT_WAIT_MS).ms()),
                live => page.bind(live.as_str()).bind(query.now.ms()).bind(me).bind(also_me),
            };
            page.fetch_all(pool).await
        })?;
        rows.into_iter().map(row).collect()
    }

    /// One alert as it is listed.
    pub async fn inbox_alert(&self, id: &AlertId) -> Result<Option<InboxRow>, StoreError> {
        let one: Option<Columns> =
            with_reader!(self, pool => sqlx::query_as(ONE).bind(&id.0).fetch_optional(pool).await)?;
        one.map(row).transpose()
    }

    /// Some alerts as they are listed; those that are not there are left out.
    pub async fn inbox_alerts(&self, ids: &[AlertId]) -> Result<Vec<InboxRow>, StoreError> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(self.inbox_alert(id).await?);
        }
        Ok(rows)
    }

    /// Alerts that a later input than this has changed, in the order of the inputs.
    pub async fn inbox_changes(&self, after: Seq, rows_max: i64) -> Result<Vec<InboxRow>, StoreError> {
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(CHANGED).bind(after.0).bind(rows_max).fetch_all(pool).await
        })?;
        rows.into_iter().map(row).collect()
    }

    /// Live alerts that are in the way again since `from`, as of `to`.
    pub async fn inbox_woken(
        &self,
        from: Timestamp,
        to: Timestamp,
        rows_max: i64,
    ) -> Result<Vec<InboxRow>, StoreError> {
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(WOKEN).bind(from.ms()).bind(to.ms()).bind(rows_max).fetch_all(pool).await
        })?;
        rows.into_iter().map(row).collect()
    }

    /// How many alerts there are in each tab, for somebody.
    pub async fn inbox_counts(
        &self,
        scope: &Scope,
        [me, also_me]: [&str; 2],
        now: Timestamp,
    ) -> Result<InboxCounts, StoreError> {
        let (since, seen) = (now.plus(-VERDICT_WAIT_MS).ms(), Records::of(Some(scope)));
        let (open, mine, unassigned, snoozed, verdict, p1, oldest): CountColumns = with_reader!(self, pool => {
            sqlx::query_as(COUNTS)
                .bind(seen.text)
                .bind(seen.width)
                .bind(now.ms())
                .bind(me)
                .bind(also_me)
                .bind(since)
                .fetch_one(pool)
                .await
        })?;
        let oldest_unacknowledged_at = oldest.map(Timestamp::from_ms);
        Ok(InboxCounts {
            open,
            mine,
            unassigned,
            snoozed,
            verdict,
            p1_unacknowledged: p1,
            oldest_unacknowledged_at,
        })
    }

    /// How many loans are in the books, of those that somebody may see.
    pub async fn loans_in_books(&self, scope: &Scope) -> Result<i64, StoreError> {
        let seen = Records::of(Some(scope));
        Ok(with_reader!(self, pool => {
            sqlx::query_scalar(WATCHED).bind(seen.text).bind(seen.width).fetch_one(pool).await
        })?)
    }

    /// What happened to an alert, in order.
    pub async fn alert_history(&self, id: &AlertId) -> Result<Vec<AlertHistoryLine>, StoreError> {
        let rows: Vec<(i64, Option<String>, String, Option<String>)> = with_reader!(self, pool => {
            sqlx::query_as(HISTORY).bind(&id.0).bind(LINES_MAX).fetch_all(pool).await
        })?;
        let line = |(at, actor, action, note): (i64, Option<String>, String, Option<String>)| {
            let event = AlertEvent::parse(&action).map_err(|error| StoreError::Bug(error.to_string()))?;
            Ok(AlertHistoryLine { at: Timestamp::from_ms(at), actor, event, note })
        };
        rows.into_iter().map(line).collect()
    }

    /// What became of telling people of an alert, in order.
    pub async fn alert_deliveries(&self, id: &AlertId) -> Result<Vec<AlertDelivery>, StoreError> {
        let rows: Vec<(String, String, i64, i64, Option<String>)> = with_reader!(self, pool => {
            sqlx::query_as(DELIVERIES).bind(&id.0).bind(LINES_MAX).fetch_all(pool).await
        })?;
        let delivery = |(notice, state, attempt, at, error)| AlertDelivery {
            notice,
            state,
            attempt,
            at: Timestamp::from_ms(at),
            error,
        };
        Ok(rows.into_iter().map(delivery).collect())
    }
}

fn row((body, seq, alias, user, called, notes, repeats): Columns) -> Result<InboxRow, StoreError> {
    let alias = alias.as_deref().map(crate::world::vehicle_id).transpose()?;
    let alert: Alert = serde_json::from_str(&body)?;
    let known = user.zip(called).map(|(id, name)| Owner { id: UserId(id), name });
    let owner = alert.held_by().map(|(owner, since)| (known.unwrap_or(owner), since));
    Ok(InboxRow { alert, seq: Seq(seq), alias, owner, notes, repeats })
}

/// Whether an alert was right is asked for two weeks: later nobody remembers [P].
const VERDICT_WAIT_MS: Millis = 14 * 86_400_000;
/// Lines of one alert that a person is shown.
const LINES_MAX: i64 = 1_000;

pub(crate) const ALL: &[&str] =
    &[LIVE, VERDICT, ENDED, ONE, CHANGED, WOKEN, COUNTS, WATCHED, HISTORY, DELIVERIES];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_reads_back_from_its_code() {
        for tab in Tab::ALL {
            assert_eq!(Tab::parse(tab.as_str()), Some(tab));
        }
    }
}

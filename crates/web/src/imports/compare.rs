//! What a file would change, and what stands against it.
//!
//! Shape: a file that was read, and the store, in; [`Checked`] out. The book in force is read in slices, so that both are never held at
//! once. Units: rows and contracts. Errors: those of the store.

use super::check::{Options, Read};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use crate::text::Text;
use crate::vehicles::rule_set;
use loans::{Change, Comparison, Diff, Group, InForce, LeftOut, LoanFile, Move, Reject, RejectReason};
use model::input::{Binding, ToldEvent};
use model::unit::counted;
use model::{ContractId, Millis, Timestamp};
use rules::fleet::renews_feed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{LoanQuery, Store};
use utoipa::ToSchema;

/// A file that was read and compared.
pub(super) struct Checked {
    accepted: usize,
    rejected_rows: u64,
    encoding: String,
    diff: DiffView,
    guards: Vec<Guard>,
    ignored: Vec<String>,
    pub(super) rejects: Vec<Reject>,
}

/// What is kept of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Summary {
    /// What was said of the file, so that it is read the same way again.
    pub(super) options: Options,
    pub(super) rows: u64,
    pub(super) accepted: u64,
    pub(super) rejected_count: u64,
    pub(super) encoding: String,
    pub(super) ignored_columns: Vec<String>,
    pub(super) diff: DiffView,
    pub(super) guards: Vec<Guard>,
}

/// Contracts to which the same happens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(super) struct GroupView {
    count: usize,
    /// The first hundred.
    contracts: Vec<String>,
}

/// What a file would change, in the words of the business.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct DiffView {
    #[schema(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    current_as_of: Option<Timestamp>,
    /// Nothing is missing from the file, so that what is not in it leaves the book. Null of imports from before this was kept.
    complete: Option<bool>,
    rows_before: usize,
    rows_after: usize,
    unchanged: usize,
    pub(super) row_fall_percent: u32,
    new: GroupView,
    changed: GroupView,
    /// Not in the file. Taken out of the book where the file is complete; never settled by that.
    gone: GroupView,
    /// In the file, and their rows were refused: stay as they are.
    refused: GroupView,
    becomes_overdue: GroupView,
    /// Their tracking ends.
    settled: GroupView,
    held: GroupView,
    /// Overdue now, and not any more by the file.
    current: GroupView,
    /// Overdue by both, and by the file in a graver bucket.
    worse: GroupView,
    /// Overdue by both, and by the file in a lighter bucket.
    better: GroupView,
    /// What they owe was stated since by a newer file or a payment, and stays as it is.
    kept: GroupView,
    moves: Vec<MoveView>,
    /// What the first rows that change have now and would have.
    examples: Vec<ChangeView>,
}

/// Contracts that go from one bucket to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
struct MoveView {
    /// M0 to M7+.
    from: String,
    to: String,
    count: usize,
}

/// A cell that changes; null = nothing in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
struct ChangeView {
    contract: String,
    /// A column of the loan file.
    column: String,
    before: Option<String>,
    after: Option<String>,
}

/// Something that a person should know before, or must say is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(super) struct Guard {
    /// elsewhere, row_fall, older, in_future, stale, not_complete, age_stays, twins or left_out.
    pub(super) code: String,
    /// Nothing is put in force while it stands; a fall of rows can be accepted.
    pub(super) blocking: bool,
    pub(super) text: Text,
}

impl Checked {
    pub(super) fn summary(&self, options: &Options) -> Summary {
        let accepted = u64::try_from(self.accepted).unwrap_or(u64::MAX);
        Summary {
            options: options.clone(),
            rows: accepted.saturating_add(self.rejected_rows),
            accepted,
            rejected_count: self.rejected_rows,
            encoding: self.encoding.clone(),
            ignored_columns: self.ignored.clone(),
            diff: self.diff.clone(),
            guards: self.guards.clone(),
        }
    }
}

/// Compares a file with what is in force.
pub(super) async fn compare(desk: &Desk, caller: &Caller, read: Read) -> Result<Checked, Problem> {
    let (store, now) = (desk.store()?, desk.now());
    match read {
        Read::Loans(file) => {
            let diff = diff_of(&store, &file, now).await?;
            let is_fresh = rule_set(&store).await?.is_fresh(&file.lender, file.as_of, now);
            Ok(Checked {
                accepted: file.loans.len(),
                rejected_rows: file.rejected_rows,
                encoding: file.encoding.to_owned(),
                guards: guards(&diff, &file, (now, is_fresh)),
                diff: DiffView::of(diff),
                ignored: file.ignored_columns,
                rejects: file.rejects,
            })
        }
        Read::Bindings(file) => Ok(Checked {
            accepted: file.bindings.len(),
            rejected_rows: file.rejected_rows,
            encoding: file.encoding.to_owned(),
            diff: of_bindings(&store, &file.bindings).await?,
            guards: Vec::new(),
            ignored: file.ignored_columns,
            rejects: file.rejects,
        }),
        Read::Events(file) => {
            let known = contracts(&store, caller).await?;
            let (left_out, taken) = left_out(&file.events, &known, now);
            let twins = loans::twins(&file.events);
            let twins = (twins > 0).then(|| {
                let zh = format!("{twins} 行与另一行完全相同，只计一次");
                let en =
                    format!("{} of what another row says; each counts once", counted(twins, "repetition"));
                Guard { code: "twins".to_owned(), blocking: false, text: Text { zh, en } }
            });
            let out = u64::try_from(left_out.len()).unwrap_or(u64::MAX);
            Ok(Checked {
                accepted: taken,
                rejected_rows: file.rejected_rows.saturating_add(out),
                encoding: String::new(),
                diff: DiffView {
                    rows_after: taken,
                    new: GroupView { count: taken, contracts: Vec::new() },
                    ..DiffView::default()
                },
                guards: twins.into_iter().collect(),
                ignored: file.ignored_columns,
                rejects: file.rejects.into_iter().chain(left_out).collect(),
            })
        }
    }
}

async fn diff_of(store: &Store, file: &LoanFile, now: Timestamp) -> Result<Diff, Problem> {
    let mut comparison = Comparison::of(file, now);
    let mut after = String::new();
    loop {
        let lender = file.lender.0.as_str();
        let rows = store
            .loans_page(&LoanQuery { after: &after, lender, rows_max: SLICE, ..LoanQuery::default() })
            .await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.loan.contract.0);
        for row in rows.iter().filter(|row| row.in_book) {
            comparison.row(InForce { loan: &row.loan, staff_holds: &row.notes.staff_holds });
        }
    }
    for contract in store.in_other_books(&file.lender, &comparison.unseen()).await? {
        comparison.elsewhere(&contract);
    }
    let diff = comparison.end();
    let book = store.books().await?.into_iter().find(|book| book.lender == file.lender);
    let renews = file.is_complete() || renews_feed(diff.rows_after, diff.rows_together());
    let feed_stays = book.as_ref().filter(|book| book.whole && !renews).map(|book| book.as_of);
    Ok(diff.beside(book.map(|book| book.as_of), feed_stays))
}

fn guards(diff: &Diff, file: &LoanFile, (now, is_fresh): (Timestamp, bool)) -> Vec<Guard> {
    let guard = |holds: bool, code: &str, blocking: bool, zh: String, en: String| {
        holds.then(|| Guard { code: code.to_owned(), blocking, text: Text { zh, en } })
    };
    let (fall, before, after) = (diff.row_fall_percent, diff.rows_before, diff.rows_after);
    let together = diff.rows_together();
    let elsewhere = diff.elsewhere.count;
    let first = diff.elsewhere.contracts.first().map(|contract| contract.0.as_str()).unwrap_or_default();
    [
        guard(
            diff.elsewhere.count > 0,
            "elsewhere",
            true,
            format!("{elsewhere} 份合同在另一资方的台账里（{first}），不能生效；请检查资方是否选对"),
            format!(
                "{} in the book of another lender ({first}): it cannot be put in force; check whose book this is",
                counted(elsewhere, "contract")
            ),
        ),
        guard(
            diff.needs_acceptance(),
            "row_fall",
            true,
            format!("合同数从 {before} 降到 {after}，下降 {fall}%；如属实请确认"),
            format!("the book falls from {before} to {after} contracts, by {fall} %; say so if that is true"),
        ),
        guard(
            diff.older,
            "older",
            true,
            "文件比现行贷款文件更旧，不能生效".to_owned(),
            "the file is older than the book in force and cannot be put in force".to_owned(),
        ),
        guard(
            file.as_of > now.plus(DAY_MS),
            "in_future",
            true,
            format!("数据时间 {} 在未来，请检查", file.as_of),
            format!("the file speaks of {}, which is in the future; check its date", file.as_of),
        ),
        guard(
            !is_fresh && file.as_of <= now,
            "stale",
            false,
            "文件已过期：生效后不对任何贷款作出逾期陈述".to_owned(),
            "the file is stale: in force it states nothing of any loan".to_owned(),
        ),
        guard(
            file.declared_complete && !file.is_complete(),
            "not_complete",
            false,
            "有被拒绝的行，因此没有合同会从贷款文件中移除".to_owned(),
            "rows were refused, so that no contract leaves the book".to_owned(),
        ),
        guard(
            diff.feed_stays.is_some(),
            "age_stays",
            false,
            format!(
                "文件只含 {together} 笔合同中的 {after} 笔：该资方的数据时间不因此更新，仍以现行台账为准"
            ),
            format!(
                "{after} of {together} loans are stated: the lender's feed stays as old as the book in force"
            ),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl From<Group> for GroupView {
    fn from(Group { count, contracts }: Group) -> Self {
        Self { count, contracts: contracts.into_iter().map(|contract| contract.0).collect() }
    }
}

impl From<Move> for MoveView {
    fn from(Move { from, to, count }: Move) -> Self {
        Self { from: from.as_str().to_owned(), to: to.as_str().to_owned(), count }
    }
}

impl From<Change> for ChangeView {
    fn from(Change { contract, column, before, after }: Change) -> Self {
        Self { contract: contract.0, column, before, after }
    }
}

impl DiffView {
    fn of(diff: Diff) -> Self {
        Self {
            as_of: Some(diff.as_of),
            current_as_of: diff.current_as_of,
            complete: Some(diff.complete),
            rows_before: diff.rows_before,
            rows_after: diff.rows_after,
            unchanged: diff.unchanged,
            row_fall_percent: diff.row_fall_percent,
            new: diff.new.into(),
            changed: diff.changed.into(),
            gone: diff.missing.into(),
            refused: diff.refused.into(),
            becomes_overdue: diff.would_become_overdue.into(),
            settled: diff.would_be_settled.into(),
            held: diff.would_be_held.into(),
            current: diff.would_be_cured.into(),
            worse: diff.would_get_worse.into(),
            better: diff.would_get_better.into(),
            kept: diff.kept.into(),
            moves: diff.moves.into_iter().map(MoveView::from).collect(),
            examples: diff.examples.into_iter().map(ChangeView::from).collect(),
        }
    }

    /// The same with the first few contracts of each group only counted.
    pub(super) fn without_names(mut self) -> Self {
        let groups = [
            &mut self.new,
            &mut self.changed,
            &mut self.gone,
            &mut self.refused,
            &mut self.becomes_overdue,
            &mut self.settled,
            &mut self.held,
            &mut self.current,
            &mut self.worse,
            &mut self.better,
            &mut self.kept,
        ];
        for group in groups {
            group.contracts.clear();
        }
        self.without_cells()
    }

    /// The same without what loans have now.
    pub(super) fn without_cells(mut self) -> Self {
        self.examples.clear();
        self
    }
}

/// Intervals that are new, and those that take the place of another one of the same start.
async fn of_bindings(store: &Store, bindings: &[Binding]) -> Result<DiffView, Problem> {
    let rows = store.every_binding().await?;
    let known: std::collections::BTreeMap<_, _> =
        rows.iter().map(|row| ((row.binding.terminal, row.binding.from), row.binding)).collect();
    let mut diff = DiffView { rows_before: rows.len(), rows_after: bindings.len(), ..DiffView::default() };
    for binding in bindings {
        match known.get(&(binding.terminal, binding.from)) {
            None => diff.new.count += 1,
            Some(before) if before == binding => diff.unchanged += 1,
            Some(_) => diff.changed.count += 1,
        }
    }
    Ok(diff)
}

/// Contracts of which a caller may tell something.
pub(super) async fn contracts(store: &Store, caller: &Caller) -> Result<BTreeSet<ContractId>, Problem> {
    let (mut known, mut after) = (BTreeSet::new(), String::new());
    loop {
        let scope = Some(&caller.scope);
        let rows = store
            .loans_page(&LoanQuery { after: &after, scope, rows_max: SLICE, ..LoanQuery::default() })
            .await?;
        let Some(last) = rows.last() else { return Ok(known) };
        after.clone_from(&last.loan.contract.0);
        known.extend(rows.into_iter().map(|row| row.loan.contract));
    }
}

/// Events that the fold will leave out, as rows that are refused, and how many it will take.
fn left_out(events: &[ToldEvent], known: &BTreeSet<ContractId>, now: Timestamp) -> (Vec<Reject>, usize) {
    let why = |told: &ToldEvent| loans::left_out(told, known, now);
    let reject = |told: &ToldEvent| {
        let (column, value, problem) = match why(told)? {
            LeftOut::Unknown => ("contract", told.contract.0.clone(), "no loan book has this contract"),
            LeftOut::Future => ("at", told.at.to_string(), "it is in the future"),
        };
        let reason = RejectReason::BadCode { problem: problem.to_owned() };
        // The file's lines are not kept with its events.
        Some(Reject {
            line: 0,
            contract: Some(told.contract.0.clone()),
            column: column.to_owned(),
            value,
            reason,
        })
    };
    let taken = events.iter().filter(|told| why(told).is_none()).count();
    (events.iter().filter_map(reject).take(LEFT_OUT_KEPT_MAX).collect(), taken)
}

/// Loans that are read at once.
const SLICE: i64 = 2_000;
/// A lender's clock may be ahead of ours by this, as the fold allows.
const DAY_MS: Millis = 86_400_000;
/// Nobody reads more.
const LEFT_OUT_KEPT_MAX: usize = 2_000;

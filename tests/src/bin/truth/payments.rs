//! What payments withdraw, and what they must not.
//!
//! Shape: lives and alerts → [`Payments`]. Units: payments that found an alert of arrears. Source: `domain.md` §3b (vii).

use crate::lender::Paid;
use crate::life::Life;
use crate::promises::OF_ARREARS;
use crate::spread::Share;
use model::loan::Standing;
use model::{Alert, AlertState, Millis, Rule, Timestamp};
use std::collections::BTreeMap;

/// What payments left standing.
#[derive(Default)]
pub(crate) struct Payments {
    /// Payments of all that was past due upon which every alert of arrears was gone within a minute.
    pub(crate) withdrew: Share,
    /// Alerts that were still live.
    pub(crate) left: BTreeMap<Rule, u32>,
    /// Payments of a part, upon which no alert was withdrawn.
    pub(crate) part_kept: Share,
    /// And payments into another contract on the car.
    pub(crate) other_kept: Share,
}

impl Payments {
    pub(crate) fn of(lives: &[Life], alerts: &[Alert]) -> Self {
        let mut payments = Self::default();
        for life in lives {
            let Some(payment) = life.debt.payment else { continue };
            let of_it: Vec<&Alert> = (alerts.iter())
                .filter(|alert| alert.about.vehicle() == Some(life.vehicle) && states_days(alert))
                .collect();
            // Just before: the payment is folded at the very moment at which it is made.
            let live_at = |at: Timestamp| of_it.iter().filter(move |alert| is_live(alert, at));
            let mut found = live_at(payment.at.plus(-1)).filter(|alert| OF_ARREARS.contains(&alert.rule));
            let soon = payment.at.plus(WITHDRAWN_WITHIN_MS);
            match payment.of {
                Paid::All => {
                    let left: Vec<Rule> = live_at(soon).map(|alert| alert.rule).collect();
                    payments.withdraw(&left, found.next().is_some());
                }
                Paid::Part => payments.part_kept.add_all(found.map(|alert| !is_withdrawn(alert, soon))),
                Paid::OtherContract => {
                    payments.other_kept.add_all(found.map(|alert| !is_withdrawn(alert, soon)));
                }
            }
        }
        payments
    }

    fn withdraw(&mut self, left: &[Rule], has_found: bool) {
        if has_found || !left.is_empty() {
            self.withdrew.add(left.is_empty());
        }
        for rule in left {
            *self.left.entry(*rule).or_default() += 1;
        }
    }
}

fn states_days(alert: &Alert) -> bool {
    let loan = alert.explanation.loan.as_ref();
    loan.is_some_and(|loan| matches!(loan.standing, Standing::Overdue(_)))
}

fn is_live(alert: &Alert, at: Timestamp) -> bool {
    let ended_at = match &alert.state {
        AlertState::Unconfirmed | AlertState::Open | AlertState::Acknowledged { .. } => None,
        AlertState::Closed { at, .. } | AlertState::Withdrawn { at, .. } => Some(*at),
    };
    alert.opened_at <= at && ended_at.is_none_or(|ended_at| ended_at > at)
}

fn is_withdrawn(alert: &Alert, by: Timestamp) -> bool {
    matches!(alert.state, AlertState::Withdrawn { at, .. } if at <= by)
}

/// A payment withdraws within seconds; two steps of the play.
const WITHDRAWN_WITHIN_MS: Millis = 60_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::HOUR_MS;
    use crate::life::Part;
    use crate::promises::tests::{alert, life_of};
    use model::WithdrawReason;

    /// A payer of that kind, and an alert of an hour before that is taken back so long after the payment, or not at all.
    fn payments(part: Part, rule: Rule, after_ms: Option<Millis>) -> Payments {
        let life = life_of(part, |_| true);
        let paid_at = life.debt.payment.unwrap().at;
        let mut alert = alert(&life, rule, paid_at.plus(-HOUR_MS), true);
        if let Some(after_ms) = after_ms {
            let (reason, at) = (WithdrawReason::Paid, paid_at.plus(after_ms));
            alert.state = AlertState::Withdrawn { reason, at };
        }
        Payments::of(&[life], &[alert])
    }

    #[test]
    fn a_payment_that_leaves_an_alert_of_arrears_is_counted() {
        let share = |after_ms| {
            let Share { hits, of } = payments(Part::Payer, Rule::OverdueMoved, after_ms).withdrew;
            (hits, of)
        };
        assert_eq!((share(Some(0)), share(Some(30_000))), ((1, 1), (1, 1)), "at once, or nearly");
        assert_eq!((share(Some(90_000)), share(None)), ((0, 1), (0, 1)), "late, or never");
        assert_eq!(share(Some(-1)), (0, 0), "it was gone before");
        let left = payments(Part::Payer, Rule::OverdueMoved, None).left;
        assert_eq!(left, BTreeMap::from([(Rule::OverdueMoved, 1)]));
    }

    #[test]
    fn an_alert_that_a_part_or_money_for_another_contract_takes_back_is_counted() {
        let share = |part, rule, after_ms| {
            let payments = payments(part, rule, after_ms);
            assert_eq!((payments.withdrew.of, payments.left.len()), (0, 0));
            let share = if part == Part::HalfPayer { payments.part_kept } else { payments.other_kept };
            (share.hits, share.of)
        };
        for part in [Part::HalfPayer, Part::OtherPayer] {
            assert_eq!(share(part, Rule::OverdueMoved, None), (1, 1), "{part:?}");
            assert_eq!(share(part, Rule::OverdueMoved, Some(0)), (0, 1), "{part:?}");
            assert_eq!(share(part, Rule::OverdueMoved, Some(90_000)), (1, 1), "{part:?}: of something else");
            assert_eq!(share(part, Rule::OverdueMoved, Some(-1)), (0, 0), "{part:?}: gone before");
            // What is no alert of arrears stands for weeks and says nothing.
            assert_eq!(share(part, Rule::PairSeparated, None), (0, 0), "{part:?}");
        }
    }
}

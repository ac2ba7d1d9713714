//! What an alert says, in one sentence of each language.

use crate::{Said, Voice, en, zh};
use model::finding::Finding;
use model::loan::{Reason, Standing};
use model::{Alert, DaysPastDue, Rule};

/// What a rule saw, and nothing of the loan.
pub fn finding(finding: &Finding, voice: &Voice<'_>) -> Said {
    Said { zh: zh::sentence(finding, voice), en: en::sentence(finding, voice) }
}

/// What an alert says: days past due only of a fresh book, and that an accident is known where it explains what was seen.
pub fn summary(alert: &Alert, voice: &Voice<'_>) -> Said {
    let stated = alert.explanation.loan.as_ref().filter(|snapshot| snapshot.fresh);
    let days = match stated.map(|snapshot| snapshot.standing) {
        Some(Standing::Overdue(days)) => Some(days.0),
        Some(Standing::Settled | Standing::Held(_) | Standing::Current) | None => None,
    };
    let had_accident = stated.is_some_and(|snapshot| snapshot.loan.reason == Some(Reason::Accident));
    let explains = matches!(alert.rule, Rule::Tow | Rule::Impound | Rule::Abandoned);
    let is_accident = had_accident && explains;
    let Said { zh, en } = finding(&alert.explanation.finding, voice);
    Said {
        zh: format!(
            "{}{zh}{}",
            days.map(|days| format!("逾期{days}天，")).unwrap_or_default(),
            if is_accident { "；已知车辆出险" } else { "" }
        ),
        en: format!(
            "{}{en}{}",
            days.map(|days| format!("{}, ", DaysPastDue(days))).unwrap_or_default(),
            if is_accident { "; an accident is known" } else { "" }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn every_finding_is_one_sentence_in_each_language() {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        for voice in [Voice::at_desk(&zone), Voice::EXACT] {
            for sample in samples::findings() {
                let mut said = finding(&sample, &voice);
                // What people call a place is no word of ours.
                said.zh = said.zh.replace(['T', 'Z'], " ");
                said.en = said.en.replace("城东", "East");
                assert!(said.keeps_to_itself(), "{sample:?}\n{said:?}");
                assert!(!said.en.contains('\n') && !said.zh.contains('\n'));
            }
        }
    }

    #[test]
    fn no_sentence_of_a_list_says_where_a_car_is() {
        let zone = jiff::tz::TimeZone::UTC;
        for sample in samples::findings() {
            let said = finding(&sample, &Voice::at_desk(&zone));
            for sentence in [&said.zh, &said.en] {
                assert!(!sentence.contains("22.5") && !sentence.contains("114.0"), "{sentence}");
            }
        }
    }
}

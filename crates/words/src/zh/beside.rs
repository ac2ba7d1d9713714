//! What is seen of a vehicle with its places and its loan, or of many vehicles.

use super::parts::{at_night, of_profile, parked, span, unreached, whereabouts};
use crate::{Voice, vehicle};
use model::finding::Finding;

pub(super) fn of_places(finding: &Finding, voice: &Voice<'_>) -> String {
    let time = |at| voice.time(at);
    match finding {
        Finding::Inside { name, since, inside_m, parked_since, .. } => match parked_since {
            Some(stood) => format!("自 {} 起停在“{name}”，距边界 {inside_m} 米", time(*stood)),
            None => format!("自 {} 起在“{name}”内，距边界 {inside_m} 米", time(*since)),
        },
        Finding::Outside { name, left_at, .. } => format!("{} 离开“{name}”", time(*left_at)),
        Finding::Abroad { name, level, home, since, inside_m, .. } => format!(
            "自 {} 起进入另一{}“{name}”，距边界 {inside_m} 米；归属地为“{home}”",
            time(*since),
            vehicle::region_level(*level).zh
        ),
        Finding::StaysElsewhere { since, nearest_usual_m, .. } => format!(
            "自 {} 起停在非常停点{}",
            time(*since),
            nearest_usual_m.map(|metres| format!("，距最近的常停点 {metres} 米")).unwrap_or_default()
        ),
        Finding::Unvisited { since, usual, frozen_at, .. } => format!(
            "车辆在动，但自 {} 起未到过 {usual} 个常停点中的任何一个{}",
            time(*since),
            of_profile(*frozen_at, voice)
        ),
        Finding::Replaced { since, new_percent, old_percent, frozen_at, .. } => format!(
            "近十天的停放时间中，{new_percent}% 在 {} 以来的新地点，{old_percent}% 在原常停点{}",
            time(*since),
            of_profile(*frozen_at, voice)
        ),
        Finding::Window { since, leaves_at, .. } => {
            format!("自 {} 起停在通常停留到 {} 的地点", time(*since), time(*leaves_at))
        }
        Finding::Arrived { left_at, since, distance_m, destination, .. } => format!(
            "{} 之后移动 {distance_m} 米，自 {} 起停在{}",
            time(*left_at),
            time(*since),
            parked(*destination, voice)
        ),
        _ => String::new(),
    }
}

pub(super) fn of_many(finding: &Finding, voice: &Voice<'_>) -> String {
    let time = |at| voice.time(at);
    match finding {
        Finding::Outage { since, silent, of, overdue, .. } => format!(
            "有共同点的 {of} 台设备中 {silent} 台于 {} 同时离线，涉及逾期合同 {} 份",
            time(*since),
            overdue.len()
        ),
        Finding::Gathered { since, count, overdue, .. } => {
            format!("自 {} 起 {count} 辆车聚集停放，其中 {overdue} 辆逾期", time(*since))
        }
        Finding::FeedStale { as_of, loans } => format!(
            "最新的贷款文件截至 {}：在下一份到达之前，不对其中 {loans} 笔贷款作任何陈述",
            time(*as_of)
        ),
        Finding::FeedFell { as_of, loans, before } => {
            format!("截至 {} 的贷款文件只有 {loans} 笔，现行文件有 {before} 笔：已拒绝，未生效", time(*as_of))
        }
        _ => String::new(),
    }
}

pub(super) fn of_loan(finding: &Finding, voice: &Voice<'_>) -> String {
    match finding {
        Finding::Lost { contact_lost, sms_failed_at, last_heard, silent_ms, .. } => format!(
            "{}；{} 最后一次通信，离线 {} 以上",
            unreached(*contact_lost, *sms_failed_at, voice),
            voice.time(*last_heard),
            span(*silent_ms)
        ),
        Finding::NearSevere { severe_over, last_place, seen_at, parked_since, night_place } => format!(
            "逾期超过 {severe_over} 天即为严重逾期；{}{}",
            whereabouts(last_place.zip(*seen_at), *parked_since, voice),
            night_place.map(|night| format!("；{}", at_night(night, voice))).unwrap_or_default()
        ),
        _ => String::new(),
    }
}

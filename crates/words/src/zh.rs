//! What a rule saw, in Chinese: the words of the glossary.
//!
//! Shape: a finding and a [`Voice`] in, one line out.

mod beside;
mod parts;

use crate::{Voice, alarm, vehicle};
use beside::{of_loan, of_many, of_places};
use model::finding::Finding;
pub use parts::span;
use parts::{by_whom, device, of_locality, parked};

/// In one line.
#[expect(clippy::too_many_lines, reason = "a table of sentences: one arm a finding")]
pub fn sentence(finding: &Finding, voice: &Voice<'_>) -> String {
    let time = |at| voice.time(at);
    match finding {
        Finding::Moved { distance_m, left_at, speed_max_tenths_kmh: speed, destination, .. } => {
            let parked = destination.map(|destination| format!("；又停在{}", parked(destination, voice)));
            let (left_at, kmh, parked) = (time(*left_at), speed / 10, parked.unwrap_or_default());
            format!("{left_at} 离开停放点，移动 {distance_m} 米，最高 {kmh} 公里/小时{parked}")
        }
        Finding::Silent { last_heard, silent_ms, was_moving, .. } => format!(
            "{} 最后一次通信{}，服务器可接收期间离线 {} 以上",
            time(*last_heard),
            if *was_moving { "（当时在行驶）" } else { "" },
            span(*silent_ms)
        ),
        Finding::Unpowered { since, .. } => format!("设备自 {} 起失去车辆供电", time(*since)),
        Finding::Tampered { alarm: said, at, newly_bound, repair_shop, .. } => {
            let by_whom = by_whom(*newly_bound, *repair_shop);
            format!("设备于 {} 报“{}”{by_whom}", time(*at), alarm(*said).zh)
        }
        Finding::LowBattery { since, .. } => format!("电池自 {} 起低电", time(*since)),
        Finding::Blind { since, was_moving, jammed, .. } => format!(
            "自 {} 起{}无定位，但设备仍在通信{}",
            time(*since),
            if *was_moving { "行驶中" } else { "点火状态下" },
            if *jammed { "；设备报信号干扰" } else { "" }
        ),
        Finding::Immobile { since, locality, .. } => {
            format!("自 {} 起未移动{}", time(*since), locality.map(of_locality).unwrap_or_default())
        }
        Finding::Towed { since, speed_max_tenths_kmh: speed, destination, .. } => {
            let parked = destination.map(|destination| format!("；停在{}", parked(destination, voice)));
            let (since, kmh, parked) = (time(*since), speed / 10, parked.unwrap_or_default());
            format!("自 {since} 起在熄火状态下移动，最高 {kmh} 公里/小时{parked}")
        }
        Finding::Separated { distance_m, cause, .. } => {
            format!("主从设备相距 {distance_m} 米：{}", vehicle::separation_cause(*cause).zh)
        }
        Finding::OneSilent { last_heard, silent_ms, .. } => format!(
            "有线设备 {} 最后一次通信，离线 {} 以上；隐蔽设备仍在线",
            time(*last_heard),
            span(*silent_ms)
        ),
        Finding::Missed { last_heard, interval_ms, missed, .. } => {
            format!("隐蔽设备每 {} 上报一次，自 {} 起漏报 {missed} 次", span(*interval_ms), time(*last_heard))
        }
        Finding::Slow { since, speed_max_kmh } => {
            format!("自 {} 起每天都不超过 {speed_max_kmh} 公里/小时", time(*since))
        }
        Finding::Implausible { what, since, times, .. } => {
            format!("自 {} 起{}，共 {times} 次", time(*since), vehicle::implausibility(*what).zh)
        }
        Finding::TooFast { at, .. } => format!("设备于 {} 报超速", time(*at)),
        Finding::Exchanged { at, what, .. } => {
            format!("设备自 {} 起{}", time(*at), vehicle::exchange(*what).zh)
        }
        Finding::Vanished { last_heard, silent_ms, was_moving, hidden, .. } => format!(
            "{} {}{}定位与网络同时消失，离线 {} 以上，而周边设备通信正常",
            time(*last_heard),
            if *was_moving { "行驶中" } else { "" },
            if hidden.is_some() { "主从两台设备的" } else { "" },
            span(*silent_ms)
        ),
        Finding::DeviceCheck { due, troubles } => {
            let what: Vec<String> = troubles.iter().map(|trouble| device(trouble, voice)).collect();
            format!("还款日 {due}，{}", what.join("，"))
        }
        Finding::Inside { .. }
        | Finding::Outside { .. }
        | Finding::Abroad { .. }
        | Finding::StaysElsewhere { .. }
        | Finding::Unvisited { .. }
        | Finding::Replaced { .. }
        | Finding::Window { .. }
        | Finding::Arrived { .. } => of_places(finding, voice),
        Finding::Outage { .. }
        | Finding::Gathered { .. }
        | Finding::FeedStale { .. }
        | Finding::FeedFell { .. } => of_many(finding, voice),
        Finding::Lost { .. } | Finding::NearSevere { .. } => of_loan(finding, voice),
    }
}

//! Parts of Chinese sentences.

use crate::{Voice, vehicle};
use model::finding::{Destination, DeviceTrouble, Locality, NightPlace};
use model::{Coordinates, Millis, PlaceId, Timestamp};

/// `179 分钟`, `26 小时`.
pub fn span(ms: Millis) -> String {
    let minutes = ms / 60_000;
    if minutes < 180 { format!("{minutes} 分钟") } else { format!("{} 小时", minutes / 60) }
}

pub(super) fn of_locality(locality: Locality) -> String {
    match locality {
        Locality::Elsewhere => "，不在任何常停点".to_owned(),
        Locality::UsualPlace
        | Locality::BlackPoint
        | Locality::TowLot
        | Locality::Dealer
        | Locality::RepairShop => format!("，在{}", vehicle::locality(locality).zh),
    }
}

pub(super) fn unreached(contact_lost: bool, sms_failed_at: Option<Timestamp>, voice: &Voice<'_>) -> String {
    let sms = sms_failed_at.map(|failed_at| format!("{} 的短信未送达", voice.time(failed_at)));
    let lost = contact_lost.then(|| "借款人失联".to_owned());
    lost.into_iter().chain(sms).collect::<Vec<_>>().join("，")
}

/// Behind 停在.
pub(super) fn parked(destination: Destination, voice: &Voice<'_>) -> String {
    let Destination { place: there, usual, locality, watched } = destination;
    let known = match usual {
        Some(true) => "常停点",
        Some(false) => "非常停点",
        None => "某处",
    };
    let ground =
        watched.zip(locality).map(|(id, locality)| format!("{}：{id}", vehicle::locality(locality).zh));
    let more: Vec<String> = voice.place(there).into_iter().chain(ground).collect();
    if more.is_empty() { known.to_owned() } else { format!("{known}（{}）", more.join("，")) }
}

pub(super) fn by_whom(newly_bound: bool, repair_shop: Option<PlaceId>) -> String {
    let fitted = if newly_bound { "，安装后不久" } else { "" };
    let shop = repair_shop.map(|id| format!("，在维修店（{id}）")).unwrap_or_default();
    format!("{fitted}{shop}")
}

pub(super) fn whereabouts(
    seen: Option<(Coordinates, Timestamp)>,
    parked_since: Option<Timestamp>,
    voice: &Voice<'_>,
) -> String {
    let Some((seen, seen_at)) = seen else { return "车辆尚未有定位".to_owned() };
    let there = voice.place(seen).map(|there| format!("（{there}）")).unwrap_or_default();
    let seen_at = voice.time(seen_at);
    match parked_since {
        Some(since) => format!("自 {} 起停放{there}，最后定位于 {seen_at}", voice.time(since)),
        None => format!("最后定位于 {seen_at}{there}"),
    }
}

pub(super) fn at_night(NightPlace { place: there, nights, until }: NightPlace, voice: &Voice<'_>) -> String {
    let there = voice.place(there).map(|there| format!("（{there}）")).unwrap_or_default();
    format!("夜间通常停在同一地点{there}，至 {} 共 {nights} 晚", voice.time(until))
}

pub(super) fn device(trouble: &DeviceTrouble, voice: &Voice<'_>) -> String {
    format!("一台设备自 {} 起{}", voice.time(trouble.since), vehicle::device_fault(trouble.what).zh)
}

pub(super) fn of_profile(frozen_at: Option<Timestamp>, voice: &Voice<'_>) -> String {
    frozen_at.map(|at| format!("（按 {} 冻结的档案）", voice.time(at))).unwrap_or_default()
}

//! Of one vehicle and its devices.

use super::{Figure, count, flag, kmh, metres, minutes, place, text, time, word};
use crate::said::name;
use crate::{alarm, vehicle};
use model::finding::{Destination, Finding, MovementScore};
use model::{Coordinates, TerminalId, Timestamp};

/// `None` of what is seen with places, loans, or many vehicles.
pub(super) fn figures(finding: &Finding) -> Option<Vec<Figure>> {
    Some(match finding {
        Finding::Moved { .. }
        | Finding::Towed { .. }
        | Finding::Arrived { .. }
        | Finding::Immobile { .. } => of_motion(finding),
        Finding::Silent { .. } => silent(finding),
        Finding::Unpowered { terminal: of, since, place: seen } => {
            let since = time("since", name("断电时间", "since"), *since);
            [terminal(*of), since].into_iter().chain(seen.map(seen_at)).collect()
        }
        Finding::Tampered { terminal: of, alarm: said, at, place: seen, newly_bound, repair_shop } => {
            let mut figures = vec![
                terminal(*of),
                word("alarm", name("设备报警", "it said"), alarm(*said)),
                time("at", name("时间", "when"), *at),
                flag("newly_bound", name("刚安装", "fitted shortly before"), *newly_bound),
            ];
            figures.extend(seen.map(seen_at));
            figures.extend(
                repair_shop.map(|shop| text("repair_shop", name("所在维修店", "in the repair shop"), shop)),
            );
            figures
        }
        Finding::LowBattery { terminal: of, since } => {
            vec![terminal(*of), time("since", name("低电开始", "since"), *since)]
        }
        Finding::Blind { terminal: of, since, was_moving, jammed } => vec![
            terminal(*of),
            time("since", name("开始时间", "since"), *since),
            flag("was_moving", name("行驶中", "under way"), *was_moving),
            flag("jammed", name("设备报干扰", "it says that it is jammed"), *jammed),
        ],
        Finding::Separated { .. }
        | Finding::OneSilent { .. }
        | Finding::Missed { .. }
        | Finding::Vanished { .. } => of_pair(finding),
        Finding::Slow { since, speed_max_kmh } => vec![
            time("since", name("起始日", "first of the days"), *since),
            kmh("speed_max_kmh", name("最高时速", "highest speed"), speed_max_kmh.saturating_mul(10)),
        ],
        Finding::Implausible { terminal: of, what, since, times } => vec![
            terminal(*of),
            word("what", name("问题", "what is wrong"), vehicle::implausibility(*what)),
            time("since", name("开始时间", "since"), *since),
            count("times", name("次数", "how often"), *times),
        ],
        Finding::TooFast { terminal: of, at } => vec![terminal(*of), time("at", name("时间", "when"), *at)],
        Finding::Exchanged { terminal: of, at, what } => vec![
            terminal(*of),
            word("what", name("变化", "what"), vehicle::exchange(*what)),
            time("at", name("发现时间", "noticed"), *at),
        ],
        _ => return None,
    })
}

fn of_motion(finding: &Finding) -> Vec<Figure> {
    match finding {
        Finding::Moved {
            anchor,
            parked_since,
            left_at,
            distance_m,
            threshold_m,
            speed_max_tenths_kmh,
            score,
            destination,
        } => {
            let mut figures = vec![
                time("parked_since", name("停放开始", "stood since"), *parked_since),
                time("left_at", name("离开时间", "left"), *left_at),
                metres("distance_m", name("移动距离", "distance"), *distance_m),
                metres("threshold_m", name("判定距离", "counts from"), *threshold_m),
                kmh("speed_max_kmh", name("最高时速", "highest speed"), *speed_max_tenths_kmh),
                place("anchor", name("原停放点", "where it stood"), *anchor),
            ];
            figures.extend(scored(score));
            figures.extend(destination.iter().flat_map(parked));
            figures
        }
        Finding::Towed { anchor, since, place: seen, speed_max_tenths_kmh, destination } => {
            let mut figures = vec![
                time("since", name("开始时间", "since"), *since),
                kmh("speed_max_kmh", name("最高时速", "highest speed"), *speed_max_tenths_kmh),
                seen_at(*seen),
            ];
            figures.extend(anchor.map(|at| place("anchor", name("原停放点", "where it stood"), at)));
            figures.extend(destination.iter().flat_map(parked));
            figures
        }
        Finding::Arrived { anchor, left_at, distance_m, since, destination } => {
            let mut figures = vec![
                time("left_at", name("离开时间", "left"), *left_at),
                metres("distance_m", name("移动距离", "distance"), *distance_m),
                time("since", name("停放开始", "stands since"), *since),
                place("anchor", name("原停放点", "where it stood"), *anchor),
            ];
            figures.extend(parked(destination));
            figures
        }
        Finding::Immobile { place: stands, since, locality } => {
            let mut figures = vec![time("since", name("停放开始", "stands since"), *since), seen_at(*stands)];
            figures
                .extend(locality.map(|kind| {
                    word("locality", name("地点类型", "kind of place"), vehicle::locality(kind))
                }));
            figures
        }
        _ => Vec::new(),
    }
}

/// Where it parked, and what kind of place that is.
fn parked(destination: &Destination) -> Vec<Figure> {
    let Destination { place: there, usual, locality, watched } = destination;
    let mut figures = vec![place("destination", name("停放位置", "parked at"), *there)];
    figures.extend(usual.map(|usual| flag("usual", name("常停点", "one of its usual places"), usual)));
    figures.extend(
        locality.map(|kind| word("locality", name("地点类型", "kind of place"), vehicle::locality(kind))),
    );
    figures.extend(watched.map(|id| text("watched", name("受关注地点", "watched place"), id)));
    figures
}

/// What else speaks for a movement, and what against it; not their sum: that a vehicle left is decided by how far its fixes are, and
/// a small number beside that reads as a doubt of it.
fn scored(score: &MovementScore) -> Vec<Figure> {
    let signs = |of: fn(crate::Name) -> &'static str, speaks: bool, between: &str| {
        let each = score.0.iter().filter(|one| (one.points > 0) == speaks);
        each.map(|one| of(vehicle::movement_sign(one.sign))).collect::<Vec<_>>().join(between)
    };
    let figure = |code, label, speaks| {
        let zh = signs(|name| name.zh, speaks, "，");
        let en = signs(|name| name.en, speaks, ", ");
        (!zh.is_empty()).then(|| word(code, label, crate::Said { zh, en }))
    };
    let speaking = figure("signs", name("其他迹象", "further signs"), true);
    let against = figure("signs_against", name("相反迹象", "signs against"), false);
    speaking.into_iter().chain(against).collect()
}

fn of_pair(finding: &Finding) -> Vec<Figure> {
    match finding {
        Finding::Separated { main, backup, main_place, backup_place, distance_m, threshold_m, cause } => {
            vec![
                text("main", name("有线主机", "wired device"), main),
                text("backup", name("无线备机", "hidden device"), backup),
                metres("distance_m", name("相距", "apart"), *distance_m),
                metres("threshold_m", name("误差与时差可解释", "errors and time explain"), *threshold_m),
                word("cause", name("可能原因", "likely cause"), vehicle::separation_cause(*cause)),
                place("main_place", name("主机位置", "wired device at"), *main_place),
                place("backup_place", name("备机位置", "hidden device at"), *backup_place),
            ]
        }
        Finding::OneSilent { terminal: of, last_heard, silent_ms, threshold_ms } => vec![
            terminal(*of),
            time("last_heard", name("最后通信", "last heard"), *last_heard),
            minutes("silent_ms", name("至少离线", "silent for at least"), *silent_ms),
            minutes("threshold_ms", name("允许离线", "allowed"), *threshold_ms),
        ],
        Finding::Missed { terminal: of, last_heard, interval_ms, missed } => vec![
            terminal(*of),
            time("last_heard", name("最后通信", "last heard"), *last_heard),
            minutes("interval_ms", name("上报间隔", "reports each"), *interval_ms),
            count("missed", name("漏报次数", "missed"), *missed),
        ],
        Finding::Vanished {
            terminal: of,
            hidden,
            last_heard,
            last_place,
            place_at,
            silent_ms,
            threshold_ms,
            was_moving,
            around,
        } => {
            let mut figures = vec![
                terminal(*of),
                time("last_heard", name("最后通信", "last heard"), *last_heard),
                minutes("silent_ms", name("至少离线", "silent for at least"), *silent_ms),
                minutes("threshold_ms", name("判定时长", "counts from"), *threshold_ms),
                flag("was_moving", name("当时在行驶", "was moving"), *was_moving),
                text("around", name("周边参照", "others heard well"), around),
            ];
            figures
                .extend(hidden.map(|hidden| text("hidden", name("同时消失的备机", "gone with it"), hidden)));
            figures.extend(last_seen(*last_place, *place_at));
            figures
        }
        _ => Vec::new(),
    }
}

fn silent(finding: &Finding) -> Vec<Figure> {
    let Finding::Silent { last_heard, last_place, place_at, silent_ms, threshold_ms, was_moving, tampered } =
        finding
    else {
        return Vec::new();
    };
    let figures = [
        time("last_heard", name("最后通信", "last heard"), *last_heard),
        minutes("silent_ms", name("至少离线", "silent for at least"), *silent_ms),
        minutes("threshold_ms", name("允许离线", "allowed"), *threshold_ms),
        flag("was_moving", name("当时在行驶", "was moving"), *was_moving),
        flag("tampered", name("此前有断电或拆除", "tampered with shortly before"), *tampered),
    ];
    figures.into_iter().chain(last_seen(*last_place, *place_at)).collect()
}

/// Where it was seen last and when: a device that has no view of the sky is heard and not seen.
pub(super) fn last_seen(
    last_place: Option<Coordinates>,
    place_at: Option<Timestamp>,
) -> impl Iterator<Item = Figure> {
    let where_at = last_place.map(|at| place("last_place", name("最后位置", "last seen at"), at));
    let when = place_at.map(|at| time("place_at", name("最后定位时间", "last seen"), at));
    where_at.into_iter().chain(when)
}

fn terminal(terminal: TerminalId) -> Figure {
    text("terminal", name("设备", "device"), terminal)
}

fn seen_at(at: Coordinates) -> Figure {
    place("place", name("位置", "place"), at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::finding::{MovementSign, Scored};

    #[test]
    fn signs_are_told_by_whether_they_speak_for_a_movement_and_without_a_sum() {
        let scored = |sign, points| Scored { sign, points };
        let told = |signs: &[Scored]| {
            let figures = super::scored(&MovementScore(signs.to_vec()));
            figures.into_iter().map(|figure| (figure.name, format!("{:?}", figure.value))).collect::<Vec<_>>()
        };
        let [(signs, both), (against, back)] = told(&[
            scored(MovementSign::Speed, 3),
            scored(MovementSign::Vibration, 1),
            scored(MovementSign::BackAtAnchor, -3),
        ])
        .try_into()
        .unwrap();
        assert_eq!((signs, against), ("signs", "signs_against"));
        assert!(!both.contains('3') && both.contains("，") && !back.contains("，"), "{both} {back}");
        assert!(told(&[]).is_empty());
    }
}

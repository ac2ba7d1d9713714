//! Of a vehicle with its places and its loan, and of many vehicles.

use super::one::last_seen;
use super::{Figure, Value, count, figure, flag, metres, minutes, place, text, time, word};
use crate::said::name;
use crate::{Said, Voice, en, loan, vehicle, zh};
use model::finding::Finding;
use model::{ContractId, Coordinates, Timestamp, VehicleId};

pub(super) fn figures(finding: &Finding) -> Vec<Figure> {
    match finding {
        Finding::Inside { .. } | Finding::Outside { .. } | Finding::Abroad { .. } => of_border(finding),
        Finding::StaysElsewhere { .. }
        | Finding::Unvisited { .. }
        | Finding::Replaced { .. }
        | Finding::Window { .. } => of_habits(finding),
        Finding::Lost {
            contact_lost,
            sms_failed_at,
            last_heard,
            last_place,
            place_at,
            silent_ms,
            threshold_ms,
        } => {
            let mut figures = vec![
                flag("contact_lost", name("借款人失联", "contact with the borrower is lost"), *contact_lost),
                time("last_heard", name("最后通信", "last heard"), *last_heard),
                minutes("silent_ms", name("至少离线", "silent for at least"), *silent_ms),
                minutes("threshold_ms", name("允许离线", "allowed"), *threshold_ms),
            ];
            figures.extend(
                sms_failed_at.map(|at| time("sms_failed_at", name("短信未送达", "SMS not delivered"), at)),
            );
            figures.extend(last_seen(*last_place, *place_at));
            figures
        }
        Finding::NearSevere { severe_over, last_place, seen_at, parked_since, night_place } => {
            let mut figures =
                vec![count("severe_over", name("严重逾期界限（天）", "severe from days"), *severe_over)];
            figures.extend(seen_at.map(|at| time("seen_at", name("最后定位时间", "last seen"), at)));
            figures.extend(parked_since.map(|at| time("parked_since", name("停放开始", "stands since"), at)));
            figures.extend(last_place.map(|at| place("last_place", name("最后位置", "last seen at"), at)));
            figures.extend(night_place.iter().flat_map(|night| {
                [
                    count("nights", name("夜间停放晚数", "nights there"), night.nights),
                    place("night_place", name("夜间停放点", "usually at night at"), night.place),
                ]
            }));
            figures
        }
        Finding::DeviceCheck { due, troubles } => {
            let of = |said: fn(crate::Name) -> &'static str| {
                let each = troubles
                    .iter()
                    .map(|one| format!("{} {}", one.terminal, said(vehicle::device_fault(one.what))));
                each.collect::<Vec<_>>().join("; ")
            };
            let troubles = Said { zh: of(|name| name.zh), en: of(|name| name.en) };
            vec![
                figure("due", name("还款日", "due"), Value::Date(*due), None),
                word("troubles", name("设备问题", "what is wrong"), troubles),
            ]
        }
        _ => of_many(finding),
    }
}

fn of_border(finding: &Finding) -> Vec<Figure> {
    match finding {
        Finding::Inside { place: id, name: called, since, inside_m, parked_since, stays, provenance } => {
            let mut figures = vec![
                text("place", name("地点编号", "place"), id),
                text("name", name("地点名称", "called"), called),
                time("since", name("进入时间", "entered"), *since),
                metres("inside_m", name("距边界", "inside its border"), *inside_m),
            ];
            figures.extend(parked_since.map(|at| time("parked_since", name("停放开始", "stands since"), at)));
            if *stays > 0 {
                figures.push(count("stays", name("期内第几次停留", "stay number"), *stays));
            }
            figures.extend(provenance.as_ref().map(|provenance| {
                let by = format!("{} {}", provenance.origin.code(), provenance.confirmed_by);
                text("provenance", name("地点来源", "watched by the word of"), by)
            }));
            figures
        }
        Finding::Outside { place: id, name: called, since, left_at } => vec![
            text("place", name("地点编号", "place"), id),
            text("name", name("地点名称", "called"), called),
            time("since", name("进入时间", "inside since"), *since),
            time("left_at", name("离开时间", "left"), *left_at),
        ],
        Finding::Abroad { region, name: called, level, home, since, inside_m } => vec![
            text("region", name("行政区编号", "region"), region),
            text("name", name("行政区名称", "called"), called),
            word("level", name("级别", "level"), vehicle::region_level(*level)),
            text("home", name("归属地", "it belongs to"), home),
            time("since", name("进入时间", "since"), *since),
            metres("inside_m", name("距边界", "inside its border"), *inside_m),
        ],
        _ => Vec::new(),
    }
}

fn of_habits(finding: &Finding) -> Vec<Figure> {
    match finding {
        Finding::StaysElsewhere { place: stands, since, nearest_usual_m } => {
            let mut figures =
                vec![time("since", name("停放开始", "stands since"), *since), stands_at(*stands)];
            figures.extend(nearest_usual_m.map(|far| {
                metres("nearest_usual_m", name("距最近常停点", "from the nearest usual place"), far)
            }));
            figures
        }
        Finding::Unvisited { place: left, since, usual, frozen_at } => {
            let mut figures = vec![
                time("since", name("最后离开常停点", "left the last one"), *since),
                count("usual", name("常停点数", "usual places"), *usual),
                place("place", name("最后的常停点", "the last one"), *left),
            ];
            figures.extend(frozen(*frozen_at));
            figures
        }
        Finding::Replaced { place: stands, since, new_percent, old_percent, frozen_at } => {
            let percent =
                |name, label, share: u32| figure(name, label, Value::Count(i64::from(share)), Some("%"));
            let mut figures = vec![
                time("since", name("新地点最早出现", "first day of a new place"), *since),
                percent("new_percent", name("新地点停放占比", "at new places"), *new_percent),
                percent("old_percent", name("原常停点占比", "at its usual ones"), *old_percent),
                stands_at(*stands),
            ];
            figures.extend(frozen(*frozen_at));
            figures
        }
        Finding::Window { place: stands, since, leaves_at, nights, days, basis } => vec![
            time("since", name("停放开始", "stands since"), *since),
            time("leaves_at", name("通常离开时间", "usually leaves"), *leaves_at),
            count("nights", name("停放晚数", "nights there"), *nights),
            count("days", name("停放天数", "days there"), *days),
            word("basis", name("法律依据", "legal basis"), loan::legal_basis(*basis)),
            stands_at(*stands),
        ],
        _ => Vec::new(),
    }
}

fn of_many(finding: &Finding) -> Vec<Figure> {
    match finding {
        Finding::Outage { since, silent, of, overdue } => vec![
            time("since", name("开始时间", "since"), *since),
            count("silent", name("离线设备数", "silent"), *silent),
            count("of", name("设备总数", "of"), *of),
            text("overdue", name("涉及的逾期合同", "overdue contracts"), contracts(overdue)),
        ],
        Finding::Gathered { place: around, since, vehicles, count: together, overdue } => vec![
            time("since", name("开始时间", "since"), *since),
            count("count", name("车辆数", "vehicles"), *together),
            count("overdue", name("逾期车辆数", "past due"), *overdue),
            text("vehicles", name("车辆", "which"), plates(vehicles)),
            place("place", name("聚集位置", "around"), *around),
        ],
        Finding::FeedStale { as_of, loans } => vec![
            time("as_of", name("截至时间", "as of"), *as_of),
            count("loans", name("贷款笔数", "loans"), *loans),
        ],
        Finding::FeedFell { as_of, loans, before } => vec![
            time("as_of", name("截至时间", "as of"), *as_of),
            count("loans", name("文件笔数", "loans in the file"), *loans),
            count("before", name("现行笔数", "loans in force"), *before),
        ],
        // Of one vehicle: `one` has it. What it says is shown all the same.
        other => vec![word(
            "seen",
            name("所见", "seen"),
            Said {
                zh: zh::sentence(other, &Voice::at_desk(&jiff::tz::TimeZone::UTC)),
                en: en::sentence(other, &Voice::at_desk(&jiff::tz::TimeZone::UTC)),
            },
        )],
    }
}

fn stands_at(at: Coordinates) -> Figure {
    place("place", name("位置", "place"), at)
}

fn frozen(at: Option<Timestamp>) -> Option<Figure> {
    at.map(|at| time("frozen_at", name("档案冻结时间", "profile frozen"), at))
}

fn contracts(contracts: &[ContractId]) -> String {
    contracts.iter().map(|contract| contract.0.as_str()).collect::<Vec<_>>().join(", ")
}

fn plates(vehicles: &[VehicleId]) -> String {
    vehicles.iter().map(VehicleId::as_str).collect::<Vec<_>>().join(", ")
}

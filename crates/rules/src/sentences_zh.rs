//! Each rule in a Chinese sentence, with the thresholds that a rule set has for a lender.
//!
//! Shape: a rule set, a lender and a rule in, a sentence out. Source: the English sentences beside the rules.

use crate::rule_set::{RuleSet, Thresholds};
use model::{LenderId, Rule};

/// What a rule says, for those who read Chinese.
#[must_use]
pub fn sentence_zh(rule_set: &RuleSet, lender: Option<&LenderId>, rule: Rule) -> String {
    let set = rule_set.thresholds_for(lender);
    of_the_debt(set, rule)
        .or_else(|| of_a_device(set, rule))
        .or_else(|| of_a_place(set, rule))
        .unwrap_or_else(|| of_the_fleet(set, rule))
}

/// What is told only of a vehicle on which something is past due, or nothing.
fn of_the_debt(all: &Thresholds, rule: Rule) -> Option<String> {
    Some(match rule {
        Rule::OverdueMoved => {
            let set = &all.overdue_moved;
            format!(
                "逾期 {} 天及以上（多次逾期及应从严催收的为 {} 天，特别关注或失联的为 {} 天）的车辆离开停放处；{} 小时内不再提醒，除非级别更高、去往其他地区或停在不常停的地方；\
                 停满 {} 分钟后结束",
                set.dpd_min,
                set.dpd_min_repeat,
                all.loan.attention_dpd_min,
                set.cool_down_h,
                set.parked_close_min
            )
        }
        Rule::OverdueOffline => {
            let set = &all.overdue_offline;
            format!(
                "逾期 {} 天及以上（多次逾期及应从严催收的为 {} 天）的车辆，全部设备均无信号：行驶中 {} 小时，停放中 {} 小时（停放处曾无信号的，\
                 比以往最久再多四分之一，至多 {} 小时），仅有无线设备的为其平常间隔的 {}% 再加 {} 小时；满 {} 小时升为 P1，{} 天后再提醒一次",
                set.dpd_min,
                set.dpd_min_repeat,
                set.silent_moving_h,
                set.silent_parked_h,
                set.silent_unseen_max_h,
                set.backup_interval_percent,
                set.backup_extra_h,
                set.graver_h,
                set.again_days
            )
        }
        Rule::OfflineNoLoan => {
            let set = &all.offline_noloan;
            format!(
                "没有逾期的车辆无信号：有线设备 {} 小时，无线设备 {} 个上报间隔；仅作记录",
                set.silent_wired_h, set.backup_intervals
            )
        }
        Rule::Abandoned => {
            let set = &all.abandoned;
            format!(
                "逾期 {} 天及以上的车辆已停放 {} 天（事故后 {} 天），设备仍在线；并说明该处是常停地、抵押车聚集点、拖车停车场、车商、修理厂还是其他地方",
                set.dpd_min, set.days, set.accident_days
            )
        }
        Rule::PersonAndCarLost => {
            let set = &all.person_and_car_lost;
            format!(
                "逾期 {} 天及以上，借款人失联或最近一条短信未送达，且车辆无信号超出其设备平常间隔 {} 小时",
                set.dpd_min, set.silent_extra_h
            )
        }
        Rule::SevereBoundary => format!(
            "贷款逾期已满 {} 天（超过 {} 天为严重逾期）：说明车辆最后出现的地方及夜间常停处；列入工作清单",
            all.severe_boundary.dpd_min, all.loan.severe_dpd_over
        ),
        Rule::DwellUnknown => {
            let set = &all.dwell_unknown;
            format!(
                "逾期 {} 天及以上的车辆在一处停放 {} 小时（0 至 6 点按双倍计），而该处此前停放不足 {} 夜或 {} 天；每处只提醒一次；离开或该处成为常停地后结束",
                set.dpd_min, set.hours, all.habits.nights_min, all.habits.days_min
            )
        }
        Rule::RecoveryWindow => {
            let set = &all.recovery_window;
            format!(
                "逾期超过 {} 天、已立案且有法律依据的车辆停在常停地，按习惯还会停 {} 小时；离开后结束；{} 小时内不再提醒",
                all.loan.severe_dpd_over, set.remaining_h, set.cool_down_h
            )
        }
        _ => return None,
    })
}

/// What a device does or says.
#[expect(clippy::too_many_lines, reason = "a table of sentences: one arm a rule")]
fn of_a_device(all: &Thresholds, rule: Rule) -> Option<String> {
    Some(match rule {
        Rule::PowerCut => {
            let set = &all.power_cut;
            format!(
                "设备失去车辆供电满 {} 分钟；{} 小时内车辆失去信号的升为 P1；恢复供电 {} 分钟后结束",
                set.confirm_min, set.silent_within_h, set.restored_min
            )
        }
        Rule::TamperLight => {
            let set = &all.tamper_light;
            format!(
                "设备报告见光、被打开或被拆下；安装后 {} 小时内或在已登记的修理厂内仅列入工作清单；{} 小时内不再提醒；由人员结束",
                set.installed_h, set.cool_down_h
            )
        }
        Rule::LowVehicleBattery | Rule::LowDeviceBattery => {
            let what = if rule == Rule::LowVehicleBattery { "车辆电瓶" } else { "设备自身电池" };
            format!(
                "{what}电量低已持续 {} 小时；{} 小时内不再提醒",
                all.battery.persist_h, all.battery.cool_down_h
            )
        }
        Rule::JamSuspect => {
            let set = &all.blind;
            format!(
                "逾期 {} 天及以上的车辆行驶中 {} 分钟无定位而设备仍在通信，或设备报告受干扰，或有线与无线设备同时失去定位和网络 {} 分钟而周围设备正常；\
                 仅行驶中的有线设备如此的列入工作清单",
                set.dpd_min, set.under_way_for_min, set.silent_for_min
            )
        }
        Rule::IgnitionNoGps => {
            format!("停放处点火后 {} 分钟无定位，此前在该处本就无信号的除外", all.blind.stands_for_min)
        }
        Rule::PairSeparated => {
            let set = &all.pair;
            format!(
                "有线与无线设备同一时刻或停放期间连续 {} 次不在一处；安装后 {} 小时内或从未同处的仅列入工作清单",
                set.occurrences, set.new_binding_h
            )
        }
        Rule::PairLiveness => format!("有线设备 {} 小时无信号，而无线设备仍上报", all.pair.main_silent_h),
        Rule::JumpSpoof => {
            let set = &all.implausible;
            format!(
                "{} 次定位跳变，相距之远非汽车所能及（前后各不超过一天），或行驶速度下连续 {} 次定位在同一点；{} 小时未再出现后结束",
                set.jumps_min, set.frozen_fixes_min, set.quiet_h
            )
        }
        Rule::Speed => "设备报告车辆超速；仅作记录".to_owned(),
        Rule::DeviceMoved => {
            let set = &all.device_moved;
            format!(
                "设备换了 SIM 卡、自报编号或车牌与以前不同，或绑定后 {} 天内停到车商场地满 {} 小时；由人员结束",
                set.bound_days, set.dealer_h
            )
        }
        Rule::WirelessMissed => format!(
            "无线设备比其上报间隔晚 {}%：一次仅作记录，两次列入工作清单，三次及以上当日处理",
            all.wireless_missed.grace_percent
        ),
        Rule::ClockQuality => {
            let set = &all.implausible;
            format!(
                "{} 次上报的时间在未来或没有时钟，或一小时内只有并非补报的过去时间，或连续 {} 天上报而无定位；仅作记录",
                set.reports_min, set.no_fix_days
            )
        }
        Rule::DeviceCheckDue => {
            let set = &all.device_check;
            format!(
                "还款日前几天内，设备超过平常间隔 {} 倍且至少 {} 小时无信号，或设备电池、车辆电瓶电量低，或 {} 小时只上报而无定位，或时钟滞后；由设备人员处理",
                set.silent_intervals, set.silent_least_h, set.no_fix_h
            )
        }
        _ => return None,
    })
}

/// Where a vehicle is, and how it goes there.
fn of_a_place(all: &Thresholds, rule: Rule) -> Option<String> {
    Some(match rule {
        Rule::EbikeSignature => {
            let set = &all.ebike;
            format!(
                "连续七天每天都移动，但从未达到 {} 公里/小时；超过 {} 公里/小时后结束；{} 天内不再提醒",
                set.slower_than_kmh, set.close_over_kmh, set.cool_down_days
            )
        }
        Rule::Tow => {
            format!("未点火而移动满 {} 秒；停满 {} 分钟后结束", all.tow.for_s, all.tow.parked_close_min)
        }
        Rule::FenceIn => {
            format!("两次定位在“进入”围栏之内；离开满 {} 分钟后结束", all.fence.flap_min)
        }
        Rule::FenceOut => format!(
            "驶出“离开”围栏，且距离大于定位误差及半径的十分之一（至少 100 米）；回到围栏内满 {} 分钟后结束",
            all.fence.flap_min
        ),
        Rule::RegionCross => {
            let set = &all.region;
            format!(
                "车辆到了另一国家，或逾期 {} 天及以上到了另一省份，或逾期 {} 天及以上到了另一城市（与最初所在地相比）：{} 次定位，深入 {} 公里或停留 {} 分钟；\
                 同一地区 {} 小时内不再提醒；返回或去往别处后结束",
                set.dpd_min_province, set.dpd_min_city, set.fixes_min, set.deep_km, set.stay_min, set.again_h
            )
        }
        Rule::BlackpointPass => "车辆驶过抵押车聚集点；仅作记录".to_owned(),
        Rule::BlackpointStay => {
            let set = &all.black_point;
            format!(
                "车辆在抵押车聚集点停留 {} 分钟；夜间满 {} 小时，或 {} 天内第 {} 次停留的更严重；离开满 {} 分钟后结束",
                set.stay_min, set.night_h, set.repeat_days, set.repeat_stays, set.away_min
            )
        }
        Rule::Impound => format!("车辆在拖车停车场停放满 {} 小时；离开后结束", all.impound.stay_h),
        Rule::HabitBreak => {
            let set = &all.habit_break;
            format!(
                "车辆在移动，但已 {} 天未到任何常停地（逾期中只计逾期前的常停地）；未逾期的仅作记录；到访后结束；{} 天内不再提醒",
                set.days, set.cool_down_days
            )
        }
        Rule::HabitReplaced => {
            let set = &all.habit_replaced;
            format!(
                "最近十天停在常停地的时间不足 {}%，停在最近 {} 天才出现的地方达 {}% 及以上（逾期中以逾期前的常停地为准）；{} 天内不再提醒；由人员结束",
                set.old_below_percent, set.new_days, set.new_percent_min, set.cool_down_days
            )
        }
        _ => return None,
    })
}

/// What concerns several vehicles, or none.
fn of_the_fleet(all: &Thresholds, rule: Rule) -> String {
    match rule {
        Rule::Gathering => {
            let set = &all.gathering;
            format!(
                "{} 辆及以上车辆在彼此 {} 米内的非常停地停放 {} 小时，其中一辆逾期；每处一条告警；核实后一周内不再提醒",
                set.vehicles_min, set.within_m, set.stood_h
            )
        }
        Rule::LoanFeedStale => format!(
            "某资方最新的贷款台账超过 {} 小时未更新，或新台账贷款笔数骤减而被拒；下一份台账到达后结束",
            all.loan.fresh_max_h
        ),
        Rule::Outage => {
            "同一网络、城市或厂家的（或全部）设备有半数、至少十台在十分钟内失去信号：合并为一条告警，并列出其中逾期的合同；它们的无信号时间从恢复后起算"
                .to_owned()
        }
        other => other.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lender_with_thresholds_of_its_own_is_told_those() {
        let rule_set = RuleSet::parse("[lender.north.overdue_moved]\ndpd_min = 23\n").unwrap();
        let of = |lender: Option<&str>| {
            let lender = lender.map(|lender| LenderId(lender.into()));
            sentence_zh(&rule_set, lender.as_ref(), Rule::OverdueMoved).contains("逾期 23 天")
        };
        assert_eq!([of(None), of(Some("south")), of(Some("north"))], [false, false, true]);
    }

    #[test]
    fn every_rule_has_a_sentence_with_the_figures_of_its_english_one() {
        let rule_set = RuleSet::default();
        for (rule, english) in crate::sentences(&rule_set, None) {
            let chinese = sentence_zh(&rule_set, None, rule);
            assert!(
                chinese.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign)),
                "{rule:?}: {chinese}"
            );
            let missing: Vec<String> =
                figures(&english).into_iter().filter(|figure| !figures(&chinese).contains(figure)).collect();
            assert!(missing.is_empty() || ALLOWED.contains(&rule), "{rule:?} lacks {missing:?}: {chinese}");
        }
    }

    fn figures(text: &str) -> Vec<String> {
        text.split(|sign: char| !sign.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Whose figures are said in another unit, or in words.
    const ALLOWED: [Rule; 4] = [Rule::Impound, Rule::DeviceCheckDue, Rule::LoanFeedStale, Rule::DwellUnknown];
}

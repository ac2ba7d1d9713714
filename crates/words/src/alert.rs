//! What alerts are called, and what happens to them.

use crate::Name;
use crate::said::name;
use model::alert::{AlertEvent, Notice, Rejection};
use model::{AlertState, CloseReason, Rule, Severity, WithdrawReason};

/// What a rule states.
pub const fn rule(rule: Rule) -> Name {
    match rule {
        Rule::OverdueMoved => name("逾期车辆移动", "Overdue vehicle moved"),
        Rule::OverdueOffline => name("逾期车辆离线", "Overdue vehicle not heard of"),
        Rule::OfflineNoLoan => name("无逾期车辆离线", "Vehicle not heard of, nothing past due"),
        Rule::PowerCut => name("断电报警", "Power cut"),
        Rule::TamperLight => name("拆除或见光报警", "Device uncovered or removed"),
        Rule::LowVehicleBattery => name("车辆电瓶低电", "Vehicle battery low"),
        Rule::LowDeviceBattery => name("设备低电", "Device battery low"),
        Rule::JamSuspect => name("疑似信号屏蔽", "Jamming suspected"),
        Rule::IgnitionNoGps => name("点火无定位", "Ignition on without a position"),
        Rule::Abandoned => name("长期未移动", "Has not moved for days"),
        Rule::PairSeparated => name("主从设备分离", "Devices at two places"),
        Rule::PairLiveness => name("有线离线、无线在线", "Wired device silent, hidden one lives"),
        Rule::EbikeSignature => name("疑似装在电动车上", "No faster than an electric bicycle"),
        Rule::Tow => name("熄火移动（疑似拖车）", "Moves with the ignition off"),
        Rule::JumpSpoof => name("位置跳变或伪造", "Positions that cannot be"),
        Rule::Speed => name("超速", "Too fast"),
        Rule::DeviceMoved => name("设备或卡被更换", "Device or SIM card exchanged"),
        Rule::WirelessMissed => name("无线设备漏报", "Hidden device missed its report"),
        Rule::ClockQuality => name("时钟或定位质量异常", "Clock or positions of no use"),
        Rule::FenceIn => name("进入围栏", "Entered a fence"),
        Rule::FenceOut => name("离开围栏", "Left a fence"),
        Rule::RegionCross => name("越界（国、省、市）", "In another region"),
        Rule::BlackpointPass => name("途经黑点", "Passed a black point"),
        Rule::BlackpointStay => name("停留黑点", "Stands in a black point"),
        Rule::Impound => name("进入扣押停车场", "In a lot for towed cars"),
        Rule::PersonAndCarLost => name("人车失联", "Person and car lost"),
        Rule::SevereBoundary => name("临近严重逾期", "Days away from severe overdue"),
        Rule::DeviceCheckDue => name("还款日前设备检查", "Device check before the due date"),
        Rule::DwellUnknown => name("停留陌生地点", "Stands at an unknown place"),
        Rule::HabitBreak => name("未到常停点", "Visits none of its usual places"),
        Rule::HabitReplaced => name("常停点被取代", "Usual places replaced"),
        Rule::RecoveryWindow => name("清收窗口", "Recovery window"),
        Rule::Gathering => name("车辆聚集", "Vehicles stand together"),
        Rule::LoanFeedStale => name("贷款文件未更新", "Loan book has not come"),
        Rule::Outage => name("成片离线", "Devices fell silent together"),
    }
}

/// How soon somebody must act.
pub const fn severity(severity: Severity) -> Name {
    match severity {
        Severity::P1 => name("立即处理", "act now"),
        Severity::P2 => name("今日处理", "today"),
        Severity::P3 => name("工作清单", "work list"),
        Severity::P4 => name("仅记录", "log only"),
    }
}

/// Where an alert stands.
pub const fn state(state: &AlertState) -> Name {
    match state {
        AlertState::Unconfirmed => name("待贷款数据确认", "unconfirmed"),
        AlertState::Open => name("待处理", "open"),
        AlertState::Acknowledged { .. } => name("处理中", "acknowledged"),
        AlertState::Closed { .. } => name("已关闭", "closed"),
        AlertState::Withdrawn { .. } => name("已撤回", "withdrawn"),
    }
}

/// Why an alert closed.
pub const fn close_reason(reason: CloseReason) -> Name {
    match reason {
        CloseReason::Confirmed => name("属实", "confirmed"),
        CloseReason::FalseAlarm => name("误报", "false alarm"),
        CloseReason::Unclear => name("无法判断", "unclear"),
        CloseReason::ConditionOver => name("情况已结束", "condition over"),
    }
}

/// Why an alert was taken back.
pub const fn withdraw_reason(reason: WithdrawReason) -> Name {
    match reason {
        WithdrawReason::Paid => name("欠款已还", "the arrears were paid"),
        WithdrawReason::Settled => name("贷款已结清", "the loan is settled"),
        WithdrawReason::Held => name("贷款已暂停催收", "the loan is held"),
        WithdrawReason::Current => {
            name("新的贷款文件显示无逾期", "a fresh loan book says that nothing is past due")
        }
        WithdrawReason::Absent => name("贷款文件中已无此合同", "the loan is no longer in the book"),
        WithdrawReason::BindingChanged => {
            name("设备已改绑到其他车辆", "the device belongs to another vehicle")
        }
        WithdrawReason::Overdue => {
            name("现已逾期，由其他规则负责", "something is past due now: another rule speaks of it")
        }
        WithdrawReason::Merged => {
            name("属于范围更大的通信中断，已另行告警", "part of a wider outage, which is told instead")
        }
    }
}

/// What people are told of an alert.
pub const fn notice(notice: Notice) -> Name {
    match notice {
        Notice::Opened => name("新告警", "raised"),
        Notice::Confirmed => name("已确认", "confirmed by a fresh book"),
        Notice::Escalated => name("升级", "more severe"),
        Notice::Cleared => name("情况已结束，待结论", "over, waits for a verdict"),
        Notice::Withdrawn => name("撤回", "taken back"),
        Notice::Closed => name("关闭", "closed"),
        Notice::Unacknowledged => name("无人受理，再次提醒", "nobody acknowledged it: told again"),
    }
}

/// What happened to an alert.
pub const fn alert_event(event: AlertEvent) -> Name {
    match event {
        AlertEvent::Opened => name("产生告警", "raised"),
        AlertEvent::Observed => {
            name("已观察到，贷款文件过期，未作陈述", "observed on a stale loan book, nothing stated")
        }
        AlertEvent::Confirmed => name("新的贷款文件予以确认", "confirmed by a fresh loan book"),
        AlertEvent::Escalated => name("升级", "became more severe"),
        AlertEvent::Renewed => name("出现新情况", "something new was found"),
        AlertEvent::Cleared => name("情况已结束，待结论", "the condition is over, a verdict is wanted"),
        AlertEvent::Resumed => name("情况再次出现", "the condition holds again"),
        AlertEvent::ToldAgain => name("无人受理，再次提醒", "nobody had acknowledged it: told again"),
        AlertEvent::Restated => name("更新贷款信息", "what it says of the loan was brought up to date"),
        AlertEvent::Withdrawn => name("撤回", "taken back"),
        AlertEvent::Ended => name("情况结束，自动关闭", "closed by itself: the condition is over"),
        AlertEvent::Acknowledged => name("受理", "acknowledged"),
        AlertEvent::Unacknowledged => name("退回", "given back"),
        AlertEvent::Assigned => name("指派", "assigned"),
        AlertEvent::Snoozed => name("稍后处理", "snoozed"),
        AlertEvent::Woken => name("取消稍后处理", "no longer snoozed"),
        AlertEvent::Noted => name("备注", "note"),
        AlertEvent::Closed => name("给出结论", "verdict"),
        AlertEvent::Seen => name("结束后查看", "seen after it had ended"),
    }
}

/// Why a fix was not believed.
pub const fn rejection(rejection: Rejection) -> Name {
    match rejection {
        Rejection::FewSatellites => name("卫星数不足", "too few satellites"),
        Rejection::Jump => {
            name("与上一可信位置相距过远", "further from the last believed fix than any car drives")
        }
        Rejection::Settling => {
            name("信号恢复后接收机尚未稳定", "the receiver was still settling after a gap")
        }
        Rejection::Drift => name("属于停放漂移范围", "within the scatter of a parked receiver"),
        Rejection::Future => name("时间在未来", "from the future"),
        Rejection::Late => name("补报过晚，不能说明现状", "received too late to say anything of now"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Said;
    use model::Timestamp;

    #[test]
    fn every_code_of_an_alert_has_its_words_in_both_languages() {
        let at = Timestamp::from_ms(0);
        let states = [
            AlertState::Unconfirmed,
            AlertState::Open,
            AlertState::Acknowledged { by: String::new(), at, note: None },
            AlertState::Closed { reason: CloseReason::Unclear, by: None, at, note: None },
            AlertState::Withdrawn { reason: WithdrawReason::Paid, at },
        ];
        let names = (Rule::ALL.iter().copied().map(rule))
            .chain(Severity::ALL.iter().copied().map(severity))
            .chain(states.iter().map(state))
            .chain(CloseReason::ALL.iter().copied().map(close_reason))
            .chain(WithdrawReason::ALL.iter().copied().map(withdraw_reason))
            .chain(Notice::ALL.iter().copied().map(notice))
            .chain(AlertEvent::ALL.iter().copied().map(alert_event))
            .chain(Rejection::ALL.iter().copied().map(rejection));
        for name in names {
            assert!(Said::from(name).keeps_to_itself(), "{name:?}");
        }
    }

    #[test]
    fn no_two_rules_have_one_name() {
        let names: std::collections::BTreeSet<&str> = Rule::ALL.iter().map(|code| rule(*code).zh).collect();
        assert_eq!(names.len(), Rule::ALL.len());
    }
}

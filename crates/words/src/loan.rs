//! What is said of loans and of what happened to them.

use crate::en::money;
use crate::said::name;
use crate::{Name, Said};
use model::input::LoanEvent;
use model::loan::{
    Bucket, Channel, ContactResult, ContactState, Course, HoldKind, Holds, LegalBasis, Level, LoanBar,
    Quadrant, Reason, Standing, Tier, VisitResult,
};
use model::{DaysPastDue, loan::Attention};

/// Thirty days past due each.
pub const fn bucket(bucket: Bucket) -> Name {
    match bucket {
        Bucket::M0 => name("M0 正常", "M0 current"),
        Bucket::M1 => name("M1 逾期1–30天", "M1 1–30 days"),
        Bucket::M2 => name("M2 逾期31–60天", "M2 31–60 days"),
        Bucket::M3 => name("M3 逾期61–90天", "M3 61–90 days"),
        Bucket::M4 => name("M4 逾期91–120天", "M4 91–120 days"),
        Bucket::M5 => name("M5 逾期121–150天", "M5 121–150 days"),
        Bucket::M6 => name("M6 逾期151–180天", "M6 151–180 days"),
        Bucket::M7Plus => name("M7+ 逾期180天以上", "M7+ over 180 days"),
    }
}

/// What forbids to state delinquency.
pub const fn hold(hold: HoldKind) -> Name {
    match hold {
        HoldKind::Bankruptcy => name("破产程序中", "bankruptcy"),
        HoldKind::LegalCase => name("涉诉", "legal case"),
        HoldKind::Dispute => name("债务有争议", "disputed debt"),
        HoldKind::Extension => name("已展期", "payment extension"),
        HoldKind::Promise => name("承诺还款", "promise to pay"),
    }
}

/// What a loan is at an instant.
pub fn standing(standing: Standing) -> Said {
    match standing {
        Standing::Settled => name("已结清", "settled").into(),
        Standing::Held(kind) => {
            let Name { zh, en } = hold(kind);
            Said { zh: format!("暂停催收：{zh}"), en: format!("held: {en}") }
        }
        Standing::Current => name("无逾期", "current").into(),
        Standing::Overdue(days) => Said { zh: format!("逾期{}天", days.0), en: days.to_string() },
    }
}

/// How closely a loan is watched.
pub const fn tier(tier: Tier) -> Name {
    match tier {
        Tier::PreDue => name("还款日前", "due soon"),
        Tier::Slight => name("轻微逾期", "slight"),
        Tier::Watch => name("关注", "watch"),
        Tier::Repeat => name("反复逾期", "repeatedly overdue"),
        Tier::Severe => name("严重逾期", "severe"),
    }
}

/// Willingness and ability to pay, together.
pub const fn quadrant(quadrant: Quadrant) -> Name {
    match quadrant {
        Quadrant::WillingAble => name("有意愿、有能力", "willing and able"),
        Quadrant::WillingUnable => name("有意愿、无能力", "willing, unable"),
        Quadrant::UnwillingAble => name("无意愿、有能力", "unwilling, able"),
        Quadrant::UnwillingUnable => name("无意愿、无能力", "unwilling and unable"),
    }
}

/// What a lender's policy says.
pub const fn course(course: Course) -> Name {
    match course {
        Course::Remind => name("提醒", "remind"),
        Course::Restructure => name("重组债务、轻度监控", "restructure, a light watch"),
        Course::PressAndWatch => name("施压并监控车辆", "press and watch the vehicle"),
        Course::PreserveAsset => name("资产保全", "preserve the asset"),
    }
}

/// One axis of the quadrants.
pub const fn level(level: Level) -> Name {
    match level {
        Level::High => name("有", "high"),
        Level::Low => name("无", "low"),
    }
}

/// Why a loan is overdue.
pub const fn reason(reason: Reason) -> Name {
    match reason {
        Reason::Hardship => name("经济困难", "hardship"),
        Reason::Malicious => name("恶意拖欠", "does not want to pay"),
        Reason::LegalCase => name("涉案", "involved in a legal case"),
        Reason::Bankruptcy => name("破产", "bankrupt"),
        Reason::Accident => name("车辆出险", "the vehicle had an accident"),
    }
}

/// Whether the borrower can be reached.
pub const fn contact_state(state: ContactState) -> Name {
    match state {
        ContactState::Reachable => name("有联", "reachable"),
        ContactState::Lost => name("失联", "contact lost"),
    }
}

/// What makes a recovery lawful.
pub const fn legal_basis(basis: LegalBasis) -> Name {
    match basis {
        LegalBasis::CourtDocument => name("法院文书", "court document"),
        LegalBasis::WrittenConsent => name("借款人书面同意", "the borrower's consent in writing"),
        LegalBasis::VoluntarySurrender => name("借款人自愿交车", "the borrower hands it over"),
    }
}

/// By which road staff act.
pub const fn channel(channel: Channel) -> Name {
    match channel {
        Channel::Sms => name("短信", "short message"),
        Channel::Phone => name("电话", "phone"),
        Channel::Letter => name("信函", "letter"),
        Channel::Visit => name("上门", "visit"),
        Channel::VehicleControl => name("车辆控制", "through the vehicle"),
        Channel::Litigation => name("诉讼", "litigation"),
        Channel::DebtAssignment => name("债权转让", "debt assignment"),
        Channel::Wechat => name("微信", "messenger"),
    }
}

/// What came of a contact.
pub const fn contact_result(result: ContactResult) -> Name {
    match result {
        ContactResult::Reached => name("已联系上", "reached"),
        ContactResult::NoAnswer => name("无人接听", "no answer"),
        ContactResult::WrongNumber => name("号码或地址有误", "wrong number or address"),
        ContactResult::Promised => name("承诺还款", "promised to pay"),
        ContactResult::Refused => name("拒绝还款", "refused"),
        ContactResult::Sent => name("已发出", "sent"),
        ContactResult::ContactLost => name("确认失联", "contact is lost"),
    }
}

/// Whom or what a visit met.
pub const fn visit_result(result: VisitResult) -> Name {
    match result {
        VisitResult::Seen => name("见到车辆", "the vehicle was seen"),
        VisitResult::NotSeen => name("未见车辆", "the vehicle was not seen"),
        VisitResult::MetBorrower => name("见到借款人", "met the borrower"),
        VisitResult::MetOther => name("见到他人", "met somebody else"),
    }
}

/// Something that happened to a loan; not what staff wrote about it, and not where.
pub fn loan_event(event: &LoanEvent) -> Said {
    match event {
        LoanEvent::Payment { amount: Some(amount) } => {
            let amount = money(*amount);
            Said { zh: format!("还款 {amount} 元"), en: format!("payment of {amount}") }
        }
        LoanEvent::Payment { amount: None } => name("还清全部逾期款", "everything overdue was paid").into(),
        LoanEvent::DebitFailed => name("扣款失败", "a debit failed").into(),
        LoanEvent::Promise { until } => {
            Said { zh: format!("承诺 {until} 前还款"), en: format!("promise to pay by {until}") }
        }
        LoanEvent::Hold { holds } => held(holds),
        LoanEvent::Settled => name("贷款结清", "settled").into(),
        LoanEvent::SmsDelivery { delivered: true } => name("短信已送达", "an SMS was delivered").into(),
        LoanEvent::SmsDelivery { delivered: false } => name("短信未送达", "an SMS was not delivered").into(),
        LoanEvent::Contacted { channel: by, result, .. } => both(channel(*by), contact_result(*result)),
        LoanEvent::Visit { result, .. } => both(name("上门", "visit"), visit_result(*result)),
        LoanEvent::Attention { attention: Some(Attention { until, .. }) } => {
            Said { zh: format!("重点关注至 {until}"), en: format!("special attention until {until}") }
        }
        LoanEvent::Attention { attention: None } => name("取消重点关注", "special attention lifted").into(),
        LoanEvent::RecoveryCase { open: false, .. } => name("清收案件关闭", "recovery case closed").into(),
        LoanEvent::RecoveryCase { basis: Some(basis), .. } => {
            both(name("清收案件立案", "recovery case opened"), legal_basis(*basis))
        }
        LoanEvent::RecoveryCase { basis: None, .. } => {
            name("清收案件立案，尚无法律依据", "recovery case opened, without a legal basis").into()
        }
        LoanEvent::AddressesFiled { .. } => name("登记地址更新", "addresses filed").into(),
    }
}

/// Holds that are set, or that none is any more.
fn held(holds: &Holds) -> Said {
    let until = |kind, until: Option<model::Date>| {
        let Name { zh, en } = hold(kind);
        until.map(|until| Said { zh: format!("{zh}至 {until}"), en: format!("{en} until {until}") })
    };
    let named: Vec<Said> = [
        holds.bankruptcy.then(|| hold(HoldKind::Bankruptcy).into()),
        holds.legal_case.then(|| hold(HoldKind::LegalCase).into()),
        holds.dispute.then(|| hold(HoldKind::Dispute).into()),
        until(HoldKind::Extension, holds.extension_until),
        until(HoldKind::Promise, holds.promise_until),
    ]
    .into_iter()
    .flatten()
    .collect();
    if named.is_empty() {
        return name("取消所有暂停催收", "every hold lifted").into();
    }
    let (zh, en): (Vec<String>, Vec<String>) = named.into_iter().map(|said| (said.zh, said.en)).unzip();
    Said { zh: format!("暂停催收：{}", zh.join("、")), en: format!("held: {}", en.join(", ")) }
}

fn both(one: Name, other: Name) -> Said {
    Said { zh: format!("{}：{}", one.zh, other.zh), en: format!("{}: {}", one.en, other.en) }
}

/// Why a loan does not allow a rule to begin. Days past due stand in it: it is for whoever may read them.
pub fn bar(bar: LoanBar) -> Said {
    match bar {
        LoanBar::None => name("没有已知的贷款", "no loan is known").into(),
        LoanBar::Absent => {
            name("最新的完整贷款文件中已无此合同", "the newest complete book no longer has the loan").into()
        }
        LoanBar::Settled => name("贷款已结清", "the loan is settled").into(),
        LoanBar::Held(kind) => {
            let Name { zh, en } = hold(kind);
            Said { zh: format!("贷款已暂停催收：{zh}"), en: format!("the loan is held: {en}") }
        }
        LoanBar::Current => name("没有逾期", "nothing is past due").into(),
        LoanBar::NotComingDue => name("近期没有还款日", "no due date is near, by a fresh book").into(),
        LoanBar::TooFewDays { has, needs } => Said {
            zh: format!("逾期{has}天，规则从{needs}天起"),
            en: format!("{}, it begins at {needs}", DaysPastDue(has)),
        },
        LoanBar::Overdue { has } => Said {
            zh: format!("逾期{has}天：由逾期离线规则负责"),
            en: format!("{}: that is for OVERDUE_OFFLINE", DaysPastDue(has)),
        },
        LoanBar::AlreadyDue { has } => Said {
            zh: format!("已逾期{has}天：本规则只针对将到的还款日"),
            en: format!("{}: it is for a due date to come", DaysPastDue(has)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Date;
    use model::loan::FiledAddresses;

    #[test]
    fn every_code_of_a_loan_has_its_words_in_both_languages() {
        let names = (Bucket::ALL.iter().copied().map(bucket))
            .chain(HoldKind::ALL.iter().copied().map(hold))
            .chain(Tier::ALL.iter().copied().map(tier))
            .chain(Quadrant::ALL.iter().copied().map(quadrant))
            .chain(Course::ALL.iter().copied().map(course))
            .chain(Level::ALL.iter().copied().map(level))
            .chain(Reason::ALL.iter().copied().map(reason))
            .chain(ContactState::ALL.iter().copied().map(contact_state))
            .chain(LegalBasis::ALL.iter().copied().map(legal_basis))
            .chain(Channel::ALL.iter().copied().map(channel))
            .chain(ContactResult::ALL.iter().copied().map(contact_result))
            .chain(VisitResult::ALL.iter().copied().map(visit_result));
        for name in names {
            assert!(Said::from(name).keeps_to_itself(), "{name:?}");
        }
    }

    #[test]
    fn every_standing_bar_and_event_is_said_in_both_languages() {
        let until = Date::parse("2026-12-01").unwrap();
        let holds = Holds { dispute: true, promise_until: Some(until), ..Holds::default() };
        let attention = Some(Attention { reason: "x".into(), until });
        let events = [
            LoanEvent::Payment { amount: Some(125_050) },
            LoanEvent::Payment { amount: None },
            LoanEvent::DebitFailed,
            LoanEvent::Promise { until },
            LoanEvent::Hold { holds },
            LoanEvent::Hold { holds: Holds::default() },
            LoanEvent::Settled,
            LoanEvent::SmsDelivery { delivered: true },
            LoanEvent::SmsDelivery { delivered: false },
            LoanEvent::Contacted { channel: Channel::Phone, result: ContactResult::NoAnswer, note: None },
            LoanEvent::Visit { result: VisitResult::Seen, place: None, note: None },
            LoanEvent::Attention { attention },
            LoanEvent::Attention { attention: None },
            LoanEvent::RecoveryCase { open: true, basis: None },
            LoanEvent::RecoveryCase { open: true, basis: Some(LegalBasis::CourtDocument) },
            LoanEvent::RecoveryCase { open: false, basis: None },
            LoanEvent::AddressesFiled { addresses: FiledAddresses::default() },
        ];
        let bars = [
            LoanBar::None,
            LoanBar::Absent,
            LoanBar::Settled,
            LoanBar::Held(HoldKind::Promise),
            LoanBar::Current,
            LoanBar::NotComingDue,
            LoanBar::TooFewDays { has: 3, needs: 6 },
            LoanBar::Overdue { has: 3 },
            LoanBar::AlreadyDue { has: 3 },
        ];
        let standings = [
            Standing::Settled,
            Standing::Held(HoldKind::Promise),
            Standing::Current,
            Standing::Overdue(DaysPastDue(17)),
        ];
        let said = events.iter().map(loan_event).chain(bars.map(bar)).chain(standings.map(standing));
        for said in said {
            assert!(said.keeps_to_itself(), "{said:?}");
        }
        assert_eq!(loan_event(&LoanEvent::Payment { amount: Some(125_050) }).zh, "还款 1250.50 元");
    }
}

//! The columns of a loan book, a bindings file and an events file, and what lenders call them. One table each.
//!
//! Shape: a header's cells → [`Columns`]. A name is compared without case, blanks, `_`, `-` and a unit `(元)`.
//! Errors: a meaning that two columns have. Source: DESIGN.md §6; `domain.md` §1 (terms).

use crate::FileError;
use crate::cell::narrow;

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Contract,
    Vin,
    Plate,
    Lender,
    OldestUnpaidDue,
    DaysPastDue,
    AmountOverdue,
    PrincipalOutstanding,
    TimeZone,
    RiskGrade,
    Willingness,
    Ability,
    Reason,
    ContactState,
    ActualUser,
    PromiseUntil,
    ExtensionUntil,
    Bankruptcy,
    Dispute,
    LegalCase,
    Episodes12m,
    DpdMax,
    SettledAt,
    AsOf,
    Terminal,
    Vehicle,
    Role,
    From,
    To,
    At,
    Event,
    Detail,
    Amount,
    HomeLat,
    HomeLon,
    WorkLat,
    WorkLon,
}

/// A meaning, our name for it, and other names.
pub(crate) struct Heading {
    pub(crate) column: Column,
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
}

const fn heading(column: Column, name: &'static str, aliases: &'static [&'static str]) -> Heading {
    Heading { column, name, aliases }
}

const CONTRACT_ALIASES: &[&str] = &[
    "合同号",
    "合同编号",
    "贷款合同号",
    "借款合同编号",
    "contract_no",
    "contract_number",
    "contract_id",
    "loan_no",
];
const VIN_ALIASES: &[&str] = &["车架号", "车辆识别代号", "车辆识别码", "车架号VIN", "VIN码"];
const PLATE_ALIASES: &[&str] =
    &["车牌", "车牌号", "车牌号码", "号牌号码", "plate_no", "licence_plate", "license_plate"];

/// The loan book's columns, in the order in which we write them.
#[rustfmt::skip]
pub(crate) const LOAN: &[Heading] = &[
    heading(Column::Contract, "contract", CONTRACT_ALIASES),
    heading(Column::Vin, "vin", VIN_ALIASES),
    heading(Column::Plate, "plate", PLATE_ALIASES),
    heading(Column::Lender, "lender", &["资方", "出借人", "放款机构", "资金方", "贷款机构", "lender_id"]),
    heading(Column::OldestUnpaidDue, "oldest_unpaid_due", &["最早未还日", "最早未还款日", "最早未还期应还日", "逾期起始日", "逾期开始日期", "应还款日", "应还日期", "oldest_unpaid_due_date", "due_date", "overdue_since"]),
    heading(Column::DaysPastDue, "days_past_due", &["逾期天数", "当前逾期天数", "dpd", "overdue_days"]),
    heading(Column::AmountOverdue, "amount_overdue", &["逾期金额", "逾期总额", "逾期总金额", "overdue_amount"]),
    heading(Column::PrincipalOutstanding, "principal_outstanding", &["剩余本金", "未还本金", "本金余额", "贷款余额", "outstanding_principal"]),
    heading(Column::TimeZone, "time_zone", &["时区", "timezone", "tz"]),
    heading(Column::RiskGrade, "risk_grade", &["风险等级", "风险级别", "grade"]),
    heading(Column::Willingness, "willingness", &["还款意愿", "willingness_to_pay"]),
    heading(Column::Ability, "ability", &["还款能力", "ability_to_pay"]),
    heading(Column::Reason, "reason", &["逾期原因", "原因", "overdue_reason"]),
    heading(Column::ContactState, "contact_state", &["联系状态", "联络状态", "contact"]),
    heading(Column::ActualUser, "actual_user", &["实际使用人", "实际用车人"]),
    heading(Column::PromiseUntil, "promise_until", &["承诺还款日", "承诺还款日期", "promise_to_pay", "ptp_date"]),
    heading(Column::ExtensionUntil, "extension_until", &["展期至", "展期到期日", "延期至"]),
    heading(Column::Bankruptcy, "bankruptcy", &["破产", "是否破产"]),
    heading(Column::Dispute, "dispute", &["争议", "是否有争议", "存在争议"]),
    heading(Column::LegalCase, "legal_case", &["涉案", "是否涉案", "涉诉", "是否涉诉"]),
    heading(Column::Episodes12m, "episodes_12m", &["近12月逾期次数", "近12个月逾期次数", "overdue_episodes_12m"]),
    heading(Column::DpdMax, "dpd_max", &["最大逾期天数", "历史最大逾期天数", "最高逾期天数", "max_dpd"]),
    heading(Column::SettledAt, "settled_at", &["结清日期", "结清时间", "结清日", "settled_on"]),
    heading(Column::HomeLat, "home_lat", &["住址纬度", "家庭纬度", "家庭地址纬度", "居住地纬度", "home_latitude"]),
    heading(Column::HomeLon, "home_lon", &["住址经度", "家庭经度", "家庭地址经度", "居住地经度", "home_longitude", "home_lng"]),
    heading(Column::WorkLat, "work_lat", &["单位纬度", "单位地址纬度", "工作地纬度", "公司纬度", "work_latitude"]),
    heading(Column::WorkLon, "work_lon", &["单位经度", "单位地址经度", "工作地经度", "公司经度", "work_longitude", "work_lng"]),
    heading(Column::AsOf, "as_of", &["数据日期", "数据时间", "统计日期", "截止日期", "as_of_date"]),
];

/// What a loan book must have: of each group one. As of when it speaks may be said on the command line instead.
pub(crate) const LOAN_REQUIRED: &[&[Column]] =
    &[&[Column::Contract], &[Column::Vin, Column::Plate], &[Column::OldestUnpaidDue, Column::DaysPastDue]];

/// What a bindings file must have: of each group one.
pub(crate) const BINDING_REQUIRED: &[&[Column]] =
    &[&[Column::Terminal], &[Column::Vehicle, Column::Vin, Column::Plate]];

/// The bindings file's columns, in the order in which we write them.
#[rustfmt::skip]
pub(crate) const BINDING: &[Heading] = &[
    heading(Column::Terminal, "terminal", &["设备号", "设备编号", "终端号", "终端手机号", "IMEI", "IMEI号", "设备IMEI", "terminal_id", "device", "device_id"]),
    heading(Column::Vehicle, "vehicle", &["车辆", "vehicle_id"]),
    heading(Column::Vin, "vin", VIN_ALIASES),
    heading(Column::Plate, "plate", PLATE_ALIASES),
    heading(Column::Role, "role", &["角色", "设备类型", "主从", "有线无线", "设备角色"]),
    heading(Column::From, "from", &["开始时间", "开始日期", "绑定时间", "绑定日期", "安装时间", "安装日期", "bound_from", "installed_at"]),
    heading(Column::To, "to", &["结束时间", "结束日期", "解绑时间", "解绑日期", "拆除时间", "bound_to", "removed_at"]),
];

/// What an events file must have: of each group one.
pub(crate) const EVENT_REQUIRED: &[&[Column]] = &[&[Column::Contract], &[Column::At], &[Column::Event]];

/// The events file's columns.
#[rustfmt::skip]
pub(crate) const EVENT: &[Heading] = &[
    heading(Column::Contract, "contract", CONTRACT_ALIASES),
    heading(Column::At, "at", &["发生时间", "时间", "日期", "happened_at", "time"]),
    heading(Column::Event, "event", &["事件", "类型", "事件类型", "event_type"]),
    heading(Column::Detail, "detail", &["详情", "说明", "结果", "details"]),
    heading(Column::Amount, "amount", &["金额", "还款金额", "实还金额", "到账金额", "amount_paid", "paid_amount", "payment_amount"]),
];

impl Heading {
    fn is_called(&self, key: &str) -> bool {
        key == header_key(self.name) || self.aliases.iter().any(|alias| key == header_key(alias))
    }
}

/// What a header cell is compared by.
fn header_key(cell: &str) -> String {
    let mut key: String = narrow(cell)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '"' | '\'' | '*' | '\u{feff}'))
        .collect::<String>()
        .to_lowercase();
    if let Some(without_unit) = key.strip_suffix("(元)") {
        key.truncate(without_unit.len());
    }
    key
}

pub(crate) fn find(headings: &'static [Heading], cell: &str) -> Option<&'static Heading> {
    let key = header_key(cell);
    headings.iter().find(|heading| heading.is_called(&key))
}

/// Where in a row each meaning stands.
pub(crate) struct Columns {
    headings: &'static [Heading],
    names: Vec<String>,
    places: Vec<(Column, usize)>,
    /// Columns that mean nothing to us, as the file calls them.
    pub(crate) ignored: Vec<String>,
}

impl Columns {
    pub(crate) fn of_header<'a>(
        headings: &'static [Heading],
        header: impl Iterator<Item = &'a str>,
    ) -> Result<Self, FileError> {
        let names = header.map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        let mut columns = Self { headings, names: Vec::new(), places: Vec::new(), ignored: Vec::new() };
        for (at, name) in names.iter().enumerate() {
            let Some(heading) = find(headings, name) else {
                if !name.is_empty() {
                    columns.ignored.push(name.clone());
                }
                continue;
            };
            if let Some(first) = columns.place(heading.column) {
                let first = names.get(first).cloned().unwrap_or_default();
                return Err(FileError::SameColumnTwice { name: heading.name, first, second: name.clone() });
            }
            columns.places.push((heading.column, at));
        }
        columns.names = names;
        Ok(columns)
    }

    pub(crate) fn place(&self, column: Column) -> Option<usize> {
        self.places.iter().find(|(known, _)| *known == column).map(|(_, at)| *at)
    }

    pub(crate) fn has(&self, column: Column) -> bool {
        self.place(column).is_some()
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// As the file calls it; our own name where the file has no such column.
    pub(crate) fn name(&self, column: Column) -> &str {
        self.place(column).and_then(|at| self.names.get(at)).map_or_else(
            || {
                self.headings
                    .iter()
                    .find(|heading| heading.column == column)
                    .map_or("", |heading| heading.name)
            },
            String::as_str,
        )
    }

    /// A column that is known but of no use in this file.
    pub(crate) fn ignore(&mut self, column: Column) {
        if self.has(column) {
            let name = self.name(column).to_owned();
            self.ignored.push(name);
        }
    }

    /// One of these must be there.
    pub(crate) fn require(&self, any_of: &[Column]) -> Result<(), FileError> {
        if any_of.iter().any(|column| self.has(*column)) {
            return Ok(());
        }
        let wanted = self.headings.iter().filter(|heading| any_of.contains(&heading.column));
        // Of several columns a few names each are enough to find the one that is meant.
        let aliases_max = if any_of.len() == 1 { usize::MAX } else { ALIASES_OF_EACH };
        let aliases = wanted.clone().flat_map(|heading| heading.aliases.iter().take(aliases_max).copied());
        Err(FileError::MissingColumn {
            any_of: wanted.clone().map(|heading| heading.name).collect(),
            aliases: aliases.collect::<Vec<_>>().join(", "),
            unknown: self.ignored.clone(),
        })
    }
}

/// Other names that are told of each of several columns.
const ALIASES_OF_EACH: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_things() {
        for headings in [LOAN, BINDING, EVENT] {
            for heading in headings {
                for name in heading.aliases.iter().chain([&heading.name]) {
                    assert_eq!(find(headings, name).unwrap().column, heading.column, "{name}");
                }
            }
        }
    }

    #[test]
    fn a_header_is_known_without_case_blanks_underscores_and_unit() {
        for cell in [" Contract No ", "CONTRACT-NO", "ｃｏｎｔｒａｃｔ", "合同 编号"] {
            assert_eq!(find(LOAN, cell).unwrap().column, Column::Contract, "{cell}");
        }
        assert_eq!(find(LOAN, "逾期金额（元）").unwrap().column, Column::AmountOverdue);
        assert!(find(LOAN, "逾期金额(万元)").is_none(), "ten thousand yuan is another unit");
    }

    #[test]
    fn two_columns_of_one_meaning_are_refused_by_name() {
        let error = Columns::of_header(LOAN, ["合同号", "contract"].into_iter()).err().unwrap();
        assert!(error.to_string().contains("\"合同号\" and \"contract\""), "{error}");
    }
}

//! The same in Chinese, for the desk: what staff do in their spreadsheet.

use super::RejectReason;

impl RejectReason {
    /// Its code in JSON and CSV.
    #[rustfmt::skip]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",                       Self::TooLong { .. } => "too_long",
            Self::Shortened => "shortened",                   Self::Rounded => "rounded",
            Self::DecimalCode => "decimal_code",              Self::ZeroLost => "zero_lost",
            Self::Formula => "formula",                       Self::ControlCharacter => "control_character",
            Self::AmbiguousDate => "ambiguous_date",          Self::NotADate => "not_a_date",
            Self::YearOutOfRange { .. } => "year_out_of_range", Self::NotATime => "not_a_time",
            Self::AmbiguousAmount => "ambiguous_amount",      Self::NotAnAmount => "not_an_amount",
            Self::TooFine => "too_fine",                      Self::Negative => "negative",
            Self::NotDegrees => "not_degrees",                Self::NotACount => "not_a_count",
            Self::UnknownWord { .. } => "unknown_word",       Self::UnknownZone => "unknown_zone",
            Self::VinLength { .. } => "vin_length",           Self::VinLetter { .. } => "vin_letter",
            Self::VinCharacter { .. } => "vin_character",     Self::BadCode { .. } => "bad_code",
            Self::CellCount { .. } => "cell_count",           Self::SameContract { .. } => "same_contract",
            Self::SameVehicle { .. } => "same_vehicle",       Self::Overlap { .. } => "overlap",
            Self::EndsBeforeStart => "ends_before_start",
        }
    }

    /// What is wrong, behind the value.
    pub fn zh(&self) -> String {
        match self {
            Self::TooLong { max } => format!("超过 {max} 字节"),
            Self::YearOutOfRange { from, to } => format!("不在 {from} 至 {to} 年之间；没有日期就留空"),
            Self::UnknownWord { expected } => format!("无法识别；请使用以下之一：{expected}"),
            Self::VinLength { found } => format!("有 {found} 个字符，车架号应为 17 个"),
            Self::VinLetter { letter, digit } => format!("含有字母 {letter}，车架号中没有；应为数字 {digit}"),
            Self::VinCharacter { character } => format!("含有 {character:?}，车架号中没有"),
            Self::BadCode { problem } => format!("不能使用：{problem}"),
            Self::CellCount { found, expected } => format!(
                "本行有 {found} 个单元格，表头有 {expected} 个；分隔符或引号错位，或行末空单元格被省略：请把总有内容的列放在最后"
            ),
            Self::SameContract { line } => format!("与第 {line} 行是同一合同；请只保留一行"),
            Self::SameVehicle { line } => format!("与第 {line} 行的合同是同一车辆，且都未结清；请只保留一行"),
            Self::Overlap { line } => format!("与第 {line} 行的绑定时间重叠；请先结束其中一个"),
            plain => plain.plain_zh().to_owned(),
        }
    }

    /// Of those without a figure.
    const fn plain_zh(&self) -> &'static str {
        match self {
            Self::Missing => "为空，但每行都必须有",
            Self::Shortened => "是被表格软件缩写的数字；请把该列设为文本后重新导出",
            Self::Rounded => "末尾是零，因为表格软件只保留 15 位；请把该列设为文本后重新导出",
            Self::DecimalCode => "应为编号，却是带小数点的数字；请把该列设为文本后重新导出",
            Self::ZeroLost => "只有 14 位，设备号应为 15 位：开头的零丢失了；请把该列设为文本后重新导出",
            Self::Formula => "是公式；请导出数值而不是公式",
            Self::ControlCharacter => "含有控制字符；请删除",
            Self::AmbiguousDate => "可能是多个日期；请写成 2026-11-20",
            Self::NotADate => "不是日期；请写成 2026-11-20",
            Self::NotATime => "不是时间；请写成 2026-11-20 01:00 或 2026-11-20T01:00:00+08:00",
            Self::AmbiguousAmount => "可能是多个金额；请写成 1234.50",
            Self::NotAnAmount => "不是金额；请写成 1234.50",
            Self::TooFine => "超过两位小数；金额精确到分",
            Self::Negative => "为负数；请写所欠金额，或 0",
            Self::NotDegrees => "不是度数；请按 WGS-84 写成 22.54310",
            Self::NotACount => "不是 0 到 65535 的整数",
            Self::UnknownZone => "不是 IANA 时区；请使用 Asia/Shanghai 这样的名称",
            Self::EndsBeforeStart => "不在绑定开始之后",
            Self::TooLong { .. }
            | Self::YearOutOfRange { .. }
            | Self::UnknownWord { .. }
            | Self::VinLength { .. }
            | Self::VinLetter { .. }
            | Self::VinCharacter { .. }
            | Self::BadCode { .. }
            | Self::CellCount { .. }
            | Self::SameContract { .. }
            | Self::SameVehicle { .. }
            | Self::Overlap { .. } => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<RejectReason> {
        vec![
            RejectReason::Missing,
            RejectReason::TooLong { max: 9 },
            RejectReason::Shortened,
            RejectReason::Rounded,
            RejectReason::DecimalCode,
            RejectReason::ZeroLost,
            RejectReason::Formula,
            RejectReason::ControlCharacter,
            RejectReason::AmbiguousDate,
            RejectReason::NotADate,
            RejectReason::YearOutOfRange { from: 1990, to: 2100 },
            RejectReason::NotATime,
            RejectReason::AmbiguousAmount,
            RejectReason::NotAnAmount,
            RejectReason::TooFine,
            RejectReason::Negative,
            RejectReason::NotDegrees,
            RejectReason::NotACount,
            RejectReason::UnknownWord { expected: "高".into() },
            RejectReason::UnknownZone,
            RejectReason::VinLength { found: 16 },
            RejectReason::VinLetter { letter: 'O', digit: '0' },
            RejectReason::VinCharacter { character: '中' },
            RejectReason::BadCode { problem: "x".into() },
            RejectReason::CellCount { found: 3, expected: 4 },
            RejectReason::SameContract { line: 7 },
            RejectReason::SameVehicle { line: 7 },
            RejectReason::Overlap { line: 7 },
            RejectReason::EndsBeforeStart,
        ]
    }

    #[test]
    fn every_reason_is_said_in_chinese_with_its_figures_and_has_the_code_of_its_json() {
        for reason in every() {
            let zh = reason.zh();
            assert!(zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{reason:?}");
            let json = serde_json::to_value(&reason).unwrap();
            assert_eq!(json["code"], reason.code());
        }
        assert!(RejectReason::SameContract { line: 7 }.zh().contains('7'));
    }
}

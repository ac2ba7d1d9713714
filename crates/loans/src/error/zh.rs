//! The same in Chinese, for the desk.

use super::{FileError, named};

impl FileError {
    /// Why the file is of no use, and what to do.
    pub fn zh(&self) -> String {
        match self {
            Self::Io(_) => "文件无法读取".to_owned(),
            Self::Empty => "文件没有数据行；请检查导出是否完成".to_owned(),
            Self::TooManyBytes { bytes, max } => format!("文件有 {bytes} 字节，上限为 {max}；请按资方拆分"),
            Self::TooManyRows { max } => format!("文件超过 {max} 行；请按资方拆分"),
            Self::TooManyColumns { found, max } => {
                format!("表头有 {found} 列，上限为 {max}；请只导出贷款相关的列")
            }
            Self::Workbook => "这是 Excel 工作簿，不是 CSV；请另存为“CSV UTF-8”后导入".to_owned(),
            Self::Nul { line } => format!("第 {line} 行含有空字符，文件不是文本或已损坏；请重新导出"),
            Self::BrokenText { line, encoding } => {
                format!("第 {line} 行不是有效的 {encoding}；请用 UTF-8 或 GBK 重新导出")
            }
            Self::NoHeader { encoding, first_line, expected } => format!(
                "没有找到表头：前几行没有任何已知列名（按 {encoding} 读取，第一行为“{first_line}”）；请在数据上方加一行，至少包含 {expected}"
            ),
            Self::MissingColumn { any_of, aliases, unknown } => {
                let unknown = match unknown.as_slice() {
                    [] => String::new(),
                    unknown => format!("；无法识别：{}", named(unknown, "、")),
                };
                format!("缺少列“{}”；也可以叫 {aliases}{unknown}", any_of.join("”或“"))
            }
            Self::SameColumnTwice { name, first, second } => {
                format!("列“{first}”和“{second}”都表示 {name}；请删除其中一个")
            }
            Self::EndlessRow { line, max } => {
                format!("从第 {line} 行开始的一行超过 {max} 字节；可能有引号没有关闭")
            }
            Self::Truncated { line } => format!("文件在第 {line} 行中间结束；传输中断，请重新发送"),
            Self::SeveralAsOf { line, first, other } => {
                format!(
                    "第 {line} 行的数据时间是 {other}，上面的行是 {first}；一个文件只能有一个时间：请拆分"
                )
            }
            Self::NoAsOf => "文件没有说明数据时间；请加一列“数据日期”，或在导入时填写".to_owned(),
            Self::SeveralLenders { line, first, other } => {
                format!("第 {line} 行属于资方“{other}”，上面的行属于“{first}”；请按资方拆分文件")
            }
            Self::UnknownZone { zone } => format!("“{zone}”不是 IANA 时区；请使用 Asia/Shanghai 这样的名称"),
            Self::MostlyRejected { rejected, rows, .. } => {
                format!("{rows} 行中有 {rejected} 行有误，其余的也不可信；请先更正")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_file_is_said_in_chinese_with_where_it_is() {
        let cases = [
            (FileError::Empty, "没有数据行"),
            (FileError::Truncated { line: 7 }, "7"),
            (
                FileError::MissingColumn {
                    any_of: vec!["vin", "plate"],
                    aliases: "车架号".into(),
                    unknown: Vec::new(),
                },
                "“vin”或“plate”；也可以叫 车架号",
            ),
            (FileError::MostlyRejected { rejected: 6, rows: 9, examples: Vec::new() }, "9 行中有 6 行"),
        ];
        for (error, part) in cases {
            assert!(error.zh().contains(part), "{}", error.zh());
        }
    }
}

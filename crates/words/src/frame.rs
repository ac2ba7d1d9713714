//! Why a connection ended, why a frame was not understood: what somebody reads who waits for the first position of a device.
//!
//! Shape: codes of `ingest` and `wire`, which are nobody's enum here, in; words out, `None` for a code that is not known. Source:
//! `ux.md` §2 (the waiting room says why not), §4.5.

use crate::Name;
use crate::said::name;
use model::AttemptReason;
use model::input::SessionEndReason;

/// Why the session of a terminal ended, as the journal keeps it.
pub const fn session_end(reason: SessionEndReason) -> Name {
    match reason {
        SessionEndReason::Closed => name("设备断开连接", "the device closed the connection"),
        SessionEndReason::Idle => name("长时间没有数据", "nothing came for too long"),
        SessionEndReason::TakenOver => name("同一设备重新连接", "the same device connected again"),
        SessionEndReason::Protocol => name("数据无法识别", "the bytes made no sense"),
        SessionEndReason::Failed => name("网络连接失败", "the connection failed"),
        SessionEndReason::Stopped => name("服务器停止", "the server stopped"),
    }
}

/// Why a connection came to nothing, or only as far as the quarantine.
pub const fn attempt(reason: AttemptReason) -> Name {
    match reason {
        AttemptReason::Http => {
            name("浏览器或网页程序，不是定位设备", "a web browser or an HTTP program, no tracker")
        }
        AttemptReason::Tls => {
            name("加密连接；设备端口不加密", "a TLS hello: tracker ports are not encrypted")
        }
        AttemptReason::Ssh => name("远程登录程序，不是定位设备", "an SSH client, no tracker"),
        AttemptReason::Rdp => name("远程桌面程序，不是定位设备", "a remote desktop client, no tracker"),
        AttemptReason::SaidNothing => name("已连接，但没有发送数据", "it connected and said nothing"),
        AttemptReason::UnknownBytes => name(
            "数据不属于任何已知协议，请检查设备型号",
            "bytes of no protocol that is known: check the device's model",
        ),
        AttemptReason::SlowFrame => name("数据帧没有发完", "a frame began and never ended"),
        AttemptReason::TooLong => name("数据帧超过任何协议的长度", "a frame longer than any frame is"),
        AttemptReason::BadChecksums => name("校验错误的数据帧", "frames with a wrong checksum"),
        AttemptReason::NoLogin => name("未登录就上报", "reports before a login"),
        AttemptReason::WrongCode => name("鉴权码错误", "wrong authentication codes"),
        AttemptReason::TooManyTerminals => {
            name("一个连接上的设备太多", "more devices than one connection may carry")
        }
        AttemptReason::OtherProtocol => name(
            "此端口使用另一种协议，请改用自动识别端口",
            "this port speaks another protocol: use the port that tells by itself",
        ),
        AttemptReason::Unapproved => {
            name("数据已识别，等待批准", "it is understood, and waits for somebody to approve it")
        }
        AttemptReason::ServerFull => name("服务器连接数已满", "as many connections as the server takes"),
        AttemptReason::AddressFull => name("此地址连接数已满", "as many connections as one address may have"),
    }
}

/// Why a connection ended, by the code in logs and metrics.
pub fn connection_end(code: &str) -> Option<Name> {
    found(ENDS, code)
}

/// What was wrong with a frame, by its code in the log of frames.
pub fn problem(code: &str) -> Option<Name> {
    found(PROBLEMS, code)
}

fn found(table: &[(&str, Name)], code: &str) -> Option<Name> {
    table.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

#[rustfmt::skip]
const ENDS: &[(&str, Name)] = &[
    ("closed", name("对方断开连接", "the other side closed the connection")),
    ("idle", name("长时间没有完整的数据帧", "no whole frame for too long")),
    ("handshake", name("连接后迟迟没有表明设备身份", "it did not say in time which device it is")),
    ("slow_frame", name("数据帧开始后迟迟没有结束", "a frame began and did not end in time")),
    ("slow_reader", name("对方不读取服务器的应答", "it does not read what it is sent")),
    ("taken_over", name("同一设备重新连接", "the same device connected again")),
    ("stopped", name("服务器停止", "the server stops")),
    ("scanner", name("不是定位设备：浏览器或端口扫描", "no tracker: a web browser or a port scanner")),
    ("garbage", name("太多字节不属于任何数据帧，请检查协议与端口", "too many bytes that belong to no frame: check protocol and port")),
    ("too_long", name("数据帧超过任何协议的长度", "a frame longer than any frame is")),
    ("bad_checksums", name("校验错误的数据帧太多", "too many frames with a wrong checksum")),
    ("no_login", name("未登录就上报", "reports before a login")),
    ("wrong_codes", name("鉴权码错误", "wrong authentication codes")),
    ("too_many_terminals", name("一个连接上的设备太多", "more devices than one connection may carry")),
    ("failed", name("网络连接失败", "the connection failed")),
    ("journal", name("服务器无法保存，设备需要重发", "the server could not store it: the device sends it again")),
];

#[rustfmt::skip]
const PROBLEMS: &[(&str, Name)] = &[
    ("not_a_frame", name("不是任何已知协议的数据帧", "not a frame of any protocol that is known")),
    ("checksum", name("校验错误", "wrong checksum")),
    ("short", name("消息体过短", "the message ends too early")),
    ("trailing", name("消息体末尾有多余字节", "the message goes on after its last field")),
    ("unknown_message", name("未知的消息编号", "the message number is not known")),
    ("terminal_id", name("设备号不是数字", "the device number is not made of digits")),
    ("date", name("设备时间不存在", "the device's date does not exist")),
    ("off_globe", name("坐标超出地球范围", "coordinates are off the globe")),
    ("encrypted", name("消息体已加密", "the message is encrypted")),
    ("header", name("消息头自相矛盾", "the header does not agree with itself")),
    ("parts", name("分包消息不完整", "a split message is not whole")),
    ("no_login", name("此连接上还没有登录", "no login on this connection yet")),
    ("authentication", name("鉴权码错误", "wrong authentication code")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Said;

    #[test]
    fn every_reason_is_said_in_both_languages() {
        let sessions = SessionEndReason::ALL.iter().copied().map(session_end);
        let sessions = sessions.chain(AttemptReason::ALL.iter().copied().map(attempt));
        let listed = ENDS.iter().chain(PROBLEMS).map(|(_, name)| *name);
        for name in sessions.chain(listed) {
            assert!(Said::from(name).keeps_to_itself(), "{name:?}");
        }
        assert_eq!(
            connection_end("scanner").map(|name| name.en),
            Some("no tracker: a web browser or a port scanner")
        );
        assert_eq!((connection_end("nothing"), problem("nothing")), (None, None));
    }
}

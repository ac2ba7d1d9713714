//! What devices complain of.

use crate::Name;
use crate::said::name;
use model::Alarm;

/// An alarm as the device raises it.
pub const fn alarm(alarm: Alarm) -> Name {
    match alarm {
        Alarm::Sos => name("紧急求助", "emergency button"),
        Alarm::PowerCut => name("断电", "power cut"),
        Alarm::LowBattery => name("设备低电", "device battery low"),
        Alarm::LowExternal => name("车辆电瓶低电", "vehicle battery low"),
        Alarm::Vibration => name("震动", "vibration"),
        Alarm::Displacement => name("位移", "displacement"),
        Alarm::FenceEnter => name("进入设备围栏", "entered a fence of the device"),
        Alarm::FenceExit => name("离开设备围栏", "left a fence of the device"),
        Alarm::Overspeed => name("超速", "overspeed"),
        Alarm::Removed => name("拆除", "removed"),
        Alarm::Light => name("见光", "light"),
        Alarm::Jamming => name("信号干扰", "jamming"),
        Alarm::Tow => name("拖车", "tow"),
        Alarm::Collision => name("碰撞", "collision"),
        Alarm::Rollover => name("侧翻", "rollover"),
        Alarm::Door => name("车门打开", "door"),
        Alarm::IgnitionOn => name("点火", "ignition on"),
        Alarm::IgnitionOff => name("熄火", "ignition off"),
        Alarm::AntennaCut => name("天线断开", "antenna cut"),
        Alarm::AntennaShort => name("天线短路", "antenna shorted"),
        Alarm::GnssFault => name("定位模块故障", "positioning fault"),
        Alarm::BlindAreaEnter => name("进入盲区", "entered a blind area"),
        Alarm::BlindAreaExit => name("离开盲区", "left a blind area"),
        Alarm::Fatigue => name("疲劳驾驶", "fatigue"),
        Alarm::General => name("其他报警", "another alarm"),
        Alarm::PowerOn => name("开机", "powered on"),
        Alarm::PowerOff => name("关机", "powered off"),
        Alarm::SimChanged => name("更换SIM卡", "SIM card changed"),
        Alarm::CoverOpen => name("外壳打开", "case opened"),
        Alarm::FakeCell => name("伪基站", "false base station"),
        Alarm::Sound => name("声音", "sound"),
        Alarm::Fall => name("设备跌落", "device fell"),
        Alarm::Acceleration => name("急加速", "hard acceleration"),
        Alarm::Braking => name("急刹车", "hard braking"),
        Alarm::Cornering => name("急转弯", "sharp turn"),
        Alarm::ParkingTimeout => name("停车超时", "parked too long"),
        Alarm::RouteDeviation => name("偏离路线", "left its route"),
        Alarm::FuelTheft => name("油量异常", "fuel fell abnormally"),
        Alarm::Theft => name("车辆被盗", "theft"),
        Alarm::IllegalIgnition => name("非法点火", "started without permission"),
        Alarm::Fault => name("部件故障", "a part failed"),
        Alarm::Danger => name("危险预警", "the driver signalled danger"),
        Alarm::Area => name("进出区域", "area"),
        Alarm::SectionTime => name("路段行驶时间异常", "time in a road section"),
        Alarm::TyrePressure => name("胎压异常", "tyre pressure"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Said;

    #[test]
    fn every_alarm_has_its_words_in_both_languages() {
        for code in Alarm::ALL {
            assert!(Said::from(alarm(*code)).keeps_to_itself(), "{code}");
        }
    }
}

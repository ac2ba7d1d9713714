//! What is said of vehicles, their devices, and the places where they stand.

use crate::Name;
use crate::said::name;
use model::PlaceKind;
use model::finding::{DeviceFault, Exchange, Implausibility, Locality, MovementSign, SeparationCause};
use model::input::Role;
use model::place::Level;

/// At what kind of place a vehicle stands.
pub const fn locality(locality: Locality) -> Name {
    match locality {
        Locality::UsualPlace => name("常停点", "one of its usual places"),
        Locality::BlackPoint => name("黑点（二押点）", "a black point"),
        Locality::TowLot => name("扣押停车场", "a lot for towed cars"),
        Locality::Elsewhere => name("非常停点", "none of its usual places"),
        Locality::Dealer => name("车商或资方场地", "a dealer's ground"),
        Locality::RepairShop => name("维修店", "a repair shop"),
    }
}

/// What can be wrong with a device, as what it does.
pub const fn device_fault(fault: DeviceFault) -> Name {
    match fault {
        DeviceFault::Silent => name("离线", "is silent"),
        DeviceFault::LowBattery => name("自身低电", "says that its battery is low"),
        DeviceFault::NoFix => name("上报无定位", "reports without a position"),
        DeviceFault::ClockBehind => {
            name("时钟落后（时区或电池）", "has a clock that is behind: time zone, or battery")
        }
        DeviceFault::LowVehicleBattery => name("报车辆电瓶低电", "says that the vehicle's battery is low"),
    }
}

/// What speaks for a movement, or against it.
pub const fn movement_sign(sign: MovementSign) -> Name {
    match sign {
        MovementSign::Speed => name("两次达到10公里/小时", "10 km/h or more twice"),
        MovementSign::Displacement => name("三个位置点已离开", "three fixes away"),
        MovementSign::Ignition => name("点火", "ignition on"),
        MovementSign::Odometer => name("里程增加", "the odometer grew"),
        MovementSign::Vibration => name("离开时有震动", "vibration as it left"),
        MovementSign::Imprecise => name("定位精度低", "imprecise fixes"),
        MovementSign::AfterGap => name("信号中断后的首批位置", "first fixes after a gap"),
        MovementSign::BackAtAnchor => name("其间又回到原处", "back where it stood in between"),
    }
}

/// What is wrong with positions or times.
pub const fn implausibility(what: Implausibility) -> Name {
    match what {
        Implausibility::Jump => name("位置跳变超出车速可能", "positions further apart than any car drives"),
        Implausibility::Frozen => name("速度变化而位置不变", "always the same place at changing speeds"),
        Implausibility::Future => name("上报时间在未来", "reports from the future"),
        Implausibility::Undated => name("上报没有时间", "reports without a clock"),
        Implausibility::NoFix => name("没有卫星定位", "no satellite position"),
        Implausibility::Behind => {
            name("只上报过去的时间（时钟或时区）", "reports of the past and none of now (clock or time zone)")
        }
    }
}

/// Why two devices of one vehicle are at two places.
pub const fn separation_cause(cause: SeparationCause) -> Name {
    match cause {
        SeparationCause::Removed => name("此前在一起", "they were together before"),
        SeparationCause::Binding => {
            name("从未在一起，请核对各自所装车辆", "never seen together, check which vehicle each is on")
        }
    }
}

/// What of a device is another one.
pub const fn exchange(what: Exchange) -> Name {
    match what {
        Exchange::SimCard => name("换了SIM卡", "has another SIM card"),
        Exchange::Device => name("设备号变了", "gives another equipment number"),
        Exchange::Plate => name("所报车牌变了", "says that it is on another plate"),
    }
}

/// What a region is.
pub const fn region_level(level: Level) -> Name {
    match level {
        Level::Country => name("国家", "country"),
        Level::Province => name("省份", "province"),
        Level::City => name("城市", "city"),
    }
}

/// A terminal's part on a vehicle.
pub const fn role(role: Role) -> Name {
    match role {
        Role::Main => name("有线主机", "wired main device"),
        Role::Backup => name("无线备机", "wireless backup"),
    }
}

/// What a place is.
pub const fn place_kind(kind: &PlaceKind) -> Name {
    match kind {
        PlaceKind::Fence(_) => name("围栏", "fence"),
        PlaceKind::BlackPoint => name("黑点（二押点）", "black point"),
        PlaceKind::TowLot => name("扣押停车场", "lot for towed cars"),
        PlaceKind::Dealer => name("车商或资方场地", "dealer"),
        PlaceKind::RepairShop => name("维修店", "repair shop"),
        PlaceKind::Region(_) => name("行政区", "region"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Said;

    #[test]
    fn every_code_of_a_vehicle_has_its_words_in_both_languages() {
        let names = (Locality::ALL.iter().copied().map(locality))
            .chain(DeviceFault::ALL.iter().copied().map(device_fault))
            .chain(MovementSign::ALL.iter().copied().map(movement_sign))
            .chain(Implausibility::ALL.iter().copied().map(implausibility))
            .chain(SeparationCause::ALL.iter().copied().map(separation_cause))
            .chain(Exchange::ALL.iter().copied().map(exchange))
            .chain(Level::ALL.iter().copied().map(region_level))
            .chain(Role::ALL.iter().copied().map(role));
        for name in names {
            assert!(Said::from(name).keeps_to_itself(), "{name:?}");
        }
    }
}

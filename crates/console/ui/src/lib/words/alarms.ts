// Words of what devices report by themselves, shared by all protocols.

import { words } from '../i18n.svelte'

export const alarms = words({
  zh: {
    kind: {
    sos: '紧急求助', power_cut: '断电', low_battery: '设备低电', low_external: '车辆低压', vibration: '震动', displacement: '位移', fence_enter: '进围栏',
    fence_exit: '出围栏', overspeed: '超速', removed: '拆除', light: '见光', jamming: '屏蔽', tow: '拖车', collision: '碰撞', rollover: '侧翻', door: '车门',
    ignition_on: '点火', ignition_off: '熄火', antenna_cut: '天线断开', antenna_short: '天线短路', gnss_fault: '定位模块故障', blind_area_enter: '进盲区',
    blind_area_exit: '出盲区', fatigue: '疲劳驾驶', general: '报警', power_on: '开机', power_off: '关机', sim_changed: '换卡', cover_open: '开盖',
    fake_cell: '伪基站', sound: '声音', fall: '跌落', acceleration: '急加速', braking: '急刹车', cornering: '急转弯', parking_timeout: '停车超时',
    route_deviation: '偏航', fuel_theft: '偷油', theft: '被盗', illegal_ignition: '非法点火', fault: '故障', danger: '危险', area: '区域',
    section_time: '路段时间', tyre_pressure: '胎压',
    },
  },
  en: {
    kind: {
    sos: 'SOS', power_cut: 'power cut', low_battery: 'low device battery', low_external: 'low vehicle voltage', vibration: 'vibration', displacement: 'displacement',
    fence_enter: 'fence entered', fence_exit: 'fence left', overspeed: 'overspeed', removed: 'removed', light: 'light', jamming: 'jamming', tow: 'tow',
    collision: 'collision', rollover: 'rollover', door: 'door', ignition_on: 'ignition on', ignition_off: 'ignition off', antenna_cut: 'antenna cut',
    antenna_short: 'antenna short', gnss_fault: 'GNSS fault', blind_area_enter: 'blind area entered', blind_area_exit: 'blind area left', fatigue: 'fatigue',
    general: 'alarm', power_on: 'power on', power_off: 'power off', sim_changed: 'SIM changed', cover_open: 'cover open', fake_cell: 'fake cell',
    sound: 'sound', fall: 'fall', acceleration: 'harsh acceleration', braking: 'harsh braking', cornering: 'harsh cornering', parking_timeout: 'parked too long',
    route_deviation: 'off route', fuel_theft: 'fuel theft', theft: 'theft', illegal_ignition: 'illegal ignition', fault: 'fault', danger: 'danger', area: 'area',
    section_time: 'section time', tyre_pressure: 'tyre pressure',
    },
  },
})

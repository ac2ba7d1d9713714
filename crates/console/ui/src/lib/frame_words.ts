// What the protocols call their fields and messages, in Chinese. English is the name itself, as in the specs' tables.
//
// Shape: a word of `Field.name`, `Field.meaning` or `Frame.message` → the word shown. Errors: what is not listed stays as it is.
// Source: the field names of the protocol crates; GB/T terms of JT/T 808-2019.

import { meaningInChinese } from './frame_meanings'
import { language } from './i18n.svelte'
import { alarms } from './words/alarms'

const FIELDS: Record<string, string> = {
  start: '起始符', length: '长度', 'protocol number': '协议号', 'message id': '消息 ID', 'message number': '消息号', properties: '消息体属性',
  'protocol version': '协议版本', 'terminal number': '终端手机号', 'terminal id': '终端 ID', serial: '流水号', checksum: '校验', stop: '停止位',
  delimiter: '标识位', content: '内容', body: '消息体', rest: '剩余', surplus: '多余字节', 'date and time': '日期时间', clock: '时间', timestamp: '时间戳',
  satellites: '卫星', latitude: '纬度', longitude: '经度', speed: '速度', course: '航向', 'course and status': '航向与状态', altitude: '高程', angle: '角度',
  alarm: '报警标志', 'alarm code': '报警码', status: '状态', mcc: '国家码', mnc: '网络码', lac: '位置区', 'cell id': '基站', cell: '基站', cells: '基站',
  'access points': 'Wi-Fi', acc: 'ACC', 'upload mode': '上报方式', 're-upload': '补报', mileage: '里程', 'terminal information': '终端信息',
  'voltage level': '电压等级', 'GSM level': 'GSM 信号', signal: '信号', battery: '电量', 'external voltage': '外部电压', voltage: '电压', language: '语言',
  'time zone and language': '时区与语言', fence: '围栏', 'item id': '附加项 ID', 'item length': '附加项长度', 'item value': '附加项', item: '附加项',
  items: '附加项', count: '数量', kind: '类型', type: '类型', result: '结果', 'answered serial': '应答流水号', 'answered number': '应答消息号',
  'answered message': '应答消息 ID', province: '省域', city: '市县域', maker: '制造商', model: '型号', 'device id': '终端 ID', plate: '车牌',
  'plate colour': '车牌颜色', text: '文本', encoding: '编码', command: '指令', answer: '应答', 'server flag': '服务器标志', packets: '分包总数',
  packet: '分包序号', 'parameter id': '参数 ID', 'parameter length': '参数长度', 'parameter value': '参数值', imei: 'IMEI', iccid: 'ICCID',
  'timing advance': '时间提前量', neighbours: '邻区', event: '事件', interval: '间隔', version: '版本', priority: '优先级', codec: '编码格式',
  preamble: '前导', 'data length': '数据长度', bytes: '字节', flags: '标志', flag: '标志', code: '码', hardware: '硬件', firmware: '固件',
  'access point': 'Wi-Fi', area: '区域', 'battery health': '电池健康', 'battery serial': '电池编号', 'battery temperature': '电池温度', block: '块',
  capacity: '容量', card: '卡', 'card reader': '读卡器', 'card state': '卡状态', 'card swiped': '刷卡', 'card valid': '卡有效', 'cells and access': '基站与 Wi-Fi',
  channel: '通道', 'charging cycles': '充电次数', 'code length': '码长度', current: '电流', 'device clock': '设备时钟', 'driving time': '驾驶时长', element: '元素',
  elements: '元素', 'engine time': '发动机时长', 'event id': '事件 ID', extension: '扩展', 'alarm extension': '报警扩展', 'first serial': '首包流水号', format: '格式',
  frame: '帧', 'frame id': '帧 ID', fuel: '油量', 'full capacity': '满充容量', 'generation type': '产生原因', header: '消息头', humidity: '湿度', id: 'ID',
  'inner length': '内层长度', inputs: '输入', 'language or ports': '语言或端口', 'lbs length': '基站块长度', 'lbs padding': '基站块填充', licence: '从业资格证',
  location: '位置', marker: '标记', module: '模块', name: '姓名', network: '网络', 'number of elements': '元素总数', outputs: '输出', parameters: '参数', part: '部件',
  'percent of design': '设计容量百分比', ping: '心跳', port: '端口', ports: '端口', product: '产品', regions: '区域', 'satellite block': '卫星块',
  'satellites, signal': '卫星、信号', 'second count': '第二个数量', sensors: '传感器', size: '长度', source: '来源', state: '状态', 'sub-type': '子类型',
  temperature: '温度', time: '时间', value: '值', 'traction battery': '动力电池', 'type id': '类型 ID', valid: '有效期', expiry: '有效期', 'identity card': '身份证号', authority: '发证机关',
  waybill: '电子运单', gnss: '定位方式', comms: '通信方式',
}

const MESSAGES: Record<string, string> = {
  login: '登录', location: '定位', heartbeat: '心跳', alarm: '报警', cells: '基站', command_reply: '指令应答', command: '指令', address_request: '查询地址',
  time_request: '校时请求', information: '信息', unknown: '未知', terminal_answer: '终端通用应答', register: '注册', authenticate: '鉴权', deregister: '注销',
  time_query: '查询时间', parameters: '参数', properties: '属性', batch: '批量上报', location_answer: '位置应答', transparent: '透传', media: '多媒体',
  platform_answer: '平台通用应答', register_answer: '注册应答', time_answer: '校时应答', set_parameters: '设置参数', parameters_query: '查询参数', some_parameters_query: '查询指定参数',
  location_query: '位置查询', control: '终端控制', control_answer: '控制应答', track: '临时跟踪', text: '文本', text_answer: '文本应答', compact: '压缩定位', compact_blind: '压缩补报',
  event_chosen: '事件报告', media_event: '多媒体事件', media_found: '多媒体检索应答', regions: '区域', recorder: '行驶记录仪', public_key: 'RSA 公钥', question_answer: '提问应答',
  driver: '驾驶员', waybill: '电子运单', can: 'CAN 数据', resend: '补传请求', status: '状态', data: '数据', records: '记录',
}

function inChinese(of: Record<string, string>, text: string): string | null {
  return language.current === 'zh' && Object.hasOwn(of, text) ? (of[text] ?? null) : null
}

/** A field's name; in Chinese with the spec's English behind it, so that both can be searched for. */
export function fieldName(name: string): { shown: string; spec: string | null } {
  const chinese = inChinese(FIELDS, name)
  return { shown: chinese ?? name, spec: chinese ? name : null }
}

export function fieldMeaning(meaning: string): string {
  if (language.current !== 'zh') return meaning
  return inChinese(MESSAGES, meaning) ?? meaningInChinese(meaning, alarms.kind) ?? meaning
}

export function messageName(message: string): string {
  return inChinese(MESSAGES, message) ?? message.replaceAll('_', ' ')
}

// What a field of a frame means, in Chinese: the phrases of the protocol crates, and sentences that are put together of them.
//
// Shape: a meaning in English, and the words of the alarm codes → the meaning in Chinese; null where a part of it is not known: half a
// sentence in each language reads worse than the specs' own. Source: `explain` of the protocol crates; GB/T terms of JT/T 808-2019.

const PHRASES: Record<string, string> = {
  // The frame itself.
  right: '正确', 'start mark': '帧头', 'end mark': '帧尾', 'bytes up to the checksum': '到校验为止的字节数', "the sender's counter": '发送方计数',
  'does not agree with the stop mark': '与停止位不符', 'cut off': '被截断', 'not understood': '未识别', 'not expected here': '此处不应出现',
  'this message is not in the table': '消息表里没有这种消息', 'depends on what is cut off': '取决于被截掉的部分', delimiter: '标识位',
  'too short for a serial': '太短，没有流水号', 'behind the end that the length gives': '在长度所示的结尾之后', 'not explained': '未解释',
  'kept as hex': '按十六进制保留', 'behind the known fields': '在已知字段之后', reserved: '保留', 'after the last field': '在最后一个字段之后',
  "another maker's layout": '其他厂家的格式', 'start of a packet': '数据包开头', 'bytes from the codec to the second count': '从编码格式到第二个数量的字节数',
  'bytes to the second count': '到第二个数量为止的字节数', 'as the first': '与第一个数量相同', 'not as the first': '与第一个数量不同', records: '记录',
  texts: '文本', elements: '元素', 'but its groups have other': '但各组数量不符', 'of a size of their own': '长度各自给出', 'unknown element': '未知元素',
  'how the rest is laid out': '后续内容的格式', 'does not add up': '长度对不上', 'up to where it is cut off': '到截断处为止', digits: '数字',
  'who speaks': '发送者', 'answered 01': '以 01 应答', 'whom it is about': '所指的设备', 'keeps the link open': '保持连接', unanswered: '不应答',
  'none: time': '无：按时间', 'distance or angle': '距离或角度', split: '分包', encrypted: '加密', "which is not the body's length": '与消息体实际长度不符',
  'not decimal': '不是十进制', 'sixteen packed digits': '十六位 BCD 数字', compressed: '压缩', 'header: shorter than its fields': '消息头：比字段短',
  'reserved, kept as hex': '保留，按十六进制保留', 'by module': '由模块决定', 'id and length': '编号和长度', 'how many follow': '后面的个数',
  // Place and time.
  'km/h': '公里/小时', m: '米', metres: '米', km: '公里', s: '秒', seconds: '秒', percent: '百分比', bits: '位', text: '文本', degrees: '度', '2 degrees': '单位 2 度',
  'degrees east': '度，东经为正', 'degrees north': '度，北纬为正', 'degrees from north': '度，正北起顺时针', 'sign in status': '正负见状态', used: '已使用',
  'no fix': '未定位', fixed: '已定位', 'not fixed': '未定位', north: '北纬', south: '南纬', east: '东经', west: '西经', 'north east': '北纬东经',
  'north west': '北纬西经', 'south east': '南纬东经', 'south west': '南纬西经', differential: '差分', 'no usable clock': '没有可用的时钟',
  'no such date: the device has no usable clock': '没有这个日期：设备时钟不可用', 'by the protocol': '按协议', 'by the login': '按登录包', 'by the profile': '按档案',
  YYMMDDhhmmss: 'YYMMDDhhmmss', DDMMYYhhmmss: 'DDMMYYhhmmss', hhmmss: 'hhmmss', milliseconds: '毫秒', UTC: 'UTC', 'DDMM.MMMM': 'DDMM.MMMM',
  'GMT+8 by the standard': '标准规定为 GMT+8', 'seconds since 1970': '自 1970 年起的秒数', 'no zone on Earth: not believed': '地球上没有这个时区：不采信',
  'DDDMM.MMMM, then bits: fixed, north, east': 'DDDMM.MMMM，其后各位：已定位、北纬、东经', 'unit disputed: not read': '单位有争议：不采用',
  'satellites, place, speed, course word': '卫星、坐标、速度、航向字', 'clock, satellites, place, course word, speed': '时间、卫星、坐标、航向字、速度',
  'clock, place, course word': '时间、坐标、航向字',
  // Network.
  'mobile country': '移动国家码', 'mobile network': '移动网络码', 'location area': '位置区', 'serving cell': '服务小区', '0xff none': '0xff 表示无',
  'no signal': '无信号', 'extremely weak signal': '信号极弱', 'weak signal': '信号弱', 'good signal': '信号良好', 'strong signal': '信号强',
  "signal in the device's own scale": '信号，设备自己的标度', "device's scale": '设备自己的标度', "above the device's scale": '超出设备标度', 'above percent': '超出百分比',
  'of the cell': '基站的', 'this byte included': '含本字节', 'and this byte': '含本字节', 'counted by the lbs length': '计入基站块长度',
  'network, area, cell id': '网络、位置区、小区', 'network, then area, cell, signal of each': '网络，其后每站的位置区、小区、信号',
  'network, count, then area, cell, signal of each': '网络、个数，其后每站的位置区、小区、信号', 'width, network, area, cell, signal': '宽度、网络、位置区、小区、信号',
  'area, cell id, signal of each': '每站的位置区、小区、信号', 'address and signal of each': '每个的地址和信号', 'count, then address and signal of each': '个数，其后每个的地址和信号',
  'of the satellite block': '卫星块的', 'of the neighbours': '邻区的', 'of the access points': 'Wi-Fi 的', 'of the extension': '扩展块的', 'of one network': '同一网络的',
  'UMTS or LTE cell id': '3G/4G 小区', 'what was heard': '收到的信号',
  // State.
  'ignition on': '点火', 'ignition off': '熄火', ignition: '点火', 'ignition changed': '点火状态改变', 'ACC on': 'ACC 开', 'ACC off': 'ACC 关',
  'GPS fixed': 'GPS 已定位', 'GPS not fixed': 'GPS 未定位', 'external supply on': '外接电源接通', 'external supply off': '外接电源断开', armed: '设防', 'not armed': '未设防',
  'fuel cut': '油路断开', 'electricity cut': '电路断开', 'not a level and not a percentage': '既不是等级也不是百分比', 'no alarm': '无报警',
  live: '实时', buffered: '补报', interval: '定时', distance: '定距', turn: '转弯', 'last fix before standing still': '静止前最后定位',
  'last fix before reconnecting': '重连前最后定位', 'ephemeris refreshed': '星历已更新', 'key pressed': '按键', 'powered on': '开机', 'refresh while parked': '停放时刷新',
  'derived from Wi-Fi': '由 Wi-Fi 得出', 'asked for by command': '指令要求', 'last fix while parked': '停放时最后定位', 'why the report was sent': '上报原因',
  '0 ignition off': '0 熄火', '0 buffered': '0 补报', '1 Chinese': '1 中文', '2 English': '2 英文', '0 none': '0 无', '1 is the first': '从 1 起', '0 is the first': '从 0 起', '1 buffered': '1 补报', none: '无', general: '一般报警', '0..4 bars': '0 至 4 格',
  '1 Chinese, 2 English; ports on some models': '1 中文，2 英文；部分型号为端口', 'movement (0 still)': '运动（0 静止）', low: '低', high: '高', panic: '紧急', unknown: '未知',
  'on exit': '离开时', 'on entrance': '进入时', 'on both': '进出时', hysteresis: '滞回', 'on change': '变化时', eventual: '事件', periodical: '定期',
  // Status and alarm words of JT/T 808.
  'out of service': '停运', 'coordinates encrypted by plug-in': '经纬度已加密', 'forward collision warning (2019)': '前撞预警（2019）',
  'lane departure warning (2019)': '车道偏移预警（2019）', 'load bit 8': '载重位 8', 'load bit 9': '载重位 9', 'doors locked': '车门加锁', 'front door open': '前门开',
  'middle door open': '中门开', 'rear door open': '后门开', "driver's door open": '驾驶席门开', 'another door open': '自定义门开', GPS: 'GPS', BeiDou: '北斗',
  GLONASS: 'GLONASS', Galileo: '伽利略', 'moving (2019)': '行驶（2019）', 'emergency button': '紧急按钮', overspeed: '超速', fatigue: '疲劳驾驶', 'danger warning': '危险预警',
  'GNSS module fault': '定位模块故障', 'antenna not connected': '天线未接', 'antenna shorted': '天线短路', 'main supply low': '主电源欠压', 'main supply lost': '主电源掉电',
  'display fault': '显示器故障', 'speech module fault': '语音模块故障', 'camera fault': '摄像头故障', 'card reader fault': '读卡器故障', 'overspeed warning': '超速预警',
  'fatigue warning': '疲劳驾驶预警', "bit 15: driving violation (2019) or the maker's own": '位 15：违规行驶（2019）或厂家自定义',
  "bit 16: tyre pressure (2019) or the maker's own": '位 16：胎压（2019）或厂家自定义', "bit 17: blind area at a right turn (2019) or the maker's own": '位 17：右转盲区（2019）或厂家自定义',
  'daily driving time exceeded': '当天累计驾驶超时', 'parked too long': '超时停车', 'area entered or left': '进出区域', 'route entered or left': '进出路线',
  'section time too short or too long': '路段行驶时间不足或过长', 'off route': '路线偏离', 'speed sensor fault': 'VSS 故障', 'fuel level abnormal': '油量异常', stolen: '车辆被盗',
  'illegal ignition': '非法点火', 'illegal movement': '非法位移', collision: '碰撞', rollover: '侧翻', 'illegal opening of a door': '非法开门',
  // Results, commands, media.
  ok: '成功', failed: '失败', 'bad message': '消息有误', 'not supported': '不支持', 'alarm confirmed': '报警已确认', 'unknown result': '未知结果', cancelled: '已取消',
  'no such channel': '没有这个通道', 'token of the command': '指令标记', 'of flag and text': '标志和文本的', 'free text of the device': '设备的自由文本', '1 ASCII': '1 ASCII',
  '2 UTF-16': '2 UTF-16', 'kind of information': '信息类型', normal: '正常', 'backlog of a blind area': '盲区补报', 'of a camera': '摄像头的',
  'command of the server': '服务器的指令', 'answer of the device': '设备的应答', "from the device's serial port": '来自设备串口', 'refused: another IMEI': '拒绝：IMEI 不符',
  'unknown type': '未知类型', 'wireless upgrade': '无线升级', 'connect to another server': '连接其他服务器', 'power off': '关机', 'factory reset': '恢复出厂设置',
  'close the data link': '关闭数据连接', 'close every radio': '关闭全部无线通信', "a maker's own": '厂家自定义', control: '控制', locate: '立即定位', track: '临时跟踪',
  restart: '重启', 's; 0 ends it': '秒；0 结束', '1 notice': '1 通知', '2 service': '2 服务', '1 put in': '1 插入', '2 taken out': '2 拔出', '1 wanted': '1 点播', '0 no longer': '0 取消',
  '0 photo': '0 照片', '1 sound': '1 音频', '2 video': '2 视频', '0 JPEG': '0 JPEG', '1 TIF': '1 TIF', '2 MP3': '2 MP3', '3 WAV': '3 WAV', '4 WMV': '4 WMV',
  '0 command': '0 平台下发', '1 timer': '1 定时', '2 robbery': '2 抢劫报警', '3 collision': '3 碰撞侧翻', 'percent; 170, 171 charging': '百分比；170、171 表示充电',
  'bits: GPS, BeiDou, GLONASS, Galileo': '各位：GPS、北斗、GLONASS、伽利略', 'bit 31 bus, 30 extended, 29 averaged': '位 31 总线，30 扩展帧，29 平均值',
  'bits: 2 display, 3 speak, 4 advertising screen, 0 urgent or class': '各位：2 显示，3 播读，4 广告屏，0 紧急或类别', 'no plate: the next field is the VIN': '未上牌：下一字段是 VIN',
  blue: '蓝色', yellow: '黄色', black: '黑色', white: '白色', green: '绿色', other: '其他', terminal: '终端', server: '服务器', 'card reader': '读卡器',
  'positioning module': '定位模块', 'unknown part': '未知部件', circles: '圆形区域', rectangles: '矩形区域', polygons: '多边形区域', routes: '路线', 'model, as the maker numbers it': '型号，厂家编号',
  'driver card or tag': '司机卡', hex: '十六进制', decimal: '十进制', 'length and text of a driver card': '司机卡的长度和文本', "the sensor's own unit": '传感器自己的单位',
  // Additional items and elements.
  mileage: '里程', fuel: '油量', 'recorder speed': '行驶记录仪速度', 'alarm to confirm': '需确认的报警', 'event number': '事件号', 'tyre pressures': '胎压', 'cabin temperature': '车厢温度',
  'area or route': '区域或路线', 'section time': '路段时间', 'video alarms': '视频报警', 'video signal loss': '视频信号丢失', 'video occlusion': '视频遮挡',
  'video storage fault': '视频存储故障', 'abnormal driving': '异常驾驶', 'vehicle signals': '车辆信号', 'input and output state': 'IO 状态', 'analog inputs': '模拟量',
  'signal strength': '信号强度', satellites: '卫星', channels: '通道', 'bit 0 deep sleep': '位 0 深度休眠', '1 sleep': '1 休眠', temperatures: '温度', humidities: '湿度', cells: '基站',
  'access points': 'Wi-Fi', signal: '信号', 'battery level': '电量', 'battery voltage': '电池电压', 'battery current': '电池电流', 'main voltage': '主电源电压', battery: '电池', charging: '充电',
  'extended alarms': '扩展报警', 'work mode': '工作模式', 'user status': '自定义状态', accelerometer: '加速度', version: '版本', sensors: '传感器', light: '光感', driver: '驾驶员', kind: '类型',
  area: '区域', 'FF none': 'FF 表示无', 'FFFF none': 'FFFF 表示无', 'FF charging': 'FF 表示充电', '0 charging': '0 充电', 'bit 15 minus': '位 15 为负', 'of 10': '满格 10',
  'analog input 1': '模拟输入 1', 'analog input 2': '模拟输入 2', 'pulses of input 1': '输入 1 脉冲数', 'ICCID, first part': 'ICCID 前段', 'ICCID, second part': 'ICCID 后段',
  'total odometer': '总里程', 'trip odometer': '单程里程', 'axis X': 'X 轴', 'axis Y': 'Y 轴', 'axis Z': 'Z 轴', 'GSM signal': 'GSM 信号', speed: '速度', 'external voltage': '外部电压',
  'GNSS status': 'GNSS 状态', '0 off': '0 关', '1 fix': '1 已定位', '2 no fix': '2 未定位', '3 sleep': '3 休眠', 'data mode': '数据模式', 'charger connected': '充电器', PDOP: 'PDOP', HDOP: 'HDOP',
  'sleep mode': '休眠模式', '0 awake': '0 唤醒', 'GSM cell id': '小区', 'GSM area code': '位置区', 'GSM operator': '运营商', 'MCC and MNC': 'MCC 和 MNC', 'green driving value': '驾驶行为数值',
  'green driving type': '驾驶行为类型', '1 acceleration': '1 急加速', '2 braking': '2 急刹车', '3 cornering': '3 急转弯', overspeeding: '超速', towing: '拖车', '1 towed': '1 被拖', unplug: '拔出',
  '1 without supply': '1 无外接电源', 'crash detection': '碰撞检测', jamming: '屏蔽', '1 begins': '1 开始', '0 ends': '0 结束', holder: '底座', '0 taken off': '0 取下', '1 magnet': '1 磁吸', '2 on metal': '2 在金属上', '3 off metal': '3 离开金属', '0 left': '0 离开', '1 entered': '1 进入', iButton: 'iButton', id: 'ID', movement: '运动',
  ICCID: 'ICCID', IMEI: 'IMEI', MAC: 'MAC', BCD: 'BCD', '2G': '2G', '4G': '4G', mV: 'mV', mA: 'mA', mG: 'mG', Pa: 'Pa', '%': '%', 'GB/T 19056': 'GB/T 19056',
}

/** Sentences with a number or a name in them; `say` translates a part, and `null` of it makes the whole unknown. */
const SENTENCES: ReadonlyArray<[RegExp, (parts: string[], say: (text: string) => string | null) => string | null]> = [
  [/^(\d+) satellites?$/, ([n]) => `${n} 颗卫星`],
  [/^of (\d+) bytes?$/, ([n]) => `每个 ${n} 字节`],
  [/^body of (\d+) bytes?$/, ([n]) => `消息体 ${n} 字节`],
  [/^course (\d+)°$/, ([n]) => `航向 ${n}°`],
  [/^signal (-?\d+)$/, ([n]) => `信号 ${n}`],
  [/^battery (\d+) %$/, ([n]) => `电量 ${n} %`],
  [/^(?:terminal) (\S+)$/, ([n]) => `终端 ${n}`],
  [/^device clock, (UTC\S+) (by the \w+)$/, ([zone, source = ''], say) => joined(['设备时钟', zone ?? '', say(source)])],
  [/^UTC(\S+), language (\d+)$/, ([zone, n]) => `UTC${zone}，语言 ${n}`],
  [/^wrong, should be ([0-9a-f]+)(?: over bytes (\d+) to (\d+))?$/, ([sum, from, to]) => (from ? `错误，第 ${from} 至 ${to} 字节应得 ${sum}` : `错误，应为 ${sum}`)],
  [/^computed ([0-9a-f]+)$/, ([sum]) => `算得 ${sum}`],
  [/^digital input (\d+)$/, ([n]) => `数字输入 ${n}`],
  [/^geofence zone (\d+)$/, ([n]) => `围栏 ${n}`],
  [/^Dallas temperature (\d+)$/, ([n]) => `Dallas 温度 ${n}`],
  [/^(\d+) to (\d+)$/, ([from, to]) => `${from} 至 ${to}`],
  [/^s, (\d+) min$/, ([n]) => `秒，${n} 分`],
  [/^see (SPEC\.md §\S+)$/, ([where]) => `见 ${where}`],
  // A number with its unit, an edition of the standard, a coordinate.
  [/^(-?[\d.]+(?:\/\d+)?(?: ?(?:V|L|km|km\/h|°C|%|g|K))?)$/, ([figure]) => figure ?? null],
  [/^([\d.]+°) ([NSEW])$/, ([figure, side = '']) => `${SIDES[side]} ${figure}`],
  // The name of an item, with its unit in brackets.
  [/^([^(]+) \((.+)\)$/, ([name = '', unit = ''], say) => bracketed(say(name), say(unit))],
]

const SIDES: Record<string, string> = { N: '北纬', S: '南纬', E: '东经', W: '西经' }

/** Null where a part is not known. */
export function meaningInChinese(meaning: string, alarm_kinds: Readonly<Record<string, string>>): string | null {
  const say = (text: string): string | null => {
    if (Object.hasOwn(PHRASES, text)) return PHRASES[text] ?? null
    const code = text.replace(/^alarm /, '')
    if (Object.hasOwn(alarm_kinds, code)) return alarm_kinds[code] ?? null
    for (const [pattern, words] of SENTENCES) {
      const found = pattern.exec(text)
      if (found) return words(found.slice(1), say)
    }
    const parts = text.split(/[,;] /)
    return parts.length > 1 ? joined(parts.map(say)) : null
  }
  return say(meaning)
}

function joined(parts: (string | null)[]): string | null {
  return parts.includes(null) ? null : parts.join('，')
}

function bracketed(name: string | null, unit: string | null): string | null {
  return name === null || unit === null ? null : `${name}（${unit}）`
}

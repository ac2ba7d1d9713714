import assert from 'node:assert/strict'
import test from 'node:test'
import { meaningInChinese } from '../src/lib/frame_meanings'

const said = (meaning: string): string | null => meaningInChinese(meaning, { power_cut: '断电' })

test('a meaning is said whole in Chinese, with its numbers', () => {
  assert.equal(said('9 satellites'), '9 颗卫星')
  assert.equal(said('course 275°, fixed, north east, ignition on'), '航向 275°，已定位，北纬东经，点火')
  assert.equal(said('device clock, UTC+08:00 by the login'), '设备时钟，UTC+08:00，按登录包')
  assert.equal(said('2011/2013, split, body of 28 bytes'), '2011/2013，分包，消息体 28 字节')
  assert.equal(said('GPS fixed, external supply off, ignition off, not armed, alarm power_cut'), 'GPS 已定位，外接电源断开，熄火，未设防，断电')
  assert.equal(said('battery level (%, FF charging)'), '电量（%，FF 表示充电）')
  assert.equal(said('wrong, should be 5f2a over bytes 2 to 21'), '错误，第 2 至 21 字节应得 5f2a')
  assert.equal(said('22.5431000° N'), '北纬 22.5431000°')
})

test('of a meaning that is not wholly known nothing is said', () => {
  assert.equal(said('fixed, something new'), null)
  assert.equal(said('something new (km/h)'), null)
  assert.equal(said('constructor'), null)
})

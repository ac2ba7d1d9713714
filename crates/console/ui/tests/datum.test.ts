import assert from 'node:assert/strict'
import test from 'node:test'
import gcoord from 'gcoord'
import { inChina } from '../src/lib/map/china'
import { coordinateText, fromDatum, toDatum, type LonLat } from '../src/lib/map/datum'
import { metresBetween } from '../src/lib/map/geometry'

/** The same points on each run. */
function points(count: number, [west, south, east, north]: readonly [number, number, number, number]): LonLat[] {
  let state = 7
  const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
  return Array.from({ length: count }, () => [west + next() * (east - west), south + next() * (north - south)] as const)
}

const CHINA = [73, 18, 135, 54] as const

test('a point within China is where gcoord says in both datums', () => {
  const within = points(4000, CHINA).filter(inChina)
  assert.ok(within.length > 1500, `${within.length}`)
  for (const point of within) {
    const [lon, lat] = point
    const gcj = gcoord.transform([lon, lat], gcoord.WGS84, gcoord.GCJ02) as LonLat
    const bd = gcoord.transform([lon, lat], gcoord.WGS84, gcoord.BD09) as LonLat
    assert.ok(metresBetween(toDatum(point, 'gcj02'), gcj) < 0.001, `${point}`)
    assert.ok(metresBetween(toDatum(point, 'bd09'), bd) < 0.001, `${point}`)
  }
})

test('the way there and back ends within a centimetre', () => {
  for (const point of points(4000, CHINA).filter(inChina)) {
    for (const datum of ['gcj02', 'bd09'] as const) {
      const back = fromDatum(toDatum(point, datum), datum)
      assert.ok(metresBetween(point, back) < 0.01, `${datum} ${point} ${back}`)
    }
  }
})

test('nothing outside of China is moved, there or back', () => {
  const abroad: [string, LonLat][] = [
    ['Seoul', [126.978, 37.567]],
    ['Fukuoka', [130.402, 33.59]],
    ['Ulaanbaatar', [106.917, 47.92]],
    ['Hanoi', [105.834, 21.028]],
    ['Vladivostok', [131.886, 43.116]],
    ['Almaty', [76.886, 43.238]],
    ['Delhi', [77.209, 28.614]],
    ['Kathmandu', [85.324, 27.717]],
    ['Yangon', [96.195, 16.866]],
    ['Taipei', [121.565, 25.033]],
    ['Chita', [113.5, 52.03]],
    ['Bangkok', [100.501, 13.756]],
  ]
  for (const [name, point] of abroad) {
    for (const datum of ['gcj02', 'bd09'] as const) {
      assert.deepEqual(toDatum(point, datum), point, name)
      assert.deepEqual(fromDatum(point, datum), point, name)
    }
  }
})

test('every large city of the mainland is moved by 100 to 800 metres', () => {
  const cities: [string, LonLat][] = [
    ['北京', [116.407, 39.904]],
    ['上海', [121.473, 31.23]],
    ['深圳', [114.0579, 22.5431]],
    ['珠海', [113.577, 22.271]],
    ['丹东', [124.383, 40.125]],
    ['珲春', [130.366, 42.863]],
    ['黑河', [127.528, 50.245]],
    ['满洲里', [117.379, 49.598]],
    ['二连浩特', [111.977, 43.653]],
    ['阿勒泰', [88.141, 47.844]],
    ['霍尔果斯', [80.411, 44.213]],
    ['喀什', [75.99, 39.468]],
    ['日喀则', [88.885, 29.267]],
    ['瑞丽', [97.855, 24.013]],
    ['景洪', [100.797, 22.009]],
    ['凭祥', [106.766, 22.094]],
    ['东兴', [107.971, 21.547]],
    ['三亚', [109.512, 18.253]],
    ['厦门', [118.089, 24.479]],
    ['香港', [114.169, 22.319]],
    ['澳门', [113.543, 22.187]],
    ['抚远', [134.308, 48.365]],
    ['漠河', [122.539, 52.972]],
    ['舟山', [122.207, 29.985]],
  ]
  for (const [name, point] of cities) {
    const metres = metresBetween(point, toDatum(point, 'gcj02'))
    assert.ok(metres > 100 && metres < 800, `${name} ${metres}`)
  }
})

test('a coordinate is written latitude first', () => {
  assert.equal(coordinateText([114.0579, 22.5431], 'wgs84'), '22.543100,114.057900')
})

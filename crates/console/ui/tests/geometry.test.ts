import assert from 'node:assert/strict'
import test from 'node:test'
import { boxOf, circleRing, closed, courseTo, crossesItself, metresBetween, metresToEdge, offsetBy, opened, ringArea, ringHolds, ringsHold } from '../src/lib/map/geometry'
import { fitted, metresPerPixel, pixelOf, pointAt, scaleBar, tilesOf } from '../src/lib/map/projection'
import type { LonLat } from '../src/lib/map/datum'
import type { Fix } from '../src/lib/types/alerts'
import { placeSeenAt, placesIn, sketched } from '../src/lib/map/mini'

const SHENZHEN: LonLat = [114.0579, 22.5431]
const square = (west: number, south: number, size: number): LonLat[] => [
  [west, south],
  [west + size, south],
  [west + size, south + size],
  [west, south + size],
]

test('Shanghai is 1,067 km from Beijing', () => {
  const metres = metresBetween([121.4737, 31.2304], [116.4074, 39.9042])
  assert.ok(Math.abs(metres - 1_067_300) < 1000, `${metres}`)
})

test('a circle is as wide as its radius says in each direction', () => {
  const ring = circleRing(SHENZHEN, 500)
  assert.deepEqual(ring[0], ring.at(-1))
  for (const point of ring) assert.ok(Math.abs(metresBetween(SHENZHEN, point) - 500) < 1, `${point}`)
})

test('a hole is not inside', () => {
  const rings = [square(0, 0, 4), square(1, 1, 2)]
  assert.equal(ringsHold(rings, [0.5, 0.5]), true)
  assert.equal(ringsHold(rings, [2, 2]), false)
  assert.equal(ringHolds(square(0, 0, 4), [5, 5]), false)
})

test('a bow tie crosses itself, a square and a star shape do not', () => {
  assert.equal(crossesItself([[0, 0], [2, 2], [2, 0], [0, 2]]), true)
  assert.equal(crossesItself(square(0, 0, 1)), false)
  assert.equal(crossesItself(closed(square(0, 0, 1))), false)
  assert.equal(crossesItself([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]]), false)
})

test('a ring is closed once and opened once', () => {
  const ring = square(0, 0, 1)
  assert.equal(closed(closed(ring)).length, 5)
  assert.equal(opened(closed(ring)).length, 4)
})

test('a square kilometre has a million square metres', () => {
  const east = offsetBy(SHENZHEN, 1000, 0)
  const ring = [SHENZHEN, east, offsetBy(east, 0, 1000), offsetBy(SHENZHEN, 0, 1000)]
  assert.ok(Math.abs(ringArea(ring) - 1e6) < 1000, `${ringArea(ring)}`)
})

test('the distance to an edge is that to its nearest point', () => {
  const from = SHENZHEN
  const to = offsetBy(from, 1000, 0)
  assert.ok(Math.abs(metresToEdge(offsetBy(from, 500, 300), from, to) - 300) < 1)
  assert.ok(Math.abs(metresToEdge(offsetBy(from, -400, 300), from, to) - 500) < 1)
})

test('north is 0 and east is 90', () => {
  assert.ok(Math.abs(courseTo(SHENZHEN, offsetBy(SHENZHEN, 0, 100))) < 0.01)
  assert.ok(Math.abs(courseTo(SHENZHEN, offsetBy(SHENZHEN, 100, 0)) - 90) < 0.01)
})

test('what is fitted lies within the view, and comes back from its pixels', () => {
  const points: LonLat[] = [SHENZHEN, [114.2, 22.7], [113.9, 22.5]]
  const box = boxOf(points)
  assert.ok(box)
  const view = fitted(box, { width: 300, height: 180, padding: 20 }, 16)
  for (const point of points) {
    const [x, y] = pixelOf(view, point)
    assert.ok(x >= 19.9 && x <= 280.1 && y >= 19.9 && y <= 160.1, `${x} ${y}`)
    assert.ok(metresBetween(pointAt(view, [x, y]), point) < 0.01)
  }
})

test('two fixes on one spot are not blown up', () => {
  const box = boxOf([SHENZHEN, SHENZHEN])
  assert.ok(box)
  assert.equal(fitted(box, { width: 300, height: 180, padding: 20 }, 16).zoom, 16)
})

test('a scale bar is a round length that fits', () => {
  for (let zoom = 0; zoom < 20; zoom += 0.37) {
    const { metres, width } = scaleBar(22.5, zoom, 100)
    assert.ok(width <= 100 && width > 19, `${zoom} ${width}`)
    assert.match(metres.toExponential(), /^[125]e/)
    assert.ok(Math.abs(width * metresPerPixel(22.5, zoom) - metres) < 1e-6 * metres)
  }
})

test('tiles cover the whole of a view', () => {
  const view = { width: 320, height: 200, centre: SHENZHEN, zoom: 12.3 }
  const tiles = tilesOf(view, 18)
  assert.ok(Math.min(...tiles.map((tile) => tile.left)) <= 0 && Math.min(...tiles.map((tile) => tile.top)) <= 0)
  assert.ok(Math.max(...tiles.map((tile) => tile.left + tile.size)) >= 320 && Math.max(...tiles.map((tile) => tile.top + tile.size)) >= 200)
  assert.ok(tiles.length <= 12 && tiles.every((tile) => tile.z === 13))
})

test('a rejected jump stands at the edge and leaves the believed fixes apart', () => {
  const fix = (seq: number, lat: number, lon: number) => ({ seq, terminal: 't', fix_time: `2026-11-26T10:00:0${seq}Z`, lat, lon, speed_kmh: 1, satellites: 9 })
  const used = [fix(1, 22.54, 114.05), fix(2, 22.545, 114.055)]
  const rejected = [
    { ...fix(3, 22.9, 114.5), reason: 'jump', reason_text: { zh: '', en: '' } },
    { ...fix(4, 22.541, 114.052), reason: 'few', reason_text: { zh: '', en: '' } },
  ]
  const sketch = sketched({ used, rejected, places: [] }, { width: 300, height: 200 }, null)
  assert.ok(sketch)
  const by = (seq: number) => sketch.spots.find((spot) => spot.fix.seq === seq)
  const [one, two, far, near] = [by(1), by(2), by(3), by(4)]
  assert.ok(one && two && far && near)
  assert.ok(Math.hypot(one.x - two.x, one.y - two.y) > 50)
  assert.equal(near.away, null)
  assert.ok(far.away && Math.abs(far.away.metres - 60_700) < 1500, `${far.away?.metres}`)
  assert.ok(far.x <= 280 && far.y >= 20 && far.x > 150 && far.y < 100)
  assert.deepEqual([one.number, two.number, far.number, near.number], [1, 2, 3, 4])
})

test('the place that was left is drawn with the fixes, one far away stands at the edge, and without a fix a place fills the view', () => {
  const label = { zh: '', en: '' }
  const places = placesIn([
    { name: 'left_at', label, value: '2026-11-28T06:00:00Z', unit: null },
    { name: 'anchor', label, value: { lat: 22.53, lon: 114.04 }, unit: null },
    { name: 'signs', label, value: label, unit: null },
    { name: 'destination', label, value: { lat: 23.5, lon: 114.05 }, unit: null },
  ])
  assert.deepEqual(places.map(({ name }) => name), ['anchor', 'destination'])
  const used = [[1, 22.54], [2, 22.541]].map(([seq, lat]) => ({ seq, terminal: 't', fix_time: '2026-11-28T06:00:00Z', lat, lon: 114.05, speed_kmh: 3, satellites: 9 }) as Fix)
  const size = { width: 300, height: 200 }
  const [left, parked] = sketched({ used, rejected: [], places }, size, null)?.pins ?? []
  assert.ok(left && parked)
  assert.deepEqual([left.letter, left.away, parked.letter], ['A', null, 'B'])
  assert.ok(parked.away && Math.abs(parked.away.metres - 107_000) < 1500, `${parked.away?.metres}`)
  const [alone] = sketched({ used: [], rejected: [], places: places.slice(0, 1) }, size, null)?.pins ?? []
  assert.deepEqual([Math.round(alone?.x ?? 0), Math.round(alone?.y ?? 0)], [150, 100])
  assert.equal(sketched({ used: [], rejected: [], places: [] }, size, null), null)
})

test('of when the last place is says what tells of the place, and never when the device was heard last', () => {
  const figure = (name: string, value: string) => ({ name, label: { zh: '', en: '' }, value, unit: null })
  const heard = figure('last_heard', '2026-11-28T06:00:00Z')
  assert.equal(placeSeenAt([heard]), null)
  assert.equal(placeSeenAt([heard, figure('seen_at', '2026-11-28T05:00:00Z')]), Date.parse('2026-11-28T05:00:00Z'))
  assert.equal(placeSeenAt([figure('seen_at', '2026-11-28T05:00:00Z'), heard, figure('place_at', '2026-11-28T04:00:00Z')]), Date.parse('2026-11-28T04:00:00Z'))
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { toDatum, type LonLat } from '../src/lib/map/datum'
import { metresBetween } from '../src/lib/map/geometry'
import { changed, historyOf, pointed, redone, shapeOf, shown, started, takenBack, undone } from '../src/lib/places/drawing'
import { type Draft, draftOf, featureOf, type Feature } from '../src/lib/places/feature'
import { geojsonText, kmlText, readFile } from '../src/lib/places/file'
import { candidatesOf } from '../src/lib/places/candidates'
import { edgeAt, faultOf, inserted, isHole, moved, removed, type Shape } from '../src/lib/places/shape'

const A: LonLat = [114.0579, 22.5431]
const square = (west: number, south: number, size: number): LonLat[] => [[west, south], [west + size, south], [west + size, south + size], [west, south + size]]
const polygon: Shape = { form: 'polygon', rings: [square(114, 22, 0.4), square(114.1, 22.1, 0.1)] }
const circle: Shape = { form: 'circle', centre: A, radiusM: 200 }
const corridor: Shape = { form: 'corridor', line: [A, [114.1, 22.6]], widthM: 200 }
const UNSTATED = { datum: 'wgs84', kind: 'black_point', metres: 150 } as const

function draft(shape: Shape, more: Partial<Draft> = {}): Draft {
  return { id: 'p-1', name: '城北 <二手车> 市场', kind: 'fence', watches: 'in', scope: 'lender:main', origin: 'drawn', vehicles: null, confirmedBy: null, confirmedAt: null, shape, ...more }
}

test('a place comes back from its feature as it went into it', () => {
  for (const shape of [polygon, circle, corridor]) assert.deepEqual(draftOf(featureOf(draft(shape)) as Feature), draft(shape))
})

test('a hole is written as one, an island as a polygon of its own', () => {
  assert.equal(isHole([...(polygon.form === 'polygon' ? polygon.rings : [])], 1), true)
  assert.equal(featureOf(draft(polygon)).geometry.type, 'Polygon')
  const island: Shape = { form: 'polygon', rings: [square(114, 22, 0.1), square(115, 22, 0.1)] }
  assert.equal(featureOf(draft(island)).geometry.type, 'MultiPolygon')
})

test('what is no place says why', () => {
  const fault = (geometry: Feature['geometry'], properties = {}): unknown => draftOf({ type: 'Feature', geometry, properties })
  assert.equal(fault(null), 'no_geometry')
  assert.equal(fault({ type: 'Point', coordinates: [114, 22] }), 'no_radius')
  assert.equal(fault({ type: 'LineString', coordinates: [[114, 22], [115, 22]] }), 'no_width')
  assert.equal(fault({ type: 'Point', coordinates: [22, 114] }, { radius_m: 100 }), 'swapped')
  assert.equal(fault({ type: 'MultiPoint', coordinates: [[114, 22]] }), 'other_geometry')
})

test('a file in another datum is taken to WGS-84, and says its datum when it is written', () => {
  const text = geojsonText([draft(circle)], 'gcj02')
  assert.match(text, /"datum": "GCJ-02"/)
  const file = readFile('a.geojson', text, { ...UNSTATED, datum: 'gcj02' })
  assert.ok(typeof file !== 'string')
  const [read] = file.drafts
  assert.ok(read?.shape.form === 'circle' && metresBetween(read.shape.centre, A) < 0.01)
  assert.match(kmlText([draft(polygon)], 'bd09'), /innerBoundaryIs/)
  assert.ok(metresBetween(toDatum(A, 'gcj02'), A) > 100)
})

test('where a file states no radius, the one that was said holds; faults are counted from one', () => {
  const features = [
    { type: 'Feature', geometry: { type: 'Point', coordinates: [114, 22] }, properties: { name: 'a' } },
    { type: 'Feature', geometry: { type: 'MultiPoint', coordinates: [[114, 22]] }, properties: { name: 'b' } },
  ]
  const file = readFile('a.json', JSON.stringify({ type: 'FeatureCollection', features }), UNSTATED)
  assert.ok(typeof file !== 'string')
  assert.deepEqual(file.drafts.map(({ kind, shape }) => [kind, shape.form === 'circle' && shape.radiusM]), [['black_point', 150]])
  assert.deepEqual(file.faults, [{ feature: 2, name: 'b', fault: 'other_geometry' }])
  assert.equal(readFile('a.json', '{', UNSTATED), 'no_json')
  assert.equal(readFile('a.json', '{}', UNSTATED), 'no_features')
})

test('names are escaped in KML', () => {
  assert.doesNotMatch(kmlText([draft(circle)], 'wgs84'), /<二手车>/)
})

test('a circle is drawn with two clicks, a polygon with three and a word', () => {
  const first = pointed(started('circle'), A)
  assert.equal(first.done, null)
  const second = pointed(first.drawing, [114.0679, 22.5431])
  assert.ok(second.done?.form === 'circle' && Math.abs(second.done.radiusM - 1027) < 2)
  const two = pointed(pointed(started('polygon'), A).drawing, [114.1, 22]).drawing
  assert.equal(shapeOf(two), null)
  assert.equal(shapeOf(pointed(two, [114.1, 22.1]).drawing)?.form, 'polygon')
  assert.equal(takenBack(two).points.length, 1)
})

test('every change can be taken back and made again, and a new one forgets what was taken back', () => {
  const history = changed(changed(historyOf(circle), corridor), polygon)
  assert.equal(shown(undone(history)), corridor)
  assert.equal(shown(redone(undone(history))), polygon)
  assert.equal(shown(undone(undone(undone(history)))), circle)
  assert.equal(changed(undone(history), circle).shapes.length, 3)
})

test('corners are moved, inserted and removed without changing what was', () => {
  const further = moved(polygon, { ring: 0, place: 0 }, [113.9, 21.9])
  assert.notEqual(further, polygon)
  assert.deepEqual(polygon.form === 'polygon' && polygon.rings[0]?.[0], [114, 22])
  const more = inserted(polygon, { ring: 0, place: 3 }, [113.95, 22.2])
  assert.equal(more.form === 'polygon' && more.rings[0]?.length, 5)
  const triangle: Shape = { form: 'polygon', rings: [square(114, 22, 0.1).slice(0, 3)] }
  assert.equal(removed(triangle, { ring: 0, place: 0 }), triangle)
  const gone = removed({ form: 'polygon', rings: [square(114, 22, 0.4), square(114.1, 22.1, 0.1).slice(0, 3)] }, { ring: 1, place: 0 })
  assert.equal(gone.form === 'polygon' && gone.rings.length, 1)
  assert.equal(moved(circle, { ring: 0, place: 1 }, [114.01, 22]).form === 'circle' && 'ok', 'ok')
})

test('the edge under a click is found within reach', () => {
  assert.deepEqual(edgeAt(polygon, [114.2, 22.0001], 50), { ring: 0, place: 0 })
  assert.equal(edgeAt(polygon, [114.2, 22.05], 50), null)
})

test('a shape that the server would refuse says why', () => {
  assert.equal(faultOf(circle), null)
  assert.equal(faultOf({ ...circle, radiusM: 19 } as Shape), 'radius')
  assert.equal(faultOf({ ...corridor, widthM: 30_000 } as Shape), 'width')
  assert.equal(faultOf({ form: 'polygon', rings: [[A, [114.1, 22]]] }), 'few_points')
  assert.equal(faultOf({ form: 'polygon', rings: [[[0, 0], [2, 2], [2, 0], [0, 2]]] }), 'crosses')
  const many = Array.from({ length: 2001 }, (_, place) => [114 + place / 1e5, 22 + (place % 2) / 1e3] as const)
  assert.equal(faultOf({ form: 'polygon', rings: [many] }), 'many_points')
})

test('candidates are read from either form, as mined black points', () => {
  const properties = { id: 'mined-1', radius_m: 150, vehicles: 4, stays: 9 }
  const features = [{ type: 'Feature', geometry: { type: 'Point', coordinates: [114, 22] }, properties }]
  const rows = [{ lat: 22, lon: 114, radius_m: 150, vehicles: 4, stays: 9, id: 'mined-1' }]
  const [one] = candidatesOf({ type: 'FeatureCollection', features })
  assert.deepEqual([one?.draft.id, one?.draft.kind, one?.draft.origin, one?.draft.vehicles, one?.stays], ['mined-1', 'black_point', 'mined', 4, 9])
  assert.deepEqual(candidatesOf({ data: rows }), candidatesOf({ features }))
})

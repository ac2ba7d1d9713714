import assert from 'node:assert/strict'
import test from 'node:test'
import { Cars } from '../src/lib/fleet/cars'
import { NO_FILTERS, passes, readFilters, writeFilters } from '../src/lib/fleet/filters'
import { movedTo, toggled } from '../src/lib/fleet/following'
import { byRisk, listed } from '../src/lib/fleet/order'
import { readLook, writeLook } from '../src/lib/map/views'

const AS_OF = '2026-11-26T10:00:00.000Z'
const FIELDS = ['id', 'plate', 'lat', 'lon', 'state', 'course', 'fix_age_s', 'dpd', 'severity']
const rows = [
  ['a', '粤B11111', 22.5, 114.0, 'moving', 90, 10, 0, null],
  ['b', '粤B22222', 22.6, 114.1, 'dark', null, 90_000, 40, 'P1'],
  ['c', '川A33333', 30.6, 104.0, 'parked', null, 60, 7, 'P2'],
  ['d', '川A44444', null, null, 'never', null, null, 0, null],
]

function cars(): Cars {
  const cars = new Cars()
  cars.replace({ as_of: AS_OF, fields: FIELDS, rows })
  return cars
}

test('a car without a place is on no map', () => {
  assert.equal(cars().size, 3)
})

test('a car keeps its number when all are asked for again', () => {
  const all = cars()
  const number = all.byId('b')?.number
  all.replace({ as_of: AS_OF, fields: FIELDS, rows: rows.toReversed() })
  assert.equal(all.byId('b')?.number, number)
})

test('columns are read by the names that the answer gives', () => {
  const all = new Cars()
  all.replace({ as_of: AS_OF, fields: ['lon', 'lat', 'id', 'fix_age_s'], rows: [[114, 22, 'x', 30]] })
  const car = all.byId('x')
  assert.deepEqual([car?.lon, car?.lat, car?.plate, car?.fixAt], [114, 22, 'x', Date.parse(AS_OF) - 30_000])
})

test('a car that stands out of sight is that, and found as that', () => {
  const all = cars()
  all.take(['c', '川A33333', 30.6, 104.0, 'parked_unseen', null, 30, 7, 'P2'], Date.parse(AS_OF) + 5000)
  assert.equal(all.byId('c')?.state, 'parked_unseen')
  assert.deepEqual(readFilters({ state: 'parked_unseen' }).states, ['parked_unseen'])
})

test('a late fix does not move a car back', () => {
  const all = cars()
  const now = Date.parse(AS_OF) + 5000
  assert.equal(all.take(['a', '粤B11111', 1, 1, 'moving', 0, 3600, 0, null], now), null)
  assert.equal(all.byId('a')?.lat, 22.5)
  assert.equal(all.take(['a', '粤B11111', 22.51, 114.01, 'moving', 0, 1, 0, null], now)?.lat, 22.51)
})

test('filters come back from the address as they went into it', () => {
  const filters = { dpdMin: 6, states: ['parked', 'dark'], severities: ['P1'], plate: '粤B' } as const
  assert.deepEqual(readFilters(writeFilters(filters)), filters)
  assert.deepEqual(readFilters({ state: 'flying', severity: 'P9', dpd_min: 'x' }), NO_FILTERS)
})

test('filters hold together, and a plate is found however it is typed', () => {
  const all = [...cars().all()]
  const found = (parts: object): string[] => all.filter((car) => passes(car, { ...NO_FILTERS, ...parts })).map((car) => car.id)
  assert.deepEqual(found({ dpdMin: 6 }), ['b', 'c'])
  assert.deepEqual(found({ dpdMin: 6, states: ['parked'] }), ['c'])
  assert.deepEqual(found({ severities: ['P1', 'P2'] }), ['b', 'c'])
  assert.deepEqual(found({ plate: 'ｂ1111' }), ['a'])
})

test('the gravest is first, and only what is in view is listed', () => {
  const all = [...cars().all()]
  assert.deepEqual(all.sort(byRisk).map((car) => car.id), ['b', 'c', 'a'])
  assert.deepEqual(listed(all, { west: 113, south: 22, east: 115, north: 23 }).map((car) => car.id), ['b', 'a'])
})

test('a fifth car that is followed takes the place of the first', () => {
  const [car] = [...cars().all()]
  assert.ok(car)
  const five = ['1', '2', '3', '4', '5'].reduce((followed, id) => toggled(followed, { ...car, id }), [] as ReturnType<typeof toggled>)
  assert.deepEqual(five.map((one) => one.id), ['2', '3', '4', '5'])
  assert.equal(toggled(five, { ...car, id: '3' }).length, 3)
  assert.equal(movedTo(five, car), five)
  assert.equal(movedTo(five, { ...car, id: '5', lon: 115 })[3]?.trail.length, 2)
})

test('a look is read as coordinates are pasted', () => {
  assert.deepEqual(readLook('22.5431,114.0579,11'), { centre: [114.0579, 22.5431], zoom: 11 })
  assert.equal(readLook('22.5431,114.0579')?.zoom, 14)
  assert.equal(readLook('114.0579,22.5431'), null)
  for (const text of [undefined, '', '1', 'a,b', ',,']) assert.equal(readLook(text), null, `${text}`)
  assert.equal(writeLook({ centre: [114.0579, 22.5431], zoom: 11 }), '22.543,114.058,11.0')
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { dayOf, dayPlus, edgeOf, isDay, midnightOf, spanOf } from '../src/lib/track/days'
import { comparedFeatures } from '../src/lib/track/layers'
import { bandsOf, GAP_MS, lastBefore, nearest, nearestOnGround, stretches, summaryOf } from '../src/lib/track/moments'
import { advance, stepped } from '../src/lib/track/playback'
import { drawnStrip } from '../src/lib/track/strip'
import type { Strip, TrackPoint } from '../src/lib/types/vehicles'

const MINUTE = 60_000
const at = (minute: number, speed = 30): TrackPoint => [minute * MINUTE, 22 + minute / 1000, 114, speed]
const points = [0, 1, 2, 60, 61].map((minute) => at(minute))

test('a moment belongs to the last fix at or before it', () => {
  assert.equal(lastBefore(points, -1), -1)
  assert.equal(lastBefore(points, MINUTE), 1)
  assert.equal(lastBefore(points, 30 * MINUTE), 2)
  assert.equal(lastBefore(points, 99 * MINUTE), 4)
  assert.equal(nearest(points, 40 * MINUTE), 3)
  assert.equal(nearest([], 0), -1)
  assert.equal(nearestOnGround(points, 114, 22.0021), 2)
})

test('an hour without a fix is not driven through', () => {
  assert.deepEqual(stretches(points, 15 * MINUTE).map((part) => part.length), [3, 2])
})

test('what a parked car drifts is no way', () => {
  const stood = { from: new Date(1 * MINUTE).toISOString(), to: new Date(60 * MINUTE).toISOString(), lat: 22, lon: 114, visits: 1, place: null }
  const legs = () => 100
  assert.equal(summaryOf(points, [], legs).drivenM, 400)
  assert.equal(summaryOf(points, [stood], legs).drivenM, 200)
  assert.equal(summaryOf(points, [{ ...stood, to: null }], legs).drivenM, 100)
})

test('bands of speed join where they change', () => {
  const runs = bandsOf([at(0, 10), at(1, 10), at(2, 50), at(3, 50)], [20, 60])
  assert.deepEqual(runs.map((run) => run.band), [0, 1])
  assert.deepEqual(runs[0]?.points.at(-1), runs[1]?.points[0])
})

test('playing leaps over silence and stops at the end', () => {
  let moment: number | null = 0
  const seen: number[] = []
  for (let frame = 0; frame < 500 && moment !== null; frame += 1) {
    seen.push(moment)
    moment = advance(points, moment, 16, 300)
  }
  assert.equal(moment, null)
  assert.ok(seen.length < 120, `${seen.length} frames for five minutes of driving and an hour of silence`)
  assert.ok(seen.every((now, place) => place === 0 || now > (seen[place - 1] ?? 0)))
})

test('a step goes to the next fix, and back to the one before', () => {
  assert.equal(stepped(points, 0, 1), MINUTE)
  assert.equal(stepped(points, MINUTE, -1), 0)
  assert.equal(stepped(points, 1.5 * MINUTE, -1), MINUTE)
  assert.equal(stepped(points, 61 * MINUTE, 1), 61 * MINUTE)
  assert.equal(stepped(points, 0, -1), 0)
})

test('a day begins at the midnight of its zone', () => {
  assert.equal(midnightOf('2026-11-20', 'Asia/Shanghai'), Date.parse('2026-11-19T16:00:00Z'))
  assert.equal(dayOf(Date.parse('2026-11-19T16:00:00Z'), 'Asia/Shanghai'), '2026-11-20')
  assert.equal(dayPlus('2026-02-28', 1), '2026-03-01')
})

test('a day on which clocks change has 23 or 25 hours', () => {
  const hours = (day: string): number => {
    const { from, to } = spanOf(day, 'Europe/Berlin')
    return (to - from) / 3_600_000
  }
  assert.equal(hours('2026-03-29'), 23)
  assert.equal(hours('2026-10-25'), 25)
  assert.equal(hours('2026-06-01'), 24)
})

test('what is no date of the calendar is no day', () => {
  assert.equal(isDay('2026-02-28'), true)
  for (const text of ['2026-02-30', '2026-2-3', '', 'today', '2026-13-01']) assert.equal(isDay(text), false, text)
})

/** A day until an hour of it, of a server that first listened at another, and then in some hours. */
function dayOfServer(until: number, first: number, hours: [number, number][]): Strip {
  const at = (hour: number): string => new Date(Date.UTC(2026, 10, 20, hour)).toISOString()
  const segments: Strip['segments'] = until > 0 ? [{ from: at(0), to: at(until), kind: 'parked', ignition: null }] : []
  return { day: '2026-11-20', from: at(0), to: at(24), segments, coverage_from: at(first), covered: hours.map(([from, to]) => [at(from), at(to)]) }
}

test('a server is deaf between when it first listened and now, and at no other time', () => {
  const deaf = (until: number, first: number, hours: [number, number][]): number[][] =>
    drawnStrip(dayOfServer(until, first, hours)).deaf.map(({ from, to }) => [from * 24, to * 24])
  assert.deepEqual(deaf(24, 6, [[6, 24]]), [], 'before it was there nothing was missed')
  assert.deepEqual(deaf(24, 6, [[12, 18], [6, 9]]), [[9, 12], [18, 24]])
  assert.deepEqual(deaf(24, 0, [[3, 24]]), [[0, 3]], 'it was there the day before')
  assert.deepEqual(deaf(24, 0, []), [[0, 24]], 'it was down all day')
  assert.deepEqual(deaf(12, 0, [[0, 12]]), [], 'what has not come yet is not missed')
  assert.deepEqual(deaf(12, 12, []), [], 'it never listened')
  assert.deepEqual(deaf(0, 0, []), [], 'a day that has not come')
})

test('the edge of a span is sent as a moment: a date is its own beginning or end where the viewer is', () => {
  const cases: [text: string | undefined, edge: 'from' | 'to', sent: string][] = [
    ['2026-11-28', 'from', '2026-11-27T16:00:00.000Z'],
    ['2026-11-28', 'to', '2026-11-28T16:00:00.000Z'],
    ['2026-11-28T01:30:00+08:00', 'to', '2026-11-27T17:30:00.000Z'],
    ['yesterday', 'from', ''],
    [undefined, 'from', ''],
  ]
  for (const [text, edge, sent] of cases) assert.equal(edgeOf(text, edge, 'Asia/Shanghai'), sent)
})

test('another day beside it is a line where it was seen and a dot where it was seen once, whatever its speed', () => {
  const way: TrackPoint[] = [[0, 22.5, 114, 10], [60_000, 22.6, 114, 90], [60_000 + 2 * GAP_MS, 22.7, 114, 0]]
  assert.deepEqual(comparedFeatures(way).map(({ geometry }) => geometry), [
    { type: 'LineString', coordinates: [[114, 22.5], [114, 22.6]] },
    { type: 'Point', coordinates: [114, 22.7] },
  ])
  assert.deepEqual(comparedFeatures([]), [])
})

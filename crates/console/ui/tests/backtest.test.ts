import assert from 'node:assert/strict'
import test from 'node:test'
import type { BacktestFigures, BacktestResult, BacktestRule } from '../src/lib/types/rules'
import { change, isJudged, lastWeek, longest, longestDay, signed, windowOf } from '../src/screens/rules/backtest'

const ZONE = 'Asia/Shanghai'
const figures = (alerts: number, more: Partial<BacktestFigures> = {}): BacktestFigures => ({
  alerts, told: alerts, confirmed: 0, false_alarm: 0, unclear: 0, precision: null, precision_n: 0, precision_from: null, precision_to: null, ...more,
})
const rule = (tried: number, inForce: number | null): BacktestRule => ({
  code: 'TOW', name: { zh: '拖车', en: 'Towed' }, tried: figures(tried), in_force: inForce === null ? null : figures(inForce),
})

test('seven days end with today, and go from midnight to midnight', () => {
  const days = lastWeek(Date.parse('2026-11-26T17:00:00Z'), ZONE)
  assert.deepEqual(days, { first: '2026-11-21', last: '2026-11-27' })
  assert.deepEqual(windowOf(days, ZONE), { from: '2026-11-20T16:00:00.000Z', to: '2026-11-27T16:00:00.000Z' })
})

test('a window that the server would not take is none', () => {
  for (const [first, last] of [['2026-11-02', '2026-11-01'], ['', '2026-11-01'], ['2026-01-01', '2026-11-01'], ['2026-08-01', '2026-10-31']] as const) {
    assert.equal(windowOf({ first, last }, ZONE), null, `${first} ${last}`)
  }
  assert.ok(windowOf({ first: '2026-11-01', last: '2026-11-01' }, ZONE))
})

test('a change has a sign, and none where nothing was held against it', () => {
  assert.deepEqual([change(rule(3, 1)), change(rule(0, 2)), change(rule(2, null))], [2, -2, null])
  assert.deepEqual([signed(2), signed(-2), signed(0)], ['+2', '−2', '±0'])
})

test('the longest bar is of either set, and never nothing', () => {
  const result: BacktestResult = { vehicles: 1, rules: [rule(3, 9)], days: [{ date: '2026-11-01', tried: 3, in_force: 9 }], differences: null }
  assert.deepEqual([longest(result), longestDay(result)], [9, 9])
  assert.deepEqual([longest({ ...result, rules: [] }), longestDay({ ...result, days: [] })], [1, 1])
})

test('a share of no verdict is not told', () => {
  assert.equal(isJudged(figures(3)), false)
  assert.equal(isJudged(figures(3, { precision: 0, precision_n: 2 })), true)
})

import assert from 'node:assert/strict'
import test from 'node:test'
import type { System } from '../src/screens/health/system'
import { verdict } from '../src/screens/health/verdict'

const NOW = Date.parse('2026-11-28T12:00:00Z')
const SOUND: System = {
  ready: true, stages: [], coverage: [], coverage_from: '2026-11-20T00:00:00Z', gaps: [],
  outbox: { receiver: true, pending: 0, failed: 0, oldest_s: null, last_delivered_at: null },
  journal: { bytes: 1, max: null }, store: { kind: 'sqlite' }, sessions: 0, terminals: 0, books: [], listeners: [], version: '0',
  clock: { system: true, factor: 1, now: '2026-11-28T12:00:00Z' }, outages: [], rules: { last_tick: null, vehicles: 0 },
}

test('silence is trusted where the server listened for a day and somebody is told', () => {
  assert.equal(verdict(SOUND, NOW).trust, 'yes')
})

test('a server of half an hour, one that tells nobody, and devices that were never heard are doubts', () => {
  const doubts = (system: System) => {
    const found = verdict(system, NOW)
    return found.trust === 'partly' ? found.doubts.map(({ why, count }) => [why, count]) : found.trust
  }
  assert.deepEqual(doubts({ ...SOUND, coverage_from: '2026-11-28T11:30:00Z' }), [['young', 30]])
  assert.deepEqual(doubts({ ...SOUND, outbox: { ...SOUND.outbox, receiver: false } }), [['no_receiver', 1]])
  assert.deepEqual(doubts({ ...SOUND, unheard_vehicles: 2 }), [['unheard', 2]])
})

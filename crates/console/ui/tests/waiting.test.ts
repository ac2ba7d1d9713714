import assert from 'node:assert/strict'
import test from 'node:test'
import { steps } from '../src/screens/waiting/lamps'
import { type Arrival, type Attempt, failed, next, type Standing, type WaitingRoom } from '../src/screens/waiting/room'

function arrival(terminal: string, standing: Standing): Arrival {
  return { terminal, standing, vehicle: null, plate: null, first_seen: null, last_heard_at: null, first_fix_at: null }
}

function room(device: Arrival | null, unapproved: number): WaitingRoom {
  const lamps = { listening: true, bytes: true }
  return { listeners: [], device, lamps, arrivals: device ? [device] : [], unapproved, attempts: [] }
}

test('what is next is how far the device has come, and of the ports while nothing comes in', () => {
  assert.equal(next(room(null, 0)).step, 'frame')
  assert.equal(next({ ...room(null, 0), lamps: { listening: true } }).step, 'bytes')
  assert.equal(next({ ...room(arrival('1', 'fixed'), 0), lamps: {} }).step, 'listening')
  for (const standing of ['unheard', 'quarantined', 'rejected', 'approved', 'bound', 'fixed'] as const) {
    assert.equal(next(room(arrival('1', standing), 0)).step, standing)
  }
})

test('all is well only where no other device waits to be approved', () => {
  assert.deepEqual(next(room(arrival('1', 'fixed'), 0)), { step: 'fixed', others: 0, done: true })
  assert.deepEqual(next(room(arrival('1', 'fixed'), 2)), { step: 'fixed', others: 2, done: false })
  assert.deepEqual(next(room(arrival('1', 'quarantined'), 2)), { step: 'quarantined', others: 1, done: false })
  assert.deepEqual(next(room(arrival('1', 'bound'), 0)), { step: 'bound', others: 0, done: false })
})

test('a connection is told beside the devices only where none that is listed came of it', () => {
  const attempt = (terminal: string | null): Attempt => ({
    at: '2026-11-20T01:00:00Z', peer: '192.0.2.1:4000', terminal, reason: { code: 'unapproved', zh: '', en: '' },
  })
  const all = { ...room(arrival('1', 'bound'), 0), attempts: [attempt('1'), attempt(null), attempt('2')] }
  assert.deepEqual(failed(all).map(({ terminal }) => terminal), [null, '2'])
})

test('the first lamp that is not lit is the one that is waited for', () => {
  const states = steps({ listening: true, bytes: true, frame: { on: false, at: null }, approved: { on: true, at: null } })
  assert.deepEqual(states.map(({ state }) => state), ['on', 'on', 'next', 'on', 'off'])
})

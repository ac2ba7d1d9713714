import assert from 'node:assert/strict'
import test from 'node:test'
import type { Attempt } from '../src/screens/waiting/lamps'
import { type Device, standingOf, toAskFor } from '../src/screens/waiting/standing'

const DEVICE: Device = { terminal: '868120240000015', status: 'quarantined', vehicle: null, plate: null, last_fix_at: null }

test('a device stands as far as it has come, whatever its attempt waited for', () => {
  assert.equal(standingOf(DEVICE), 'quarantined')
  assert.equal(standingOf({ ...DEVICE, status: 'rejected' }), 'rejected')
  assert.equal(standingOf({ ...DEVICE, status: 'approved' }), 'approved')
  const bound: Device = { ...DEVICE, status: 'approved', vehicle: '粤B12345' }
  assert.equal(standingOf(bound), 'bound')
  assert.equal(standingOf({ ...bound, last_fix_at: '2026-11-20T01:00:00Z' }), 'fixed')
})

test('each terminal that was noted as unapproved is asked for once, until it has a fix', () => {
  const attempt = (terminal: string | null, code = 'unapproved'): Attempt => ({
    at: '2026-11-20T01:00:00Z', peer: '192.0.2.1:4000', terminal, reason: { code, zh: '', en: '' },
  })
  const attempts = [attempt('1'), attempt('2'), attempt('1'), attempt(null), attempt('3', 'http')]
  const fixed: Device = { ...DEVICE, terminal: '2', status: 'approved', last_fix_at: '2026-11-20T01:00:00Z' }
  assert.deepEqual(toAskFor(attempts, new Map()), ['1', '2'])
  assert.deepEqual(toAskFor(attempts, new Map([['1', DEVICE], ['2', fixed]])), ['1'])
})

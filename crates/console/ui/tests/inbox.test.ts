import assert from 'node:assert/strict'
import test from 'node:test'
import { stillHolds } from '../src/lib/inbox/conflict'
import { emptied, isGone, type Listed, theirs } from '../src/lib/inbox/listed'
import { stepped } from '../src/lib/lists'
import type { AlertRow } from '../src/lib/types/alerts'

const rows = ['a', 'b', 'c', 'd'].map((id) => ({ id, text: 'of a car' })) as unknown as Listed[]

test('an alert that is no longer theirs leaves its place empty, and the rows below where they are', () => {
  const left = emptied(rows, 'b')
  assert.deepEqual(left.map(({ id }) => id), ['a', 'b', 'c', 'd'])
  assert.deepEqual(left[1], { id: 'b', is_gone: true })
  assert.deepEqual(theirs(left).map(({ id }) => id), ['a', 'c', 'd'])
  assert.deepEqual(emptied(rows, 'z'), rows)
})

test('a cursor goes over what is gone, and stays within the list', () => {
  const left = emptied(emptied(rows, 'b'), 'd')
  const cases: [at: number, step: number, to: number][] = [[-1, 1, 0], [0, 1, 2], [2, -1, 0], [2, 1, 2], [0, -1, 0], [1, 1, 2], [1, -1, 0], [3, 1, 2], [3, -1, 2]]
  for (const [at, step, to] of cases) assert.equal(stepped(left, at, step, isGone), to, `${step} from ${at}`)
  assert.equal(stepped(rows, 0, 10, isGone), 3)
  assert.equal(stepped([{ id: 'a', is_gone: true } as Listed], 0, 1, isGone), -1)
})

test('a verdict outlives what the rules do in its ten seconds, and nothing that a person did or that has become graver', () => {
  const seen = { state: 'acknowledged', severity: 'P2', owner: { id: 'li', name: 'Li' }, notes: 1, version: 3, cleared_at: null, snoozed_until: null } as unknown as AlertRow
  const holds = (changed: Partial<AlertRow>) => stillHolds('close', seen, { ...seen, version: 4, ...changed })
  assert.ok(holds({ cleared_at: '2026-11-28T15:06:00Z', waits_for_verdict: true }))
  assert.ok(!holds({ severity: 'P1' }))
  assert.ok(!holds({ owner: null }))
  assert.ok(!holds({ notes: 2 }))
  assert.ok(!holds({ snoozed_until: '2026-11-28T15:06:00Z' }))
  assert.ok(!holds({ state: 'open' }))
  assert.ok(!stillHolds('close', { ...seen, state: 'withdrawn' }, { ...seen, state: 'withdrawn' }))
  assert.ok(stillHolds('note', seen, { ...seen, state: 'closed' }))
  assert.ok(!stillHolds('ack', seen, seen))
})

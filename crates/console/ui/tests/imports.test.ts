import assert from 'node:assert/strict'
import test from 'node:test'
import { byContract, type Diff, groupsOf, type ImportRow, isGraver, isOnItsWay, lastDecision, type State, TONES, usualLender, whyGoneStay } from '../src/screens/imports/import'

const ROW: ImportRow = {
  id: 'i', kind: 'loans', lender: 'main', as_of: null, state: 'applied', rows: 1, accepted: 1,
  uploaded_at: '2026-11-20T01:00:00Z', uploaded_by: 'li', settled_at: '2026-11-20T02:00:00Z', settled_by: 'wang',
}

test('who took a book back stands in the place of who put it in force', () => {
  assert.deepEqual(lastDecision(ROW), { at: '2026-11-20T02:00:00Z', by: 'wang' })
  const back: ImportRow = { ...ROW, state: 'rolled_back', rolled_back_at: '2026-11-20T03:00:00Z', rolled_back_by: 'zhao' }
  assert.deepEqual(lastDecision(back), { at: '2026-11-20T03:00:00Z', by: 'zhao' })
  const waiting: ImportRow = { ...ROW, state: 'checked', settled_at: null, settled_by: null }
  assert.deepEqual(lastDecision(waiting), { at: '2026-11-20T01:00:00Z', by: 'li' })
})

test('what is not folded yet is asked for again, and nothing else', () => {
  const states = Object.keys(TONES) as State[]
  assert.deepEqual(states.filter((state) => isOnItsWay({ state })), ['applying', 'rolling_back'])
})

test('a lender is taken for granted only where there is no choice', () => {
  assert.equal(usualLender(['demo']), 'demo')
  assert.equal(usualLender(['demo', 'main']), '')
  assert.equal(usualLender([]), 'main')
})

test('contracts that are not in the file stay where rows were rejected or the file is a part, and a person sees why', () => {
  const of = (complete: boolean | null, guards: string[] = []) =>
    whyGoneStay({ diff: { complete }, guards: guards.map((code) => ({ code, text: { zh: '', en: '' } })) })
  assert.deepEqual([of(true), of(null)], [null, null])
  assert.equal(of(false, ['not_complete']), 'rejected')
  assert.equal(of(false), 'part')
})

test('groups come in the order in which they matter, those of an older import among them', () => {
  const diff: Diff = { changed: 3, worse: { count: 2, contracts: ['a', 'b'] }, kept: { count: 0, contracts: [] }, becomes_overdue: 1 }
  assert.deepEqual(groupsOf(diff).map(({ name }) => name), ['becomes_overdue', 'worse', 'changed'])
})

test('a move is graver by its bucket, and changes stand by their contract', () => {
  assert.ok(isGraver({ from: 'M3', to: 'M7+', count: 1 }))
  assert.ok(!isGraver({ from: 'M1', to: 'M0', count: 1 }))
  const change = (contract: string, column: string) => ({ contract, column, before: null, after: '1' })
  const by = byContract([change('a', 'plate'), change('b', 'plate'), change('a', 'dpd_max')])
  assert.deepEqual(by.map(({ contract, changes }) => [contract, changes.length]), [['a', 2], ['b', 1]])
})

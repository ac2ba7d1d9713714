import assert from 'node:assert/strict'
import test from 'node:test'
import { emptied, isGone, type Listed, theirs } from '../src/lib/inbox/listed'
import { stepped } from '../src/lib/lists'

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

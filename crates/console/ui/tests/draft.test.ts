import assert from 'node:assert/strict'
import test from 'node:test'
import { Draft, forgetDrafts } from '../src/lib/draft.svelte'

test('a draft is there again for the same dialog, until it is dropped, emptied or the login ends', () => {
  new Draft('note a').text = 'called'
  assert.deepEqual([new Draft('note a').text, new Draft('note a').isOld], ['called', true])
  assert.deepEqual([new Draft('note b').text, new Draft('note b').isOld], ['', false])
  new Draft('note a').drop()
  assert.equal(new Draft('note a').isOld, false)
  new Draft('note a').text = '  '
  assert.equal(new Draft('note a').text, '')
  new Draft('note a').text = 'called'
  forgetDrafts()
  assert.equal(new Draft('note a').text, '')
})

test('what was taken back goes before what has been written since', () => {
  const first = new Draft('note 7')
  first.text = 'B'
  new Draft('note 7').restore('A')
  assert.equal(new Draft('note 7').text, 'A\nB')
  new Draft('note 7').restore('A\nB')
  assert.equal(new Draft('note 7').text, 'A\nB')
  new Draft('note 7').drop()
})

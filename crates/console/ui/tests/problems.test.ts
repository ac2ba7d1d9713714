import assert from 'node:assert/strict'
import test from 'node:test'
import { parserSays } from '../src/screens/rules/fault'

const UNREAD = 'the rule set does not read: '
const drawn = (line: string, says: string): string => `${UNREAD}TOML parse error at line 2, column 1\n  |\n2 | ${line}\n  | ^^^\n${says}\n`

test('what a parser says of a rule set is told apart by its kind', () => {
  const unknown = parserSays(drawn('dpd_mim = 3', 'unknown field `dpd_mim`, expected `dpd_min` or `cool_down_h`'))
  assert.deepEqual(unknown, { kind: 'unknown', key: 'dpd_mim', known: ['dpd_min', 'cool_down_h'] })
  assert.deepEqual(parserSays(drawn('dpd_min = "x"', 'invalid type: string "x", expected u16')), { kind: 'type', wanted: 'whole' })
  assert.deepEqual(parserSays(drawn('x = 1', 'invalid type: integer `1`, expected a string')), { kind: 'type', wanted: 'text' })
  assert.deepEqual(parserSays(drawn('x = 1', 'duplicate key')), { kind: 'twice', key: '' })
  assert.deepEqual(parserSays(drawn('x =', 'string values must be quoted, expected literal string')), { kind: 'syntax' })
  assert.deepEqual(parserSays('lender.main: unknown field `tow`, expected one of `pair`, `places`\n'), { kind: 'unknown', key: 'tow', known: ['pair', 'places'] })
})

test('what the server says for people stays as it is', () => {
  assert.equal(parserSays('tow.minutes = 0: expected a whole number from 1 to 60'), null)
  assert.equal(parserSays('lender.main: gathering is of vehicles of all lenders: it stands under [gathering]'), null)
})

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
  assert.deepEqual(parserSays(drawn('x = []', 'missing comma between array elements, expected `,`')), { kind: 'syntax' })
  assert.deepEqual(parserSays(drawn('x =', 'string values must be quoted, expected literal string')), { kind: 'syntax' })
  assert.deepEqual(parserSays('lender.main: unknown field `tow`, expected one of `pair`, `places`\n'), { kind: 'unknown', key: 'tow', known: ['pair', 'places'] })
})

test('a number that no key takes is out of range, and not told to be a number', () => {
  assert.deepEqual(parserSays(drawn('dpd_min = -1', 'invalid value: integer `-1`, expected u16')), { kind: 'range', value: '-1' })
  assert.deepEqual(parserSays(drawn('dpd_min = 70000', 'invalid value: integer `70000`, expected u16')), { kind: 'range', value: '70000' })
  assert.deepEqual(parserSays(`lender.main: invalid value: integer \`-1\`, expected u16\n`), { kind: 'range', value: '-1' })
  assert.deepEqual(parserSays(drawn('x = 99999999999999999999', 'integer number overflowed')), { kind: 'range', value: '' })
  assert.deepEqual(parserSays(drawn('x = 1.5', 'invalid type: floating point `1.5`, expected u16')), { kind: 'type', wanted: 'whole' })
})

test('what is not known to be a fault of the writing is not told as one', () => {
  assert.deepEqual(parserSays(drawn('[tow]', 'missing field `minutes`')), { kind: 'unread', line: 2 })
  assert.deepEqual(parserSays(drawn('a.b = 1', 'cannot extend value of type array with a dotted key')), { kind: 'unread', line: 2 })
  assert.deepEqual(parserSays(`${UNREAD}what nobody foresaw`), { kind: 'unread', line: null })
  // The words of a comment are not the parser's.
  assert.deepEqual(parserSays(drawn('a.b = 1 # unknown field `x`, out of range', 'cannot extend value')), { kind: 'unread', line: 2 })
})

test('what the server says for people stays as it is', () => {
  assert.equal(parserSays('tow.minutes = 0: expected a whole number from 1 to 60'), null)
  assert.equal(parserSays('lender.main: gathering is of vehicles of all lenders: it stands under [gathering]'), null)
})

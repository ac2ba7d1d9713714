import assert from 'node:assert/strict'
import test from 'node:test'
import { ApiError, type Pointer } from '../src/lib/api'

// Words ask the page for its language as they are loaded.
Object.assign(globalThis, { document: { documentElement: { lang: 'en' } } })
const { detailOf, faultOf, faultsOf } = await import('../src/lib/fault')

const PLATES = '粤B12345 / 粤B12346'

function problem(code: string, detail: string, errors: Pointer[] = []): ApiError {
  return new ApiError(422, code, '', detail, null, errors)
}

test('a field is named by its label, and what is wrong with it by its code', () => {
  const cases: [pointer: string, code: string, where: string, what: string, more: string][] = [
    ['/name', 'missing', 'Name', 'is needed', ''],
    ['/lenders/0', 'missing', 'Lenders, entry 1', 'is needed', ''],
    ['/lenders/2', 'unknown', 'Lenders, entry 3', 'the name of a lender is text on one line', 'as it is'],
    ['?lender', 'unknown', 'Lender', 'there is no such one, or it is outside your scope', 'as it is'],
    ['/regions/1', 'unknown', 'Regions, entry 2', 'no plate begins like this', 'as it is'],
    ['/members/0', 'unknown', 'Members, entry 1', 'there is no such user', 'as it is'],
    ['?kind', 'unknown', 'Kind', 'there is no such one, or it is outside your scope', 'as it is'],
    ['/properties/scope', 'unknown', 'Holds for', 'there is no such one, or it is outside your scope', 'as it is'],
    ['?cursor', 'cursor', 'Page', 'the list has changed, open it anew', ''],
    ['?bbox', 'bbox', 'Map section', 'is written west, south, east, north, in degrees', 'as it is'],
    ['?from', 'parameter', 'From', 'the server cannot read this condition', 'as it is'],
    ['?format', 'line', 'Format', 'a GPX file is one line: choose a vehicle or a terminal first', ''],
    ['/locale', 'locale', 'Language', 'there is Chinese and English only', ''],
    ['/7/plate', 'missing', 'Line 7, plate', 'is needed', ''],
    // RFC 6901: a column with a stroke, and one with a tilde and a one.
    ['/7/in~1out', 'missing', 'Line 7, in/out', 'is needed', ''],
    ['/7/a~01', 'missing', 'Line 7, a~1', 'is needed', ''],
    // What has no words is told in the server's.
    ['/name', 'unheard_of', 'Name', '', 'as it is'],
    ['/unheard_of', 'unheard_of', '', 'Something is not filled in correctly', 'as it is'],
    ['', 'body', '', 'the server cannot read this', 'as it is'],
  ]
  for (const [pointer, code, where, what, more] of cases) {
    assert.deepEqual(faultOf({ pointer, code, detail: 'as it is' }), { where, what, more }, `${pointer} ${code}`)
  }
})

test('what the server says in both languages is told in the reader’s', () => {
  const refused = problem('refused', '这本账太旧 / This book is too old')
  assert.deepEqual(detailOf(refused), { text: 'This book is too old', foreign: false })
  const whole = problem('invalid', '没有“合同号”列 / no column “合同号”', [{ pointer: '', code: 'file', detail: 'no column “合同号”' }])
  assert.deepEqual(detailOf(whole), { text: 'no column “合同号”', foreign: false })
  assert.deepEqual(faultsOf(whole), [])
  const strokes = problem('refused', `${PLATES} 都已绑定 / both are bound`)
  assert.deepEqual(detailOf(strokes), { text: 'both are bound', foreign: false })
})

test('two plates with a stroke between them are not two languages', () => {
  assert.deepEqual(detailOf(problem('refused', PLATES)), { text: PLATES, foreign: true })
  assert.deepEqual(detailOf(problem('refused', `taken: ${PLATES}`)), { text: `taken: ${PLATES}`, foreign: true })
  assert.deepEqual(detailOf(problem('refused', 'one / other')), { text: 'one / other', foreign: true })
})

test('what tells programs what to send is not shown', () => {
  assert.equal(detailOf(problem('precondition_required', 'Send If-Match.')), null)
})

// What is wrong with a request, for people: which field by its label, a sentence by the fault's code, the server's own text where it
// says more.
//
// Shape: a problem of the API → lines. A pointer is `/regions/0`, `?from`, or `/7/plate` for a cell of a file. Errors: none; what has no
// words here is told in the server's, which is English. Source: RFC 9457, RFC 6901.

import type { ApiError, Pointer } from './api'
import { said } from './i18n.svelte'
import { problems } from './words/problems'

export interface Fault {
  /** The field's label; empty where it is the whole. */
  where: string
  what: string
  /** English, or empty. */
  more: string
}

export interface Detail {
  text: string
  /** It is in English whatever the language. */
  foreign: boolean
}

/** What the server says of the whole, where that is more than what its code means. */
export function detailOf({ code, detail, errors }: ApiError): Detail | null {
  const both = bilingual(detail, errors[0]?.detail)
  if (both) return { text: said(both), foreign: false }
  if (!detail || FOR_PROGRAMS.has(code) || detail.startsWith(NOTHING_HERE)) return null
  return { text: detail, foreign: true }
}

export function faultsOf({ detail, errors }: ApiError): Fault[] {
  // The whole file's fault stands in the detail, in both languages.
  const isTold = bilingual(detail, errors[0]?.detail) !== null
  return errors.filter(({ pointer }) => pointer !== '' || !isTold).map(faultOf)
}

export function faultOf({ pointer, code, detail }: Pointer): Fault {
  const known = problems.faults as Record<string, string>
  const what = known[`${fieldOf(pointer)}_${code}`] ?? known[code] ?? ''
  const more = what && SAYS_ALL.has(code) ? '' : detail
  const where = labelOf(pointer)
  return { where, what: what || (where ? '' : problems.codes.invalid), more }
}

/** `/regions/0` is the first of the regions; the last part that has a label names the field. */
function labelOf(pointer: string): string {
  const parts = partsOf(pointer)
  const [first = '', second = ''] = parts
  if (isNumber(first) && second) return problems.cell(first, second)
  const label = (problems.fields as Record<string, string>)[fieldOf(pointer)]
  if (!label) return ''
  const last = parts.at(-1) ?? ''
  return isNumber(last) ? problems.entry(label, Number(last) + 1) : label
}

function fieldOf(pointer: string): string {
  return partsOf(pointer).findLast((part) => Object.hasOwn(problems.fields, part)) ?? ''
}

function partsOf(pointer: string): string[] {
  if (pointer.startsWith('?')) return [pointer.slice(1)]
  return pointer.replace(/^\//, '').split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/**
 * `中文 / English`: what the server knows to say in both. `english` is the second half, if it is known: that one may quote Chinese. Else
 * only what has Han before and none behind is both: two plates with a stroke between them are one text.
 */
function bilingual(detail: string, english?: string): { zh: string; en: string } | null {
  const cuts = english && detail.endsWith(` / ${english}`) ? [detail.length - english.length - SPLIT.length] : cutsOf(detail)
  const cut = cuts.find((at) => HAN.test(detail.slice(0, at)))
  return cut === undefined ? null : { zh: detail.slice(0, cut), en: detail.slice(cut + SPLIT.length) }
}

function cutsOf(detail: string): number[] {
  return [...detail.matchAll(/ \/ /g)].map(({ index }) => index).filter((at) => !HAN.test(detail.slice(at)))
}

const SPLIT = ' / '
const HAN = /\p{Script=Han}/u

const isNumber = (text: string): boolean => /^\d+$/.test(text)

/** Their detail tells programs what to send. */
const FOR_PROGRAMS = new Set([
  'invalid', 'method_not_allowed', 'timeout', 'unauthenticated', 'totp_required', 'purpose_required', 'budget_exceeded', 'csrf', 'precondition_failed', 'precondition_required',
  'idempotency_reused', 'idempotency_in_progress', 'internal',
])
const NOTHING_HERE = 'There is nothing under this address'
/** Nothing is left to say behind their sentence. */
const SAYS_ALL = new Set(['missing', 'empty', 'past', 'future', 'totp', 'zone', 'role', 'no_history', 'masked', 'cursor', 'locale', 'line'])

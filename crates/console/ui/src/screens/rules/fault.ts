// What the parser of a rule set says, taken apart so that it can be told in people's words.
//
// Shape: the server's English text → what kind of fault it is; null where the server's own sentence is for people already (a range, an
// order, a word). Errors: none; a text that is not known here is `unread`, which claims nothing. Source: the texts of the crates `toml`
// and `serde`.

export type ParserSays =
  | { kind: 'unknown'; key: string; known: string[] }
  | { kind: 'type'; wanted: 'whole' | 'text' | 'yes_no' | 'other' }
  /** Of the right kind, and beyond what any key takes. */
  | { kind: 'range'; value: string }
  | { kind: 'twice'; key: string }
  | { kind: 'syntax' }
  | { kind: 'unread'; line: number | null }

export function parserSays(text: string): ParserSays | null {
  const whole = reasonOf(text)
  if (whole === null) return null
  const reason = whole.replace(DRAWN, '')
  const unknown = /unknown (?:field|variant) `([^`]*)`/.exec(reason)
  if (unknown) return { kind: 'unknown', key: unknown[1] ?? '', known: namesIn(reason.slice(unknown.index + unknown[0].length)) }
  // A number where a number belongs: that it is one need not be said.
  const range = /invalid value: integer `?(-?\d+)`?, expected /.exec(reason) ?? /()(?:out of range|too (?:large|small|big)|overflow)/i.exec(reason)
  if (range) return { kind: 'range', value: range[1] ?? '' }
  const type = /invalid (?:type|value): .*, expected (.+)/.exec(reason)
  if (type) return { kind: 'type', wanted: wantedBy(type[1] ?? '') }
  const twice = /duplicate (?:key|field)(?: `([^`]*)`)?/.exec(reason)
  if (twice) return { kind: 'twice', key: twice[1] ?? '' }
  if (SYNTAX.test(reason)) return { kind: 'syntax' }
  const line = /\bline (\d+)/.exec(whole)?.[1]
  return { kind: 'unread', line: line ? Number(line) : null }
}

/** What stands behind the server's own beginning, if a parser wrote it: it draws the line, or speaks of fields and types. */
function reasonOf(text: string): string | null {
  const reason = /^the rule set does not read: ([\s\S]*)$/.exec(text)?.[1] ?? /^lender\.[^:]*: ([\s\S]*)$/.exec(text)?.[1]
  if (reason === undefined) return null
  const isParsers = text.startsWith('the rule set') || /TOML parse error|(?:unknown|missing|duplicate) field|unknown variant|invalid (?:type|value|length)|duplicate/.test(reason)
  return isParsers ? reason : null
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')
}

function wantedBy(wanted: string): 'whole' | 'text' | 'yes_no' | 'other' {
  if (/^(?:[ui](?:8|16|32|64|size)|(?:an? )?integer)\b/.test(wanted)) return 'whole'
  if (/string/.test(wanted)) return 'text'
  return /bool/.test(wanted) ? 'yes_no' : 'other'
}

/** The lines that the parser draws are the person's own: their words are none of the parser's. */
const DRAWN = /^ *\d* *\|.*$/gm
/** How the parser begins what it says of a writing that is none: what it expected or found there. */
const SYNTAX = /^(?:invalid (?!type|value|length)|unclosed |unquoted |missing (?!field)|extra |unexpected |key with no value|keys cannot |newlines? |string values must be quoted|expected |control character)/m

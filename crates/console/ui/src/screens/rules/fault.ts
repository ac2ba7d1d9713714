// What the parser of a rule set says, taken apart so that it can be told in people's words.
//
// Shape: the server's English text → what kind of fault it is; null where the server's own sentence is for people already (a range, an
// order, a word). Errors: none; what is not recognised is a fault of the writing. Source: the texts of the crate `toml`.

export type ParserSays =
  | { kind: 'unknown'; key: string; known: string[] }
  | { kind: 'type'; wanted: 'whole' | 'text' | 'yes_no' | 'other' }
  | { kind: 'twice'; key: string }
  | { kind: 'syntax' }

export function parserSays(text: string): ParserSays | null {
  const reason = reasonOf(text)
  if (reason === null) return null
  const unknown = /unknown (?:field|variant) `([^`]*)`/.exec(reason)
  if (unknown) return { kind: 'unknown', key: unknown[1] ?? '', known: namesIn(reason.slice(unknown.index + unknown[0].length)) }
  const type = /invalid (?:type|value): .*, expected (.+)/.exec(reason)
  if (type) return { kind: 'type', wanted: wantedBy(type[1] ?? '') }
  const twice = /duplicate (?:key|field)(?: `([^`]*)`)?/.exec(reason)
  if (twice) return { kind: 'twice', key: twice[1] ?? '' }
  return { kind: 'syntax' }
}

/** What stands behind the server's own beginning, if a parser wrote it: it draws the line, or speaks of fields and types. */
function reasonOf(text: string): string | null {
  const reason = /^the rule set does not read: ([\s\S]*)$/.exec(text)?.[1] ?? /^lender\.[^:]*: ([\s\S]*)$/.exec(text)?.[1]
  if (reason === undefined) return null
  const isParsers = text.startsWith('the rule set') || /TOML parse error|unknown field|invalid type|duplicate/.test(reason)
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

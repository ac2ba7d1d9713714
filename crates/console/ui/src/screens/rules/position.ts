// Where in a text an error is, for the line that is marked and the caret that jumps there.
// Shape: text + line and column, or the key → offsets. Units: lines and columns from 1, offsets in UTF-16 units.
// Errors: a place that the text does not have is its end. Source: TOML parsers give lines; range checks give keys only.

export interface CheckError {
  line: number | null
  column: number | null
  key: string | null
  text: { zh: string; en: string }
}

/** The line of an error: the one it names, else the one that sets the key it names. */
export function lineOf(toml: string, error: CheckError): number | null {
  return error.line ?? (error.key ? lineOfKey(toml, error.key) : null)
}

/** The line that sets `section.key`; 1 is the first. */
export function lineOfKey(toml: string, dotted: string): number | null {
  const cut = dotted.lastIndexOf('.')
  const [section, key] = [dotted.slice(0, Math.max(cut, 0)), dotted.slice(cut + 1)]
  let current = ''
  for (const [at, line] of toml.split('\n').entries()) {
    const head = /^\s*\[([^\]]+)\]/.exec(line)
    if (head) current = (head[1] ?? '').trim()
    else if (current === section && line.replace(/\s*=.*$/s, '').trim() === key && line.includes('=')) return at + 1
  }
  return null
}

/** The offsets of a line, without its end. */
export function lineSpan(text: string, line: number): { start: number; end: number } {
  const lines = text.split('\n')
  const start = lines.slice(0, line - 1).reduce((offset, each) => offset + each.length + 1, 0)
  return { start: Math.min(start, text.length), end: Math.min(start + (lines[line - 1]?.length ?? 0), text.length) }
}

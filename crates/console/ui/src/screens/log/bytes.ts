// The bytes of a frame, each with the field that explains it.
// Shape: hex as received + explained fields → cells; a cell is one byte of the explained frame. Units: offsets in bytes.
// JT/T 808 escapes two bytes on the wire; its fields count in the frame without escapes, so one cell may show two wire bytes.
// Errors: none; a byte that no field claims belongs to field NO_FIELD. Source: DESIGN.md §7, JT/T 808-2019 §4.4.

export interface Explained {
  offset: number
  length: number
}

export interface Cell {
  /** Where in the explained frame. */
  offset: number
  /** As on the wire: two digits, or four where the byte was escaped. */
  hex: string
  /** Index of the field that explains it, or NO_FIELD. */
  field: number
}

export const NO_FIELD = -1
const DELIMITER = '7e'
const ESCAPE = '7d'
const ESCAPED = new Set(['01', '02'])

/** The bytes of a hex text, two digits each; anything that is no digit is left out. */
export function bytesOf(hex: string): string[] {
  return hex.toLowerCase().replace(/[^0-9a-f]/g, '').match(/../g) ?? []
}

/** Folds `7d 01` and `7d 02` between the delimiters into one cell each. */
function unescaped(bytes: string[]): string[] {
  const folded: string[] = []
  for (let at = 0; at < bytes.length; at += 1) {
    const [byte = '', next = ''] = [bytes[at], bytes[at + 1]]
    if (byte === ESCAPE && ESCAPED.has(next)) {
      folded.push(byte + next)
      at += 1
    } else {
      folded.push(byte)
    }
  }
  return folded
}

/** Where the explained frame ends by its fields. */
function explainedLength(fields: readonly Explained[]): number {
  return fields.reduce((end, field) => Math.max(end, field.offset + field.length), 0)
}

/** Whether the fields speak of other bytes than came: of those without their escapes. */
export function isEscaped(hex: string, fields: readonly Explained[]): boolean {
  const bytes = bytesOf(hex)
  const length = explainedLength(fields)
  return bytes[0] === DELIMITER && length !== bytes.length && unescaped(bytes).length >= length && length > 0
}

/** Every byte with its field. Fields never overlap; where they do, the later one wins. */
export function cells(hex: string, fields: readonly Explained[]): Cell[] {
  const wire = bytesOf(hex)
  const bytes = isEscaped(hex, fields) ? unescaped(wire) : wire
  const owner = new Map<number, number>()
  fields.forEach((field, index) => {
    for (let at = field.offset; at < field.offset + field.length; at += 1) owner.set(at, index)
  })
  return bytes.map((byte, offset) => ({ offset, hex: byte, field: owner.get(offset) ?? NO_FIELD }))
}

/** The bytes of one field as a person writes them: `7d 02` stays together. */
export function bytesOfField(all: readonly Cell[], field: number): string {
  return all.filter((cell) => cell.field === field).map((cell) => cell.hex).join(' ')
}

/** Cells in lines of `width`, for a dump. */
export function dumpLines(all: readonly Cell[], width: number): Cell[][] {
  const lines: Cell[][] = []
  for (let at = 0; at < all.length; at += width) lines.push(all.slice(at, at + width))
  return lines
}

/** `lienwatch decode …` for a shell; hex needs no quotes. */
export function decodeCommand(hex: string, protocol: string | null): string {
  const named = protocol ? ` --protocol ${protocol}` : ''
  return `lienwatch decode${named} ${bytesOf(hex).join('')}`
}

/** The hex frames in what somebody pasted: one a line, with spaces, colons, `0x` or a log's words around them. */
export function framesIn(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map(longestHex)
    .filter((hex) => hex.length >= FRAME_DIGITS_MIN)
    .slice(0, PASTED_FRAMES_MAX)
}

/** The longest run of byte pairs of a line; pairs may stand apart by blanks, colons, commas or dashes. */
function longestHex(line: string): string {
  const runs = line.replace(/0x/gi, ' ').match(/(?<![0-9a-z])[0-9a-f]{2,}(?:[\s:,-]*[0-9a-f]{2})*(?![0-9a-z])/gi) ?? []
  const digits = runs.map((run) => run.replace(/[^0-9a-f]/gi, '').toLowerCase())
  return digits.reduce((longest, run) => (run.length > longest.length ? run : longest), '')
}

/** The shortest frame of any protocol has five bytes. */
const FRAME_DIGITS_MIN = 10
/** What a person can look through; more belongs to `lienwatch decode FILE`. */
export const PASTED_FRAMES_MAX = 20

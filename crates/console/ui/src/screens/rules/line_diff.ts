// Which lines a new rule text adds and drops.
// Shape: two texts → lines in order, each kept, added or dropped. Units: line numbers from 1.
// Errors: none; texts of more than LINES_MAX lines are shown as dropped and added whole. Source: Myers' longest common run, plain.

export interface DiffLine {
  kind: 'same' | 'added' | 'dropped'
  text: string
  /** In the old text, for kept and dropped lines. */
  before: number | null
  /** In the new text, for kept and added lines. */
  after: number | null
}

/** Compares two texts line by line. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')]
  if (old.length > LINES_MAX || fresh.length > LINES_MAX) {
    return [...old.map((text, at) => dropped(text, at)), ...fresh.map((text, at) => added(text, at))]
  }
  const lengths = commonLengths(old, fresh)
  const lines: DiffLine[] = []
  let [left, right] = [0, 0]
  while (left < old.length || right < fresh.length) {
    const [was, is] = [old[left], fresh[right]]
    if (was !== undefined && was === is) {
      lines.push({ kind: 'same', text: was, before: (left += 1), after: (right += 1) })
    } else if (is !== undefined && (was === undefined || common(lengths, left, right + 1) > common(lengths, left + 1, right))) {
      lines.push(added(is, right))
      right += 1
    } else if (was !== undefined) {
      lines.push(dropped(was, left))
      left += 1
    }
  }
  return lines
}

/** The changed lines with a few kept ones around them; `null` stands for what is left out. */
export function hunks(lines: readonly DiffLine[], around: number): Array<DiffLine | null> {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - around), at + around + 1).some((line) => line.kind !== 'same'))
  const shown: Array<DiffLine | null> = []
  lines.forEach((line, at) => {
    if (near[at]) shown.push(line)
    else if (shown.length > 0 && shown.at(-1) !== null) shown.push(null)
  })
  if (shown.at(-1) === null) shown.pop()
  return shown
}

const added = (text: string, at: number): DiffLine => ({ kind: 'added', text, before: null, after: at + 1 })
const dropped = (text: string, at: number): DiffLine => ({ kind: 'dropped', text, before: at + 1, after: null })

const common = (lengths: number[][], left: number, right: number): number => lengths[left]?.[right] ?? 0

/** Longest common subsequence of the ends that begin at each pair of lines. */
function commonLengths(old: string[], fresh: string[]): number[][] {
  const lengths = Array.from({ length: old.length + 1 }, () => new Array<number>(fresh.length + 1).fill(0))
  for (let left = old.length - 1; left >= 0; left -= 1) {
    for (let right = fresh.length - 1; right >= 0; right -= 1) {
      const row = lengths[left]
      if (!row) continue
      row[right] =
        old[left] === fresh[right]
          ? common(lengths, left + 1, right + 1) + 1
          : Math.max(common(lengths, left + 1, right), common(lengths, left, right + 1))
    }
  }
  return lengths
}

/** A rule set has some 300 lines; the table of two such texts is a million cells. */
const LINES_MAX = 1500

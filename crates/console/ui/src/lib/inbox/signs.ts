// The signs of a movement, for it and against it, out of the sentence in which the server counts them.
//
// Shape: "2 (5 speak for a movement): ignition on +2" in, either language → signs without their points. Their sum stands in none of what
// is shown: a departure is decided by how far its fixes are, and "2 of 5" reads as a doubt of it. Errors: another sentence is null, and
// is shown as it came.

export interface Signs {
  speaking: string[]
  against: string[]
}

export function signsIn(text: string): Signs | null {
  const list = LIST.exec(text)?.[1]
  if (!list) return null
  const signs: Signs = { speaking: [], against: [] }
  for (const one of list.split(BETWEEN)) {
    const [, sign, points] = SIGN.exec(one) ?? []
    if (!sign) return null
    signs[Number(points) < 0 ? 'against' : 'speaking'].push(sign)
  }
  return signs
}

/** After the count. */
const LIST = /^-?\d+[^:：]*[:：]\s*(.+)$/
const BETWEEN = /，|, /
const SIGN = /^(.+) ([+-]\d+)$/

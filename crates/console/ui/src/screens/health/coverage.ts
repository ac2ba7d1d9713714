// Seven days of listening as bars a day, and what they are worth.
// Shape: covered spans → one line a day of listening and deaf bars, in shares of the day; the gaps in seconds.
// Units: milliseconds in, shares 0 to 1 out; days are the viewer's. Errors: spans out of order are sorted, empty ones dropped.
// Source: DESIGN.md §1 ("ticks are the coverage clock for silence"), ux.md §4 screen 12.

export interface Span {
  from: string
  to: string
}

export interface Bar {
  /** Share of the day at which it begins. */
  start: number
  /** Share of the day that it takes. */
  size: number
  from: number
  to: number
}

export interface Day {
  /** Local midnight, ms. */
  midnight: number
  heard: Bar[]
  deaf: Bar[]
  deafSeconds: number
}

interface Interval {
  from: number
  to: number
}

/** Spans in order, those that touch put together. */
export function merged(spans: readonly Span[]): Interval[] {
  const sorted = spans
    .map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) }))
    .filter(({ from, to }) => to > from)
    .sort((left, right) => left.from - right.from)
  const whole: Interval[] = []
  for (const span of sorted) {
    const last = whole.at(-1)
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to)
    else whole.push({ ...span })
  }
  return whole
}

/** What lies between the spans within a window. */
export function gaps(spans: readonly Interval[], window: Interval): Interval[] {
  const found: Interval[] = []
  let at = window.from
  for (const span of spans) {
    if (span.to <= window.from || span.from >= window.to) continue
    if (span.from > at) found.push({ from: at, to: span.from })
    at = Math.max(at, span.to)
  }
  if (at < window.to) found.push({ from: at, to: window.to })
  return found
}

/** The last `count` days up to `now`, the newest first. Nothing is deaf before `since`: the server was not there yet. */
export function days(spans: readonly Span[], since: number, now: number, count: number): Day[] {
  const whole = merged(spans)
  const lines: Day[] = []
  const midnight = new Date(now)
  midnight.setHours(0, 0, 0, 0)
  for (let line = 0; line < count; line += 1) {
    lines.push(day(whole, midnight.getTime(), since, now))
    midnight.setDate(midnight.getDate() - 1)
  }
  return lines
}

/** Ticks come every ten seconds: what is younger than a minute is not missed yet. */
const TICK_SLACK_MS = 60_000

function day(whole: readonly Interval[], midnight: number, since: number, now: number): Day {
  const next = new Date(midnight)
  next.setDate(next.getDate() + 1)
  const [length, end] = [next.getTime() - midnight, Math.min(next.getTime(), now)]
  const window = { from: Math.max(midnight, Math.min(since, end)), to: end }
  const bar = ({ from, to }: Interval): Bar => ({
    start: (from - midnight) / length,
    size: (to - from) / length,
    from,
    to,
  })
  const deaf = window.from < window.to ? gaps(whole, window).filter((gap) => gap.to !== now || gap.to - gap.from > TICK_SLACK_MS) : []
  const heard = whole
    .map(({ from, to }) => ({ from: Math.max(from, midnight), to: Math.min(to, end) }))
    .filter(({ from, to }) => to > from)
  const deafMs = deaf.reduce((sum, gap) => sum + gap.to - gap.from, 0)
  return { midnight, heard: heard.map(bar), deaf: deaf.map(bar), deafSeconds: Math.round(deafMs / 1000) }
}

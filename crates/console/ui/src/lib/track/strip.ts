// The day as a strip: which part of it each segment takes, where the ignition was on, and when the server did not listen.
//
// Shape: a strip of the API in, spans of 0 to 1 out. Errors: what lies outside of the day is cut off.

import type { Strip, StripKind } from '../types/vehicles'

export interface Span {
  from: number
  to: number
}

export interface Segment extends Span {
  kind: StripKind
  ignition: boolean | null
  fromMs: number
  toMs: number
}

export interface DrawnStrip {
  fromMs: number
  toMs: number
  segments: Segment[]
  ignition: Span[]
  /** Silence there says nothing of the car. */
  deaf: Span[]
}

export function drawnStrip(strip: Strip): DrawnStrip {
  const [fromMs, toMs] = [Date.parse(strip.from), Date.parse(strip.to)]
  const share = (time: string): number => Math.max(0, Math.min(1, (Date.parse(time) - fromMs) / (toMs - fromMs)))
  const segments = strip.segments.map(({ from, to, kind, ignition }) => {
    return { from: share(from), to: share(to), kind, ignition, fromMs: Date.parse(from), toMs: Date.parse(to) }
  })
  const covered = strip.covered.map(([from, to]) => ({ from: share(from), to: share(to) }))
  const ignition = segments.filter((one) => one.ignition === true).map(({ from, to }) => ({ from, to }))
  // The segments end now, or with the day: what has not come yet is not missed.
  const within = { from: share(strip.coverage_from), to: segments.at(-1)?.to ?? 0 }
  return { fromMs, toMs, segments, ignition, deaf: between(covered, within) }
}

export function segmentAt(strip: DrawnStrip, moment: number): Segment | null {
  return strip.segments.find(({ fromMs, toMs }) => moment >= fromMs && moment < toMs) ?? null
}

/** What lies between spans within a stretch. */
function between(spans: readonly Span[], within: Span): Span[] {
  const sorted = spans.toSorted((one, other) => one.from - other.from)
  const gaps: Span[] = []
  let end = within.from
  for (const { from, to } of [...sorted, { from: within.to, to: within.to }]) {
    if (from - end > SHARE_MIN) gaps.push({ from: end, to: from })
    end = Math.max(end, to)
  }
  return gaps
}

/** Less than half a minute of a day is not seen. */
const SHARE_MIN = 0.0003

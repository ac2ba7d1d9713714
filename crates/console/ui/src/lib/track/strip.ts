// The day as a strip: which part of it each segment takes, where the ignition was on, and when the server did not listen.
//
// Shape: a strip of the API in, spans of 0 to 1 out. Errors: what lies outside of the day is cut off.

import { ms } from '../time.svelte'
import type { Strip, StripKind } from '../types'

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
  const [fromMs, toMs] = [ms(strip.from) ?? 0, ms(strip.to) ?? 1]
  const share = (time: string): number => Math.max(0, Math.min(1, ((ms(time) ?? fromMs) - fromMs) / (toMs - fromMs)))
  const segments = strip.segments.map(({ from, to, kind, ignition }) => {
    return { from: share(from), to: share(to), kind, ignition, fromMs: ms(from) ?? fromMs, toMs: ms(to) ?? toMs }
  })
  const covered = strip.covered.map(([from, to]) => ({ from: share(from), to: share(to) }))
  const ignition = segments.filter((one) => one.ignition === true).map(({ from, to }) => ({ from, to }))
  return { fromMs, toMs, segments, ignition, deaf: between(covered) }
}

export function segmentAt(strip: DrawnStrip, moment: number): Segment | null {
  return strip.segments.find(({ fromMs, toMs }) => moment >= fromMs && moment < toMs) ?? null
}

/** What lies between spans; nothing where there are none, since then coverage is not known. */
function between(spans: readonly Span[]): Span[] {
  if (spans.length === 0) return []
  const sorted = spans.toSorted((one, other) => one.from - other.from)
  const gaps: Span[] = []
  let end = 0
  for (const { from, to } of [...sorted, { from: 1, to: 1 }]) {
    if (from - end > SHARE_MIN) gaps.push({ from: end, to: from })
    end = Math.max(end, to)
  }
  return gaps
}

/** Less than half a minute of a day is not seen. */
const SHARE_MIN = 0.0003

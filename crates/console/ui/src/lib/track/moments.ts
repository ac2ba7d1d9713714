// Where a moment lies among the points of a track: what the shared cursor of map, strip, graph and list stands on.
//
// Shape: points sorted by time in, places in that list out. Milliseconds since 1970. No position is made up between two fixes:
// a moment belongs to the last fix at or before it. Errors: an empty track has no place for any moment.

import type { Stay, TrackPoint } from '../types/vehicles'

/** The place of the last point at or before a moment; -1 before the first. */
export function lastBefore(points: readonly TrackPoint[], moment: number): number {
  let [low, high] = [0, points.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.[0] ?? Infinity) <= moment) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The place nearest in time; -1 in an empty track. */
export function nearest(points: readonly TrackPoint[], moment: number): number {
  const before = lastBefore(points, moment)
  const [one, next] = [points[before], points[before + 1]]
  if (!one) return points.length > 0 ? 0 : -1
  if (!next) return before
  return moment - one[0] <= next[0] - moment ? before : before + 1
}

/** The place nearest to a spot of the map, in degrees stretched to squares; -1 in an empty track. */
export function nearestOnGround(points: readonly TrackPoint[], lon: number, lat: number): number {
  const narrow = Math.cos((lat * Math.PI) / 180)
  let [best, least] = [-1, Infinity]
  points.forEach((point, place) => {
    const far = ((point[2] - lon) * narrow) ** 2 + (point[1] - lat) ** 2
    if (far < least) [best, least] = [place, far]
  })
  return best
}

/** Stretches without a gap: a line across hours of silence would claim a way that nobody saw. */
export function stretches(points: readonly TrackPoint[], gapMs: number): TrackPoint[][] {
  const parts: TrackPoint[][] = []
  points.forEach((point, place) => {
    const before = points[place - 1]
    const part = parts.at(-1)
    if (part && before && point[0] - before[0] <= gapMs) part.push(point)
    else parts.push([point])
  })
  return parts
}

/** Runs of one band of speed within a stretch, each sharing its last point with the next, so that the line is drawn whole. */
export function bandsOf(stretch: readonly TrackPoint[], edgesKmh: readonly number[]): { band: number; points: TrackPoint[] }[] {
  const runs: { band: number; points: TrackPoint[] }[] = []
  stretch.forEach((point, place) => {
    const before = stretch[place - 1]
    if (!before) return
    const band = edgesKmh.filter((edge) => (point[3] ?? 0) >= edge).length
    const run = runs.at(-1)
    if (run?.band === band) run.points.push(point)
    else runs.push({ band, points: [before, point] })
  })
  return runs
}

/** Metres driven and the highest speed of a part of a track. What a parked car's fixes drift is no way. */
export function summaryOf(points: readonly TrackPoint[], stays: readonly Stay[], metres: (from: TrackPoint, to: TrackPoint) => number) {
  const stood = stays.map(({ from, to }) => [Date.parse(from), to === null ? Infinity : Date.parse(to)] as const)
  const isParked = (from: TrackPoint, to: TrackPoint) => stood.some(([since, until]) => from[0] >= since && to[0] <= until)
  let [driven, top] = [0, 0]
  points.forEach((point, place) => {
    const before = points[place - 1]
    if (before && !isParked(before, point)) driven += metres(before, point)
    top = Math.max(top, point[3] ?? 0)
  })
  return { drivenM: driven, topKmh: top }
}

/** Longer without a fix is a gap: a wired device that drives reports each half minute, a parked one each few minutes [P]. */
export const GAP_MS = 15 * 60_000

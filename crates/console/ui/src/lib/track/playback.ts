// Playing a track: the cursor's moment runs with the wall clock times a factor, and leaps over silence and parking.
//
// Shape: a pure step from (moment, milliseconds of the wall, factor) to the next moment. Milliseconds. Errors: none; at the end
// it stops. The caller owns the animation frame.

import type { TrackPoint } from '../types/vehicles'
import { lastBefore } from './moments'

export const FACTORS = [10, 60, 300, 900] as const
export type Factor = (typeof FACTORS)[number]

/** The moment that shows next, or null at the end. */
export function advance(points: readonly TrackPoint[], moment: number, wallMs: number, factor: Factor): number | null {
  const last = points.at(-1)
  if (!last || moment >= last[0]) return null
  const next = moment + Math.min(wallMs, FRAME_MS_MAX) * factor
  const upcoming = points[lastBefore(points, moment) + 1]
  // Nothing is known within a long gap, and nothing to be seen while a car stands: go on where the next fix is.
  const leaps = upcoming !== undefined && upcoming[0] - moment > LEAP_MS && upcoming[0] > next
  return Math.min(leaps ? upcoming[0] - LEAP_MS / 2 : next, last[0])
}

/** The moment one fix further or back. */
export function stepped(points: readonly TrackPoint[], moment: number, by: 1 | -1): number {
  const here = lastBefore(points, moment)
  const back = points[here]?.[0] === moment ? here - 1 : here
  const target = by === 1 ? points[here + 1] : points[Math.max(back, 0)]
  return target?.[0] ?? moment
}

/** A tab that slept does not leap. */
const FRAME_MS_MAX = 250
const LEAP_MS = 10 * 60_000

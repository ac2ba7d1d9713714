// The cars that the map keeps in sight, each with the way it went since.
//
// Shape: at most four ids, and a trail of points each; `boxOfFollowed` says what must be in view. Pure. Errors: a fifth car takes the
// place of the first.

import type { LonLat } from '../map/datum'
import type { Car } from './cars'

export interface Followed {
  id: string
  trail: readonly LonLat[]
}

/** Following one more car, or no longer if it was followed. */
export function toggled(followed: readonly Followed[], car: Car): Followed[] {
  if (followed.some((one) => one.id === car.id)) return followed.filter((one) => one.id !== car.id)
  return [...followed, { id: car.id, trail: [[car.lon, car.lat] as const] }].slice(-FOLLOWED_MAX)
}

/** With the place a car came to. The same list where it is not followed or did not move. */
export function movedTo(followed: readonly Followed[], car: Car): readonly Followed[] {
  const one = followed.find((one) => one.id === car.id)
  const last = one?.trail.at(-1)
  if (!one || (last && last[0] === car.lon && last[1] === car.lat)) return followed
  const trail = [...one.trail, [car.lon, car.lat] as const].slice(-TRAIL_POINTS_MAX)
  return followed.map((other) => (other.id === car.id ? { id: car.id, trail } : other))
}

/** Four are what an eye keeps apart, and what fits beside a map. */
export const FOLLOWED_MAX = 4
/** An hour of a point every five seconds. */
const TRAIL_POINTS_MAX = 720

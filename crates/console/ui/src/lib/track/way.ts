// What is asked of one day of a vehicle: its track and where it stood. Both are reads of where a car is, with a purpose and an audit line.
//
// Shape: a vehicle's id and a day of the viewer's zone in, the API's answers out. Errors: `ApiError`, as `api` throws them.

import { api } from '../api'
import { metresBetween } from '../map/geometry'
import { ZONE } from '../time.svelte'
import type { Listing } from '../types/terms'
import type { Stay, Track, TrackPoint } from '../types/vehicles'
import { edgeOf } from './days'

/** A line of so many points cannot be told from the whole one on any screen. */
const POINTS_MAX = 4000

export function trackOf(id: string, day: string, signal: AbortSignal): Promise<Track> {
  return api.get(`${base(id)}/track`, { query: { ...edges(day), points_max: POINTS_MAX }, subject: id, signal })
}

export function staysOf(id: string, day: string, signal: AbortSignal): Promise<Stay[] | Listing<Stay>> {
  return api.get(`${base(id)}/stays`, { query: edges(day), subject: id, signal })
}

export function metresAlong(from: TrackPoint, to: TrackPoint): number {
  return metresBetween([from[2], from[1]], [to[2], to[1]])
}

const base = (id: string): string => `/vehicles/${encodeURIComponent(id)}`
const edges = (day: string) => ({ from: edgeOf(day, 'from', ZONE), to: edgeOf(day, 'to', ZONE) })

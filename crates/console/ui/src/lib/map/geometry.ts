// Lengths and outlines on the ground: what a circle or a corridor looks like, how far it is from here to there.
//
// Shape: [lon, lat] in degrees of WGS-84 in, metres or rings out. A sphere of the mean radius: 0.5 % at the most, for drawing
// and for telling people, never for judging (the server judges). Errors: none.

import type { LonLat } from './datum'

export type Ring = readonly LonLat[]

/** Metres along the great circle. */
export function metresBetween(from: LonLat, to: LonLat): number {
  const [dLat, dLon] = [radians(to[1] - from[1]), radians(to[0] - from[0])]
  const half =
    Math.sin(dLat / 2) ** 2 + Math.cos(radians(from[1])) * Math.cos(radians(to[1])) * Math.sin(dLon / 2) ** 2
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)))
}

/** The point so many metres east and north of another. */
export function offsetBy([lon, lat]: LonLat, eastM: number, northM: number): LonLat {
  return [lon + degrees(eastM / (EARTH_M * Math.cos(radians(lat)))), lat + degrees(northM / EARTH_M)]
}

/** Metres east and north of `origin`: a plane that is good for some tens of kilometres. */
export function planeOf(origin: LonLat, point: LonLat): [eastM: number, northM: number] {
  const east = radians(point[0] - origin[0]) * EARTH_M * Math.cos(radians(origin[1]))
  return [east, radians(point[1] - origin[1]) * EARTH_M]
}

/** A circle as a closed ring. */
export function circleRing(centre: LonLat, radiusM: number, corners = CIRCLE_CORNERS): LonLat[] {
  const ring: LonLat[] = []
  for (let corner = 0; corner < corners; corner += 1) {
    const angle = (2 * Math.PI * corner) / corners
    ring.push(offsetBy(centre, radiusM * Math.cos(angle), radiusM * Math.sin(angle)))
  }
  return closed(ring)
}

/** Metres from a point to an edge. */
export function metresToEdge(point: LonLat, from: LonLat, to: LonLat): number {
  const [toEast, toNorth] = planeOf(from, to)
  const [east, north] = planeOf(from, point)
  const lengthSquared = toEast ** 2 + toNorth ** 2
  const along = lengthSquared === 0 ? 0 : Math.max(0, Math.min(1, (east * toEast + north * toNorth) / lengthSquared))
  return Math.hypot(east - along * toEast, north - along * toNorth)
}

/** Whether an odd number of the rings holds the point: a second ring is a hole. */
export function ringsHold(rings: readonly Ring[], point: LonLat): boolean {
  return rings.filter((ring) => ringHolds(ring, point)).length % 2 === 1
}

export function ringHolds(ring: Ring, [x, y]: LonLat): boolean {
  let inside = false
  edgesOf(ring).forEach(([[ax, ay], [bx, by]]) => {
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  })
  return inside
}

/** Whether an edge of a ring crosses another of it: such an area has an inside that nobody meant. */
export function crossesItself(ring: Ring): boolean {
  const edges = edgesOf(opened(ring))
  return edges.some(([a, b], one) =>
    edges.some(([c, d], other) => {
      const neighbours = other <= one + 1 || (one === 0 && other === edges.length - 1)
      return !neighbours && edgesCross(a, b, c, d)
    }),
  )
}

/** Square metres within a ring, however it turns. */
export function ringArea(ring: Ring): number {
  const origin = ring[0]
  if (!origin) return 0
  const twice = edgesOf(ring).reduce((sum, [a, b]) => {
    const [ax, ay] = planeOf(origin, a)
    const [bx, by] = planeOf(origin, b)
    return sum + ax * by - bx * ay
  }, 0)
  return Math.abs(twice) / 2
}

/** With its first point once more at its end, as GeoJSON has rings. */
export function closed(ring: Ring): LonLat[] {
  const first = ring[0]
  return first ? [...opened(ring), first] : []
}

/** Without the repeated last point, as people count corners. */
export function opened(ring: Ring): LonLat[] {
  const [first, last] = [ring[0], ring.at(-1)]
  const repeats = ring.length > 1 && first && last && first[0] === last[0] && first[1] === last[1]
  return repeats ? ring.slice(0, -1) : [...ring]
}

export interface Box {
  west: number
  south: number
  east: number
  north: number
}

/** The least box around points; null around none. */
export function boxOf(points: Iterable<LonLat>): Box | null {
  let box: Box | null = null
  for (const [lon, lat] of points) {
    if (box === null) box = { west: lon, south: lat, east: lon, north: lat }
    box.west = Math.min(box.west, lon)
    box.east = Math.max(box.east, lon)
    box.south = Math.min(box.south, lat)
    box.north = Math.max(box.north, lat)
  }
  return box
}

/** Degrees clockwise from north, from here to there. */
export function courseTo(from: LonLat, to: LonLat): number {
  const [east, north] = planeOf(from, to)
  return (degrees(Math.atan2(east, north)) + 360) % 360
}

function edgesOf(ring: Ring): [LonLat, LonLat][] {
  const corners = opened(ring)
  return corners.flatMap((from, place): [LonLat, LonLat][] => {
    const to = corners[(place + 1) % corners.length]
    return to ? [[from, to]] : []
  })
}

function edgesCross(a: LonLat, b: LonLat, c: LonLat, d: LonLat): boolean {
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b)
}

function side(a: LonLat, b: LonLat, point: LonLat): boolean {
  return (b[0] - a[0]) * (point[1] - a[1]) > (b[1] - a[1]) * (point[0] - a[0])
}

const radians = (value: number): number => (value * Math.PI) / 180
const degrees = (value: number): number => (value * 180) / Math.PI

/** Mean radius. */
const EARTH_M = 6_371_008.8
/** Off by 0.1 % of the radius at the most. */
const CIRCLE_CORNERS = 72

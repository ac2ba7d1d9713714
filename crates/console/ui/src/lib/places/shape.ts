// The shape of a place while it is drawn: a circle, a polygon with holes, or a corridor, and every change a hand makes to it.
//
// Shape: a shape in, a changed one out; nothing is altered in place, so that undo is a list of shapes. [lon, lat] degrees of WGS-84,
// whole metres. Errors: `faultOf` names why the server would refuse it. Source: the limits of `crates/model/src/place.rs`.

import type { LonLat } from '../map/datum'
import { crossesItself, metresBetween, metresToEdge, ringHolds } from '../map/geometry'

export type Shape =
  | { form: 'circle'; centre: LonLat; radiusM: number }
  /** Rings are open: the last corner is not repeated. What an odd number of rings holds is inside. */
  | { form: 'polygon'; rings: readonly (readonly LonLat[])[] }
  | { form: 'corridor'; line: readonly LonLat[]; widthM: number }

export type Form = Shape['form']

/** Which corner: of which ring, the how-manieth. A circle has one at its middle (0) and one at its rim (1). */
export interface Corner {
  ring: number
  place: number
}

export type Fault = 'few_points' | 'many_points' | 'radius' | 'width' | 'crosses'

/** Its points, by rings, as handles are drawn. */
export function cornersOf(shape: Shape): readonly (readonly LonLat[])[] {
  switch (shape.form) {
    case 'circle':
      return [[shape.centre]]
    case 'polygon':
      return shape.rings
    case 'corridor':
      return [shape.line]
  }
}

export function moved(shape: Shape, { ring, place }: Corner, to: LonLat): Shape {
  if (shape.form === 'circle') {
    return place === 0 ? { ...shape, centre: to } : { ...shape, radiusM: metresOf(shape.centre, to) }
  }
  return edited(shape, ring, (points) => points.map((point, other) => (other === place ? to : point)))
}

/** The whole of it so many degrees further: a circle that follows its middle. */
export function shiftedBy(shape: Shape, east: number, north: number): Shape {
  const shift = ([lon, lat]: LonLat): LonLat => [lon + east, lat + north]
  switch (shape.form) {
    case 'circle':
      return { ...shape, centre: shift(shape.centre) }
    case 'polygon':
      return { ...shape, rings: shape.rings.map((ring) => ring.map(shift)) }
    case 'corridor':
      return { ...shape, line: shape.line.map(shift) }
  }
}

/** A new corner behind another one. */
export function inserted(shape: Shape, { ring, place }: Corner, at: LonLat): Shape {
  return edited(shape, ring, (points) => points.toSpliced(place + 1, 0, at))
}

/** Without a corner; a ring of less than three corners goes as a whole, but for the last ring. */
export function removed(shape: Shape, { ring, place }: Corner): Shape {
  const least = shape.form === 'corridor' ? LINE_POINTS_MIN : RING_POINTS_MIN
  const count = cornersOf(shape)[ring]?.length ?? 0
  if (count <= least) return shape.form === 'polygon' && shape.rings.length > 1 ? withoutRing(shape, ring) : shape
  return edited(shape, ring, (points) => points.toSpliced(place, 1))
}

export function withoutRing(shape: Shape, ring: number): Shape {
  return shape.form === 'polygon' ? { ...shape, rings: shape.rings.toSpliced(ring, 1) } : shape
}

export function withRing(shape: Shape, ring: readonly LonLat[]): Shape {
  return shape.form === 'polygon' ? { ...shape, rings: [...shape.rings, ring] } : shape
}

export function resized(shape: Shape, metres: number): Shape {
  if (shape.form === 'circle') return { ...shape, radiusM: Math.round(metres) }
  return shape.form === 'corridor' ? { ...shape, widthM: Math.round(metres) } : shape
}

/** The edge under a point, as the corner in front of it; null where none is within reach. */
export function edgeAt(shape: Shape, at: LonLat, reachM: number): Corner | null {
  let [found, least]: [Corner | null, number] = [null, reachM]
  if (shape.form === 'circle') return null
  cornersOf(shape).forEach((points, ring) => {
    points.forEach((from, place) => {
      const to = points[place + 1] ?? (shape.form === 'polygon' ? points[0] : undefined)
      const far = to ? metresToEdge(at, from, to) : Infinity
      if (far < least) [found, least] = [{ ring, place }, far]
    })
  })
  return found
}

/** Why the server would refuse it, or what nobody could have meant. */
export function faultOf(shape: Shape): Fault | null {
  switch (shape.form) {
    case 'circle':
      return isWithin(shape.radiusM, RADIUS_M_MIN, RADIUS_M_MAX) ? null : 'radius'
    case 'corridor':
      if (shape.line.length < LINE_POINTS_MIN) return 'few_points'
      if (shape.line.length > POINTS_MAX) return 'many_points'
      return isWithin(shape.widthM, 2 * RADIUS_M_MIN, WIDTH_M_MAX) ? null : 'width'
    case 'polygon':
      return polygonFault(shape.rings)
  }
}

function polygonFault(rings: readonly (readonly LonLat[])[]): Fault | null {
  if (rings.length === 0 || rings.some((ring) => ring.length < RING_POINTS_MIN)) return 'few_points'
  const points = rings.reduce((sum, ring) => sum + ring.length, 0)
  if (points > POINTS_MAX) return 'many_points'
  // A border of thousands of points was not drawn by hand, and comparing each edge with each would stop the page.
  if (points <= CROSSING_POINTS_MAX && rings.some((ring) => crossesItself(ring))) return 'crosses'
  return null
}

/** Whether a ring lies within one of the others: a hole that reaches out of its area is an island of it. */
export function isHole(rings: readonly (readonly LonLat[])[], ring: number): boolean {
  const first = rings[ring]?.[0]
  const around = rings.filter((other, place) => place !== ring && first && ringHolds(other, first))
  return around.length % 2 === 1
}

function edited(shape: Shape, ring: number, change: (points: readonly LonLat[]) => readonly LonLat[]): Shape {
  switch (shape.form) {
    case 'circle':
      return shape
    case 'polygon':
      return { ...shape, rings: shape.rings.map((points, other) => (other === ring ? change(points) : points)) }
    case 'corridor':
      return { ...shape, line: change(shape.line) }
  }
}

const metresOf = (from: LonLat, to: LonLat): number => Math.round(metresBetween(from, to))
const isWithin = (value: number, min: number, max: number): boolean => value >= min && value <= max

export const RADIUS_M_MIN = 20
export const RADIUS_M_MAX = 100_000
export const WIDTH_M_MAX = 20_000
export const POINTS_MAX = 2_000
const RING_POINTS_MIN = 3
const LINE_POINTS_MIN = 2
const CROSSING_POINTS_MAX = 400

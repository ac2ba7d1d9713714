// Drawing a shape point by point, and taking it back step by step.
//
// Shape: a `Drawing` in, the next out.
//   idle --start(form)--> drawing --point--> drawing --point enough, finish--> done (a shape)
//   drawing --back--> drawing without its last point;  any --cancel--> idle
// A circle is done with its second point, the others when the person says so. Degrees of WGS-84. Errors: too few points do not finish.

import type { LonLat } from '../map/datum'
import { metresBetween } from '../map/geometry'
import { type Form, type Shape, RADIUS_M_MIN } from './shape'

export interface Drawing {
  form: Form
  points: readonly LonLat[]
  /** Where the pointer is: the next point, if it is clicked. */
  hover: LonLat | null
}

export const started = (form: Form): Drawing => ({ form, points: [], hover: null })

/** With one more point. `done` is the shape where that was the last one it needed. */
export function pointed(drawing: Drawing, at: LonLat): { drawing: Drawing; done: Shape | null } {
  const next = { ...drawing, points: [...drawing.points, at] }
  return { drawing: next, done: drawing.form === 'circle' && next.points.length === 2 ? shapeOf(next) : null }
}

export const takenBack = (drawing: Drawing): Drawing => ({ ...drawing, points: drawing.points.slice(0, -1) })

/** What has been drawn so far as a shape; null while it is none. */
export function shapeOf({ form, points }: Drawing): Shape | null {
  const [first, second] = points
  switch (form) {
    case 'circle':
      if (!first || !second) return null
      return { form, centre: first, radiusM: Math.max(RADIUS_M_MIN, Math.round(metresBetween(first, second))) }
    case 'polygon':
      return points.length >= 3 ? { form, rings: [points] } : null
    case 'corridor':
      return points.length >= 2 ? { form, line: points, widthM: WIDTH_M_FIRST } : null
  }
}

/** The same with the pointer as its next point: what the hand sees while it draws. */
export function previewOf(drawing: Drawing): readonly LonLat[] {
  return drawing.hover ? [...drawing.points, drawing.hover] : drawing.points
}

/** Shapes one after another, and which of them is on the screen. */
export interface History {
  shapes: readonly Shape[]
  at: number
}

export const historyOf = (shape: Shape): History => ({ shapes: [shape], at: 0 })

export function changed({ shapes, at }: History, shape: Shape): History {
  const kept = [...shapes.slice(0, at + 1), shape].slice(-STEPS_MAX)
  return { shapes: kept, at: kept.length - 1 }
}

export const undone = ({ shapes, at }: History): History => ({ shapes, at: Math.max(0, at - 1) })
export const redone = ({ shapes, at }: History): History => ({ shapes, at: Math.min(shapes.length - 1, at + 1) })
export const shown = ({ shapes, at }: History): Shape | undefined => shapes[at]

/** A road with its verges [P]. */
const WIDTH_M_FIRST = 200
const STEPS_MAX = 200

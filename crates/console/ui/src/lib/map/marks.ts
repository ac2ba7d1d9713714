// The marks of cars on a map, in the shapes of `VehicleMark`: an arrow moves, a square is parked, a hollow one out of
// sight, a broken ring is unseen, a cross is dark.
//
// Shape: a name (`car-STATE-SEVERITY`) and a palette in, pixels out, at twice the size for sharp screens. The graver the alert, the more
// rings. Errors: a name that is none of ours, or a browser without a 2D canvas, gives null, and the map shows nothing there.

import { SEVERITIES, STATES } from '../fleet/cars'
import type { Severity, VehicleState } from '../types/terms'
import type { Palette } from './palette'

export interface Mark {
  width: number
  height: number
  data: Uint8ClampedArray
}

export const markName = (state: VehicleState, severity: Severity | null): string => `car-${state}-${severity ?? 'none'}`

/** A mark by its name, as the map library takes pictures. */
export function markOf(name: string, palette: Palette): Mark | null {
  const [, stateText, severityText] = name.split('-')
  const state = STATES.find((one) => one === stateText)
  return state ? drawn(state, SEVERITIES.find((one) => one === severityText) ?? null, palette) : null
}

type Pen = CanvasRenderingContext2D

function drawn(state: VehicleState, severity: Severity | null, palette: Palette): Mark | null {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIZE_PX * MARK_RATIO
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (!pen) return null
  pen.scale(MARK_RATIO, MARK_RATIO)
  pen.translate(SIZE_PX / 2, SIZE_PX / 2)
  pen.lineJoin = 'round'
  for (const [radius, width] of severity ? RINGS[severity] : []) ring(pen, radius, width, palette.severities[severity ?? 'P4'], palette.rim)
  SHAPES[state](pen, palette.states[state], palette.rim)
  const { width, height, data } = pen.getImageData(0, 0, canvas.width, canvas.height)
  return { width, height, data }
}

/** Radius and width of each ring, in pixels. */
const RINGS: Record<Severity, readonly (readonly [radius: number, width: number])[]> = {
  P1: [[11, 2.5], [15, 2]],
  P2: [[11, 2.5]],
  P3: [[11, 1.4]],
  P4: [],
}

function ring(pen: Pen, radius: number, width: number, colour: string, rim: string): void {
  for (const [stroke, extra] of [[rim, 2], [colour, 0]] as const) {
    pen.beginPath()
    pen.arc(0, 0, radius, 0, 2 * Math.PI)
    pen.lineWidth = width + extra
    pen.strokeStyle = stroke
    pen.stroke()
  }
}

const SHAPES: Record<VehicleState, (pen: Pen, colour: string, rim: string) => void> = {
  moving(pen, colour, rim) {
    pen.beginPath()
    for (const [x, y] of [[0, -8.5], [6.5, 7], [0, 3.6], [-6.5, 7]] as const) pen.lineTo(x, y)
    pen.closePath()
    painted(pen, colour, rim)
  },
  parked(pen, colour, rim) {
    pen.beginPath()
    pen.roundRect(-5.5, -5.5, 11, 11, 2)
    painted(pen, colour, rim)
  },
  parked_unseen(pen, colour, rim) {
    for (const [stroke, width] of [[rim, 6], [colour, 3]] as const) {
      pen.beginPath()
      pen.rect(-4.5, -4.5, 9, 9)
      pen.lineWidth = width
      pen.strokeStyle = stroke
      pen.stroke()
    }
  },
  unseen(pen, colour, rim) {
    for (const [stroke, width] of [[rim, 6.5], [colour, 3.5]] as const) {
      for (const from of [-0.1, Math.PI - 0.1]) {
        pen.beginPath()
        pen.arc(0, 0, 5.5, from, from + 2.1)
        pen.lineWidth = width
        pen.strokeStyle = stroke
        pen.stroke()
      }
    }
  },
  dark(pen, colour, rim) {
    pen.lineCap = 'round'
    for (const [stroke, width] of [[rim, 7], [colour, 4]] as const) {
      pen.beginPath()
      pen.moveTo(-5, -5)
      pen.lineTo(5, 5)
      pen.moveTo(5, -5)
      pen.lineTo(-5, 5)
      pen.lineWidth = width
      pen.strokeStyle = stroke
      pen.stroke()
    }
  },
  never(pen, colour, rim) {
    pen.beginPath()
    pen.roundRect(-5, -1.5, 10, 3, 1)
    painted(pen, colour, rim)
  },
}

function painted(pen: Pen, colour: string, rim: string): void {
  pen.lineWidth = 3
  pen.strokeStyle = rim
  pen.stroke()
  pen.fillStyle = colour
  pen.fill()
}

/** Room for the two rings of P1. */
const SIZE_PX = 36
export const MARK_RATIO = 2

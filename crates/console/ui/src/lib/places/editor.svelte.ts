// What the editor of places is at, and what its keys and pointers do to it.
//
//   list --draw(form)--> drawing --point…, finish--> editing(new)
//   list --open(place)--> editing --hole--> drawing(a hole) --finish--> editing
//   any --leave--> list
// Shape: reactive state; shapes are changed by the pure `shape.ts` and `drawing.ts`. Degrees of WGS-84. Errors: a shape with a fault stays
// here and says so.

import type { LonLat } from '../map/datum'
import { offsetBy } from '../map/geometry'
import { type Drawing, changed, type History, historyOf, pointed, redone, shapeOf, shown, started, takenBack, undone } from './drawing'
import type { Draft } from './feature'
import { type Corner, faultOf, type Form, moved, removed, type Shape, withRing } from './shape'

export type Mode = 'list' | 'drawing' | 'editing'

export class Editor {
  mode = $state<Mode>('list')
  drawing = $state.raw<Drawing>(started('polygon'))
  /** Everything but the shape, which has a history. */
  draft = $state.raw<Draft | null>(null)
  /** As the server had it when it was opened; null for a new place. */
  seen = $state.raw<Draft | null>(null)
  corner = $state.raw<Corner | null>(null)
  #history = $state.raw<History | null>(null)
  #isHole = $state(false)

  get shape(): Shape | null {
    return (this.#history && shown(this.#history)) ?? null
  }

  get isHole(): boolean {
    return this.#isHole
  }

  readonly fault = $derived.by(() => (this.shape ? faultOf(this.shape) : null))
  readonly canUndo = $derived.by(() => (this.#history?.at ?? 0) > 0)
  readonly canRedo = $derived.by(() => this.#history !== null && this.#history.at < this.#history.shapes.length - 1)
  readonly isChanged = $derived.by(() => this.canUndo || this.seen === null || (this.draft !== null && !isSameText(this.draft, this.seen)))

  /** The place as it would be saved. */
  get whole(): Draft | null {
    return this.draft && this.shape ? { ...this.draft, shape: this.shape } : null
  }

  draw(form: Form): void {
    this.leave()
    ;[this.mode, this.drawing, this.#isHole] = ['drawing', started(form), false]
  }

  drawHole(): void {
    if (this.shape?.form === 'polygon') [this.mode, this.drawing, this.#isHole] = ['drawing', started('polygon'), true]
  }

  point(at: LonLat): void {
    const { drawing, done } = pointed(this.drawing, at)
    this.drawing = drawing
    if (done) this.#begin(done)
  }

  hover(at: LonLat | null): void {
    this.drawing = { ...this.drawing, hover: at }
  }

  back(): void {
    if (this.mode === 'drawing') this.drawing = takenBack(this.drawing)
    else if (this.#history) this.#history = undone(this.#history)
  }

  forth(): void {
    if (this.#history) this.#history = redone(this.#history)
  }

  finish(): void {
    const shape = shapeOf(this.drawing)
    if (this.mode === 'drawing' && shape) this.#begin(shape)
  }

  /** A first shape without a pointer, around a point: to be moved by numbers. */
  place(form: Form, at: LonLat): void {
    const to = (east: number, north: number): LonLat => offsetBy(at, east * FIRST_M, north * FIRST_M)
    const shapes: Record<Form, Shape> = {
      circle: { form: 'circle', centre: at, radiusM: FIRST_M },
      polygon: { form: 'polygon', rings: [[to(-1, -1), to(1, -1), to(1, 1), to(-1, 1)]] },
      corridor: { form: 'corridor', line: [to(-2, 0), to(2, 0)], widthM: FIRST_M },
    }
    this.#begin(shapes[form])
  }

  open(draft: Draft): void {
    ;[this.mode, this.draft, this.seen, this.corner] = ['editing', draft, draft, null]
    this.#history = historyOf(draft.shape)
  }

  /** A new place that is not drawn by hand: a candidate. */
  offer(draft: Draft): void {
    this.open(draft)
    this.seen = null
  }

  change(shape: Shape): void {
    if (this.#history) this.#history = changed(this.#history, shape)
  }

  /** While a corner is dragged there is one step, not a hundred. */
  drag(corner: Corner, to: LonLat, isFirst: boolean): void {
    if (!this.#history || !this.shape) return
    const from = isFirst ? this.#history : undone(this.#history)
    const base = shown(from)
    if (base) this.#history = changed(from, moved(base, corner, to))
  }

  say(parts: Partial<Draft>): void {
    if (this.draft) this.draft = { ...this.draft, ...parts }
  }

  removeCorner(): void {
    if (!this.corner || !this.shape) return
    this.change(removed(this.shape, this.corner))
    this.corner = null
  }

  leave(): void {
    ;[this.mode, this.draft, this.seen, this.corner, this.#history, this.#isHole] = ['list', null, null, null, null, false]
  }

  #begin(shape: Shape): void {
    this.corner = null
    if (this.#isHole && this.shape && shape.form === 'polygon') {
      this.change(withRing(this.shape, shape.rings[0] ?? []))
      ;[this.mode, this.#isHole] = ['editing', false]
      return
    }
    const id = `drawn-${Date.now().toString(36)}`
    this.draft = { ...NEW, id, shape }
    ;[this.mode, this.seen] = ['editing', null]
    this.#history = historyOf(shape)
  }
}

function isSameText(one: Draft, other: Draft): boolean {
  const text = ({ name, kind, watches, scope }: Draft): string => JSON.stringify([name, kind, watches, scope])
  return text(one) === text(other)
}

const NEW: Omit<Draft, 'id' | 'shape'> = {
  name: '',
  kind: 'fence',
  watches: 'in',
  scope: 'everyone',
  origin: 'drawn',
  vehicles: null,
  confirmedBy: null,
  confirmedAt: null,
}
/** Metres: what a lot or a yard measures. */
const FIRST_M = 150

// The editor on one chart: places below, what is drawn or edited above with its handles, and what a pointer does to them.
//
// Shape: an `Editor` and a chart; `draw…` hands features over, pointers call the editor. Degrees of WGS-84, pixels. Errors: none.

import type { MapMouseEvent, MapTouchEvent } from 'maplibre-gl'
import type { Chart, Overlay } from '../map/chart'
import type { LonLat } from '../map/datum'
import { offsetBy } from '../map/geometry'
import { previewOf } from './drawing'
import type { Editor } from './editor.svelte'
import type { Draft } from './feature'
import { BAND_WIDTH, placeFeatures, placeLayers, placesOverlay, shapeFeatures } from './overlay'
import { type Corner, cornersOf, inserted, type Shape } from './shape'

const PLACES = 'places'
const OFFERED = 'offered'
const SKETCH = 'sketch'
const HANDLES = 'handles'

export class PlacesScene {
  readonly chart: Chart
  readonly #editor: Editor
  #dragged: { corner: Corner; isFirst: boolean } | null = null

  constructor(chart: Chart, editor: Editor, onpick: (id: string) => void) {
    this.chart = chart
    this.#editor = editor
    for (const overlay of [placesOverlay(PLACES), placesOverlay(OFFERED), sketchOverlay, handlesOverlay]) chart.overlay(overlay)
    this.#listen(onpick)
  }

  drawPlaces(drafts: readonly Draft[], chosen: string | null, edited: string | null): void {
    const others = drafts.filter((draft) => draft.id !== edited)
    this.chart.feed(PLACES, others.flatMap((draft) => placeFeatures(draft, draft.id === chosen)))
  }

  /** Candidates, or what a file holds: not watched yet. */
  drawOffered(drafts: readonly Draft[], chosen: string | null): void {
    this.chart.feed(OFFERED, drafts.flatMap((draft) => placeFeatures(draft, draft.id === chosen)))
  }

  drawSketch(): void {
    const { mode, drawing, shape, corner, draft } = this.#editor
    const edited = shape && draft ? shapeFeatures(shape, {}) : []
    if (mode === 'drawing') {
      this.chart.feed(SKETCH, [...edited, ...lineOf(previewOf(drawing), drawing.form !== 'corridor')])
      this.chart.feed(HANDLES, drawing.points.map((at, place) => handle(at, { place, ring: 0, isChosen: false, isMiddle: false })))
      return
    }
    this.chart.feed(SKETCH, edited)
    this.chart.feed(HANDLES, shape && draft ? handlesOf(shape, corner) : [])
  }

  #listen(onpick: (id: string) => void): void {
    const { map } = this.chart
    const editor = this.#editor
    map.on('click', (event) => {
      const { at, x, y } = this.chart.touchOf(event)
      if (editor.mode === 'drawing') return this.#clicked(at, x, y)
      if (editor.mode === 'editing') return
      const id = this.chart.featureAt(x, y, [...placeLayers(PLACES), ...placeLayers(OFFERED)])?.properties?.id
      if (typeof id === 'string') onpick(id)
    })
    map.on('dblclick', (event) => {
      if (editor.mode !== 'drawing') return
      event.preventDefault()
      // Its two clicks have set two points on one spot.
      editor.back()
      editor.finish()
    })
    map.on('mousemove', (event) => {
      const { at, x, y } = this.chart.touchOf(event)
      if (this.#dragged) return this.#drag(at)
      if (editor.mode === 'drawing') editor.hover(at)
      const found = editor.mode === 'editing' ? this.chart.featureAt(x, y, [HANDLES]) : editor.mode === 'list' ? this.chart.featureAt(x, y, placeLayers(PLACES)) : null
      map.getCanvas().style.cursor = editor.mode === 'drawing' ? 'crosshair' : found ? 'pointer' : ''
    })
    map.on('mousedown', (event) => this.#grab(event))
    map.on('touchstart', (event) => this.#grab(event))
    map.on('touchmove', (event) => {
      if (this.#dragged) this.#drag(this.chart.touchOf(event).at)
    })
    for (const end of ['mouseup', 'touchend'] as const) map.on(end, () => (this.#dragged = null))
  }

  #clicked(at: LonLat, x: number, y: number): void {
    const [first] = this.#editor.drawing.points
    const isLong = this.#editor.drawing.points.length >= 3
    const near = first && Math.hypot(...minus(this.chart.pixel(first), [x, y])) < CLOSE_PX
    if (near && isLong && this.#editor.drawing.form === 'polygon') this.#editor.finish()
    else this.#editor.point(at)
  }

  #grab(event: MapMouseEvent | MapTouchEvent): void {
    if (this.#editor.mode !== 'editing' || !this.#editor.shape) return
    const { at, x, y } = this.chart.touchOf(event)
    const properties = this.chart.featureAt(x, y, [HANDLES], event.type === 'touchstart' ? 14 : 5)?.properties
    if (!properties) return
    event.preventDefault()
    const corner = { ring: Number(properties.ring), place: Number(properties.place) }
    if (properties.middle === true) {
      this.#editor.change(inserted(this.#editor.shape, corner, at))
      corner.place += 1
    }
    this.#editor.corner = corner
    this.#dragged = { corner, isFirst: true }
  }

  #drag(at: LonLat): void {
    if (!this.#dragged) return
    this.#editor.drag(this.#dragged.corner, at, this.#dragged.isFirst)
    this.#dragged.isFirst = false
  }
}

function lineOf(points: readonly LonLat[], isClosed: boolean): GeoJSON.Feature[] {
  const [first] = points
  if (!first || points.length < 2) return []
  const coordinates = [...points, ...(isClosed && points.length > 2 ? [first] : [])].map((point) => [...point])
  return [{ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates } }]
}

function handlesOf(shape: Shape, chosen: Corner | null): GeoJSON.Feature[] {
  const isChosen = (ring: number, place: number): boolean => chosen?.ring === ring && chosen.place === place
  const corners = cornersOf(shape).flatMap((points, ring) => points.map((at, place) => handle(at, { ring, place, isChosen: isChosen(ring, place), isMiddle: false })))
  if (shape.form === 'circle') {
    return [...corners, handle(offsetBy(shape.centre, shape.radiusM, 0), { ring: 0, place: 1, isChosen: isChosen(0, 1), isMiddle: false })]
  }
  if (corners.length > MIDDLES_MAX) return corners
  return [...middlesOf(shape), ...corners]
}

/** Half-way along each edge: dragged, it becomes a corner. */
function middlesOf(shape: Shape): GeoJSON.Feature[] {
  return cornersOf(shape).flatMap((points, ring) =>
    points.flatMap((from, place) => {
      const to = points[place + 1] ?? (shape.form === 'polygon' ? points[0] : undefined)
      if (!to) return []
      return [handle([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], { ring, place, isChosen: false, isMiddle: true })]
    }),
  )
}

function handle(at: LonLat, { ring, place, isChosen, isMiddle }: Corner & { isChosen: boolean; isMiddle: boolean }): GeoJSON.Feature {
  return { type: 'Feature', properties: { ring, place, chosen: isChosen, middle: isMiddle }, geometry: { type: 'Point', coordinates: [...at] } }
}

const minus = (one: readonly [number, number], other: readonly [number, number]): [number, number] => [one[0] - other[0], one[1] - other[1]]

const sketchOverlay: Overlay = {
  name: SKETCH,
  layers: (palette) => [
    { id: 'sketch-area', type: 'fill', source: SKETCH, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': palette.chosen, 'fill-opacity': 0.18 } },
    { id: 'sketch-band', type: 'line', source: SKETCH, filter: ['has', 'band'], layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': palette.chosen, 'line-opacity': 0.2, 'line-width': BAND_WIDTH } },
    { id: 'sketch-line', type: 'line', source: SKETCH, paint: { 'line-color': palette.chosen, 'line-width': 2 } },
  ],
}

const handlesOverlay: Overlay = {
  name: HANDLES,
  layers: (palette) => [
    {
      id: HANDLES,
      type: 'circle',
      source: HANDLES,
      paint: {
        'circle-radius': ['case', ['get', 'middle'], 4, 6.5],
        'circle-color': ['case', ['get', 'chosen'], palette.chosen, palette.rim],
        'circle-stroke-color': palette.chosen,
        'circle-stroke-width': ['case', ['get', 'middle'], 1.2, 2.2],
        'circle-opacity': ['case', ['get', 'middle'], 0.75, 1],
      },
    },
  ],
}

/** A click so near to the first corner closes the ring. */
const CLOSE_PX = 12
/** More handles than that cannot be told apart, and cost a frame. */
const MIDDLES_MAX = 300

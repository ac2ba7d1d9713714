// One map on the screen: the built-in picture or tiles below, named overlays above, all fed in WGS-84.
//
// Shape: `Chart.open` in an element; `overlay` says what is drawn, `feed` and `patch` with which features, `on*` hand points of the
// ground back. Whatever goes in or out is WGS-84: the datum of the tiles is met here and in `datum.ts`, nowhere else.
// Errors: `open` rejects where the library or WebGL is not to be had; tiles that fail are told once by `onTilesBlocked`.

import type { GeoJSONSource, LayerSpecification, Map as LibraryMap, MapMouseEvent, MapTouchEvent, SourceSpecification, StyleSpecification } from 'maplibre-gl'
import { type Datum, type LonLat, fromDatum, toDatum } from './datum'
import type { Box } from './geometry'
import { mapLibrary } from './library'
import { MARK_RATIO, type Mark } from './marks'
import { PALETTES, type Palette } from './palette'
import { type Picture, styleOf } from './style'

/** What is drawn of one set of features. All its layers read the source of the overlay's name. */
export interface Overlay {
  name: string
  source?: Partial<Extract<SourceSpecification, { type: 'geojson' }>>
  layers: (palette: Palette) => LayerSpecification[]
}

export interface Options {
  element: HTMLElement
  picture: Picture
  /** What the map shows first. */
  start: { centre: LonLat; zoom: number } | Box
  /** Pictures that layers name, drawn when one is missing. */
  mark?: (name: string, palette: Palette) => Mark | null
  /** Said by a screen reader when the map is focused. */
  label: string
  onTilesBlocked?: () => void
}

/** A point of the ground, with what lies under it. */
export interface Touch {
  at: LonLat
  /** Pixels from the map's upper left corner. */
  x: number
  y: number
  original: MapMouseEvent | MapTouchEvent
}

type Features = readonly GeoJSON.Feature[]

export class Chart {
  readonly map: LibraryMap
  readonly #overlays = new Map<string, { overlay: Overlay; features: Features; hidden: boolean }>()
  #picture: Picture
  readonly #options: Options
  #tilesTold = false
  #isStyled = false

  static async open(options: Options): Promise<Chart> {
    const { Map } = await mapLibrary()
    const datum = options.picture.tiles?.datum ?? 'wgs84'
    const start = 'zoom' in options.start
      ? { center: [...toDatum(options.start.centre, datum)] as [number, number], zoom: options.start.zoom }
      : { bounds: boundsOf(options.start, datum), fitBoundsOptions: { padding: FIT_PADDING_PX, maxZoom: FIT_ZOOM_MAX } }
    const map = new Map({
      container: options.element,
      style: styleOf(options.picture),
      ...start,
      minZoom: 2,
      maxZoom: ZOOM_MAX,
      // A turned or tilted map shows nothing more of a car, and is hard to get straight again by keyboard.
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      renderWorldCopies: false,
      attributionControl: false,
      fadeDuration: 0,
    })
    map.touchZoomRotate.disableRotation()
    map.keyboard.disableRotation()
    const canvas = map.getCanvas()
    canvas.setAttribute('aria-label', options.label)
    canvas.setAttribute('role', 'application')
    return new Chart(map, options)
  }

  private constructor(map: LibraryMap, options: Options) {
    this.map = map
    this.#options = options
    this.#picture = options.picture
    map.once('style.load', () => {
      this.#isStyled = true
      for (const name of this.#overlays.keys()) this.#add(name)
    })
    map.setMissingStyleImageResolver((id) => this.#drawMark(id))
    map.on('error', (event) => {
      const fromTiles = 'sourceId' in event && event.sourceId === 'tiles'
      if (!fromTiles || this.#tilesTold) return
      this.#tilesTold = true
      options.onTilesBlocked?.()
    })
  }

  get datum(): Datum {
    return this.#picture.tiles?.datum ?? 'wgs84'
  }

  get palette(): Palette {
    return PALETTES[this.#picture.theme]
  }

  has(name: string): boolean {
    return this.#overlays.has(name)
  }

  /** Says what is drawn under a name: above the overlays of before, or below one of them. */
  overlay(overlay: Overlay, below?: string): void {
    const kept = { overlay, features: [], hidden: false }
    const before = [...this.#overlays]
    const place = below === undefined ? -1 : before.findIndex(([name]) => name === below)
    before.splice(place < 0 ? before.length : place, 0, [overlay.name, kept])
    this.#overlays.clear()
    for (const [name, of] of before) this.#overlays.set(name, of)
    if (this.#isStyled) this.#add(overlay.name, below)
  }

  /** Draws these features, in WGS-84, and no others under that name. */
  feed(name: string, features: Features): void {
    const kept = this.#overlays.get(name)
    if (!kept) return
    kept.features = features
    this.#source(name)?.setData({ type: 'FeatureCollection', features: this.#shifted(features) })
  }

  /** Features with ids that have changed or come, and ids that are gone: far cheaper than all of them. */
  patch(name: string, changed: Features, gone: readonly number[] = []): void {
    const kept = this.#overlays.get(name)
    if (!kept || changed.length + gone.length === 0) return
    const fresh = new Set<unknown>([...changed.map((feature) => feature.id), ...gone])
    kept.features = [...kept.features.filter((feature) => !fresh.has(feature.id)), ...changed]
    this.#source(name)?.updateData({ add: this.#shifted(changed), remove: [...gone] })
  }

  show(name: string, isShown: boolean): void {
    const kept = this.#overlays.get(name)
    if (!kept) return
    kept.hidden = !isShown
    for (const { id } of kept.overlay.layers(this.palette)) {
      if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', isShown ? 'visible' : 'none')
    }
  }

  /** Another theme, language or tiles, with the same ground in view. */
  repaint(picture: Picture): void {
    const centre = this.centre()
    this.#picture = picture
    this.#tilesTold = false
    this.map.setStyle(styleOf(picture), { diff: false, transformStyle: (_, next) => this.#withOverlays(next) })
    this.map.jumpTo({ center: [...toDatum(centre, this.datum)] as [number, number] })
  }

  centre(): LonLat {
    const { lng, lat } = this.map.getCenter()
    return fromDatum([lng, lat], this.datum)
  }

  /** What is in view. */
  box(): Box {
    const bounds = this.map.getBounds()
    const [west, south] = fromDatum([bounds.getWest(), bounds.getSouth()], this.datum)
    const [east, north] = fromDatum([bounds.getEast(), bounds.getNorth()], this.datum)
    return { west, south, east, north }
  }

  fit(box: Box, how: { zoomMax?: number; at_once?: boolean; padding?: number } = {}): void {
    this.map.fitBounds(boundsOf(box, this.datum), {
      padding: how.padding ?? FIT_PADDING_PX,
      maxZoom: how.zoomMax ?? FIT_ZOOM_MAX,
      animate: !(how.at_once || wantsNoMotion()),
      duration: MOVE_MS,
    })
  }

  moveTo(point: LonLat, zoomMin = 0): void {
    this.map.easeTo({
      center: [...toDatum(point, this.datum)] as [number, number],
      zoom: Math.max(this.map.getZoom(), zoomMin),
      animate: !wantsNoMotion(),
      duration: MOVE_MS,
    })
  }

  /** Pixels at which a point of the ground shows. */
  pixel(point: LonLat): [number, number] {
    const { x, y } = this.map.project([...toDatum(point, this.datum)] as [number, number])
    return [x, y]
  }

  touchOf(event: MapMouseEvent | MapTouchEvent): Touch {
    const at = fromDatum([event.lngLat.lng, event.lngLat.lat], this.datum)
    return { at, x: event.point.x, y: event.point.y, original: event }
  }

  /** The first feature of these layers near a pixel: what a finger means is a few pixels off. */
  featureAt(x: number, y: number, layers: readonly string[], slack = 4): GeoJSON.Feature | null {
    const present = layers.filter((id) => this.map.getLayer(id))
    if (present.length === 0) return null
    const found = this.map.queryRenderedFeatures([[x - slack, y - slack], [x + slack, y + slack]], { layers: present })
    return found[0] ?? null
  }

  close(): void {
    this.map.remove()
  }

  #source(name: string): GeoJSONSource | undefined {
    return this.map.getSource<GeoJSONSource>(name)
  }

  #add(name: string, below?: string): void {
    const kept = this.#overlays.get(name)
    if (!kept || this.map.getSource(name)) return
    this.map.addSource(name, this.#sourceOf(name))
    const [above] = below === undefined ? [] : this.#layersOf(below)
    for (const layer of this.#layersOf(name)) this.map.addLayer(layer, above?.id)
  }

  #withOverlays(style: StyleSpecification): StyleSpecification {
    const names = [...this.#overlays.keys()]
    const sources = Object.fromEntries(names.map((name) => [name, this.#sourceOf(name)]))
    const layers = names.flatMap((name) => this.#layersOf(name))
    return { ...style, sources: { ...style.sources, ...sources }, layers: [...style.layers, ...layers] }
  }

  #sourceOf(name: string): SourceSpecification {
    const kept = this.#overlays.get(name)
    const data: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: this.#shifted(kept?.features ?? []) }
    return { type: 'geojson', tolerance: 0.2, ...kept?.overlay.source, data }
  }

  #layersOf(name: string): LayerSpecification[] {
    const kept = this.#overlays.get(name)
    const layers = kept?.overlay.layers(this.palette) ?? []
    if (!kept?.hidden) return layers
    return layers.map((layer) => ({ ...layer, layout: { ...layer.layout, visibility: 'none' } }) as LayerSpecification)
  }

  #shifted(features: Features): GeoJSON.Feature[] {
    const datum = this.datum
    if (datum === 'wgs84') return [...features]
    return features.map((feature) => ({ ...feature, geometry: shiftedGeometry(feature.geometry, datum) }))
  }

  #drawMark(name: string): void {
    const mark = this.#options.mark?.(name, this.palette)
    if (mark && !this.map.hasImage(name)) this.map.addImage(name, mark, { pixelRatio: MARK_RATIO })
  }
}

function shiftedGeometry(geometry: GeoJSON.Geometry, datum: Datum): GeoJSON.Geometry {
  if (geometry.type === 'GeometryCollection') {
    return { ...geometry, geometries: geometry.geometries.map((part) => shiftedGeometry(part, datum)) }
  }
  return { ...geometry, coordinates: shiftedPositions(geometry.coordinates, datum) } as GeoJSON.Geometry
}

type Positions = readonly (number | Positions)[]

function shiftedPositions(positions: Positions, datum: Datum): Positions {
  const [lon, lat] = positions
  if (typeof lon === 'number' && typeof lat === 'number') return toDatum([lon, lat], datum)
  return positions.map((part) => (typeof part === 'number' ? part : shiftedPositions(part, datum)))
}

function boundsOf(box: Box, datum: Datum): [[number, number], [number, number]] {
  const [west, south] = toDatum([box.west, box.south], datum)
  const [east, north] = toDatum([box.east, box.north], datum)
  return [[west, south], [east, north]]
}

const wantsNoMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

const FIT_PADDING_PX = 48
/** Closer, the built-in map shows nothing that it did not show before. */
const FIT_ZOOM_MAX = 16
const ZOOM_MAX = 19
const MOVE_MS = 350

// The fleet on one chart: which overlays there are, what a pointer finds, and how changed cars reach the map.
//
// Shape: cars in, marks on a map; `Found` out where the pointer is. Degrees of WGS-84, pixels of the map. Errors: none; what the map has not
// loaded yet is drawn when it has.

import type { GeoJSONSource, MapMouseEvent } from 'maplibre-gl'
import type { Chart } from '../map/chart'
import { boxOf, type Box } from '../map/geometry'
import type { Car, Cars } from './cars'
import { type Followed } from './following'
import { CAR_LAYER, CARS, carsOverlay, CLUSTER_LAYER, featureOf, PLATES, trailFeatures, TRAILS, trailsOverlay } from './layers'

/** What lies under the pointer: a car, or a heap of so many. */
export interface Found {
  car: Car | null
  heap: number
  cluster: number | null
  x: number
  y: number
}

export interface Hearing {
  onhover: (found: Found | null) => void
  onclick: (found: Found | null) => void
  /** What is in view has changed. */
  onview: () => void
}

export class FleetScene {
  readonly chart: Chart
  readonly #cars: Cars
  readonly #label: (car: Car) => string
  #shown = new Set<number>()

  constructor(chart: Chart, cars: Cars, label: (car: Car) => string, hearing: Hearing) {
    this.chart = chart
    this.#cars = cars
    this.#label = label
    chart.overlay(trailsOverlay)
    chart.overlay(carsOverlay)
    this.#listen(hearing)
  }

  /** Draws these cars and no others. */
  draw(cars: readonly Car[]): void {
    this.#shown = new Set(cars.map((car) => car.number))
    this.chart.feed(CARS, cars.map((car) => featureOf(car, this.#label(car))))
  }

  /** Moves what has changed; a car that no longer belongs to what is shown goes. */
  change(changed: readonly Car[], passes: (car: Car) => boolean): void {
    const [come, gone]: [Car[], number[]] = [[], []]
    for (const car of changed) {
      if (passes(car)) come.push(car)
      else if (this.#shown.has(car.number)) gone.push(car.number)
    }
    for (const car of come) this.#shown.add(car.number)
    for (const number of gone) this.#shown.delete(number)
    this.chart.patch(CARS, come.map((car) => featureOf(car, this.#label(car))), gone)
  }

  follow(followed: readonly Followed[]): void {
    this.chart.feed(TRAILS, trailFeatures(followed))
  }

  /** Keeps the followed cars in view; the map stays where it is as long as they are. */
  keepInView(followed: readonly Followed[]): void {
    const box = boxOf(followed.flatMap(({ trail }) => trail.slice(-1)))
    if (!box || holds(inner(this.chart.box()), box)) return
    this.chart.fit(box, { zoomMax: this.chart.map.getZoom(), padding: 120 })
  }

  showPlates(isShown: boolean): void {
    if (this.chart.map.getLayer(PLATES)) this.chart.map.setLayoutProperty(PLATES, 'visibility', isShown ? 'visible' : 'none')
  }

  showTowns(isShown: boolean): void {
    for (const layer of ['towns', 'town-dots']) {
      if (this.chart.map.getLayer(layer)) this.chart.map.setLayoutProperty(layer, 'visibility', isShown ? 'visible' : 'none')
    }
  }

  /** Zooms to where a heap falls apart. */
  async open(found: Found): Promise<void> {
    const source = this.chart.map.getSource<GeoJSONSource>(CARS)
    if (found.cluster === null || !source) return
    const zoom = await source.getClusterExpansionZoom(found.cluster)
    const at = this.chart.map.unproject([found.x, found.y])
    this.chart.map.easeTo({ center: at, zoom: zoom + 0.3, duration: 300 })
  }

  #listen({ onhover, onclick, onview }: Hearing): void {
    const { map } = this.chart
    let frame = 0
    map.on('mousemove', (event) => {
      // One question a frame: a mouse moves a thousand times a second.
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => {
        const found = map.isMoving() ? null : this.#find(event)
        map.getCanvas().style.cursor = found ? 'pointer' : ''
        onhover(found)
      })
    })
    map.on('mouseout', () => onhover(null))
    map.on('movestart', () => onhover(null))
    map.on('click', (event) => onclick(this.#find(event)))
    map.on('moveend', onview)
  }

  #find({ point: { x, y } }: MapMouseEvent): Found | null {
    const feature = this.chart.featureAt(x, y, [CAR_LAYER, CLUSTER_LAYER])
    if (!feature) return null
    const { n, point_count, cluster_id } = feature.properties ?? {}
    const car = typeof n === 'number' ? this.#cars.byNumber(n) : undefined
    return { car: car ?? null, heap: Number(point_count ?? 1), cluster: typeof cluster_id === 'number' ? cluster_id : null, x, y }
  }
}

/** The middle of a view: a car that reaches its edge is about to be lost. */
function inner(box: Box): Box {
  const [wide, high] = [(box.east - box.west) * EDGE_SHARE, (box.north - box.south) * EDGE_SHARE]
  return { west: box.west + wide, east: box.east - wide, south: box.south + high, north: box.north - high }
}

const holds = (around: Box, box: Box): boolean =>
  box.west >= around.west && box.east <= around.east && box.south >= around.south && box.north <= around.north

const EDGE_SHARE = 0.12

// How cars look on the fleet map: heaps by their gravest alert, single ones by state and severity, those that are followed with trails.
//
// Shape: overlays for `Chart`, and features for cars. Pure. Errors: none.

import type { ExpressionSpecification } from 'maplibre-gl'
import type { Overlay } from '../map/chart'
import { markName } from '../map/marks'
import type { Palette } from '../map/palette'
import { FONTS } from '../map/style'
import type { Car } from './cars'
import type { Followed } from './following'
import { rankOf } from './order'

export const CARS = 'cars'
export const CLUSTER_LAYER = 'car-clusters'
export const CAR_LAYER = 'car-marks'
export const PLATES = 'plates'
export const TRAILS = 'trails'

const CLUSTER_RADIUS_PX = 44
/** Beyond it a city's cars are told apart. */
const CLUSTER_ZOOM_MAX = 11
/** Closer there is room for plates. */
const PLATE_ZOOM_MIN = 12.5

/** A car as a feature. `label` is told by the caller, since it is in the viewer's language. */
export function featureOf(car: Car, label: string): GeoJSON.Feature {
  return {
    type: 'Feature',
    id: car.number,
    geometry: { type: 'Point', coordinates: [car.lon, car.lat] },
    properties: {
      n: car.number,
      mark: markName(car.state, car.severity),
      turn: car.state === 'moving' ? (car.course ?? 0) : 0,
      rank: rankOf(car.severity),
      label,
    },
  }
}

export const carsOverlay: Overlay = {
  name: CARS,
  source: {
    cluster: true,
    clusterRadius: CLUSTER_RADIUS_PX,
    clusterMaxZoom: CLUSTER_ZOOM_MAX,
    clusterProperties: {
      worst: ['max', ['get', 'rank']],
      gravest: ['+', ['case', ['==', ['get', 'rank'], 4], 1, 0]],
    },
  },
  layers: (palette) => [
    {
      id: CLUSTER_LAYER,
      type: 'circle',
      source: CARS,
      filter: ['has', 'point_count'],
      paint: {
        'circle-radius': ['step', ['get', 'point_count'], 14, 20, 17, 100, 21, 1000, 26],
        'circle-color': palette.rim,
        'circle-stroke-color': byRank(palette),
        'circle-stroke-width': ['case', ['>=', ['get', 'worst'], 3], 4, 2],
      },
    },
    {
      id: 'car-cluster-counts',
      type: 'symbol',
      source: CARS,
      filter: ['has', 'point_count'],
      layout: {
        'text-field': [
          'format',
          ['to-string', ['get', 'point_count']],
          {},
          ['case', ['>', ['get', 'gravest'], 0], ['concat', '\nP1×', ['to-string', ['get', 'gravest']]], ''],
          { 'font-scale': 0.8, 'text-color': palette.severities.P1 },
        ],
        'text-font': FONTS,
        'text-size': 12,
        'text-line-height': 1.05,
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: { 'text-color': palette.ink },
    },
    {
      id: CAR_LAYER,
      type: 'symbol',
      source: CARS,
      filter: ['!', ['has', 'point_count']],
      layout: {
        'icon-image': ['get', 'mark'],
        'icon-rotate': ['get', 'turn'],
        'icon-rotation-alignment': 'map',
        // Nothing that is there may be hidden by something else that is there; and nothing is to be compared with each frame.
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'symbol-sort-key': ['get', 'rank'],
      },
    },
    {
      id: PLATES,
      type: 'symbol',
      source: CARS,
      minzoom: PLATE_ZOOM_MIN,
      filter: ['!', ['has', 'point_count']],
      layout: {
        'text-field': ['get', 'label'],
        'text-font': FONTS,
        'text-size': 11,
        'text-anchor': 'top',
        'text-offset': [0, 1.2],
        'text-padding': 2,
        'symbol-sort-key': ['-', 0, ['get', 'rank']],
      },
      paint: { 'text-color': palette.ink, 'text-halo-color': palette.halo, 'text-halo-width': 1.5 },
    },
  ],
}

export const trailsOverlay: Overlay = {
  name: TRAILS,
  layers: (palette) => [
    {
      id: 'trail-lines',
      type: 'line',
      source: TRAILS,
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-join': 'round', 'line-cap': 'round' },
      paint: { 'line-color': palette.chosen, 'line-width': 3, 'line-opacity': 0.7 },
    },
    {
      id: 'trail-heads',
      type: 'circle',
      source: TRAILS,
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': 19,
        'circle-color': palette.chosen,
        'circle-opacity': 0.12,
        'circle-stroke-color': palette.chosen,
        'circle-stroke-width': 2,
      },
    },
    {
      id: 'trail-numbers',
      type: 'symbol',
      source: TRAILS,
      filter: ['==', ['geometry-type'], 'Point'],
      layout: {
        'text-field': ['get', 'number'],
        'text-font': FONTS,
        'text-size': 12,
        'text-anchor': 'bottom-left',
        'text-offset': [1.1, -0.9],
        'text-allow-overlap': true,
      },
      paint: { 'text-color': palette.chosen, 'text-halo-color': palette.halo, 'text-halo-width': 2 },
    },
  ],
}

export function trailFeatures(followed: readonly Followed[]): GeoJSON.Feature[] {
  return followed.flatMap(({ trail }, place): GeoJSON.Feature[] => {
    const properties = { number: String(place + 1) }
    const coordinates = trail.map(([lon, lat]) => [lon, lat])
    const head = coordinates.at(-1)
    if (!head) return []
    const point: GeoJSON.Feature = { type: 'Feature', properties, geometry: { type: 'Point', coordinates: head } }
    if (coordinates.length < 2) return [point]
    return [{ type: 'Feature', properties, geometry: { type: 'LineString', coordinates } }, point]
  })
}

function byRank(palette: Palette): ExpressionSpecification {
  const { P1, P2, P3, P4 } = palette.severities
  return ['match', ['get', 'worst'], 4, P1, 3, P2, 2, P3, 1, P4, palette.states.parked]
}


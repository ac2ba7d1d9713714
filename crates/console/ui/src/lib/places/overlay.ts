// Places as a map shows them: areas by kind with dashed edges, corridors as wide as they are on the ground, and a dot with the name.
//
// Shape: drafts in, features and an overlay out. Degrees of WGS-84, metres. Errors: none.

import type { ExpressionSpecification } from 'maplibre-gl'
import type { Overlay } from '../map/chart'
import type { LonLat } from '../map/datum'
import { boxOf, circleRing, closed } from '../map/geometry'
import { type Palette, placeColour } from '../map/palette'
import { metresPerPixel } from '../map/projection'
import { FONTS } from '../map/style'
import { type Draft, groupedRings, KINDS } from './feature'
import { cornersOf, type Shape } from './shape'

/** What is drawn of one place. */
export function placeFeatures(draft: Draft, isChosen = false): GeoJSON.Feature[] {
  const properties = { id: draft.id, name: draft.name, kind: draft.kind, chosen: isChosen }
  return [...shapeFeatures(draft.shape, properties), { type: 'Feature', properties, geometry: { type: 'Point', coordinates: [...middleOf(draft.shape)] } }]
}

/** A shape alone, as it is sketched. */
export function shapeFeatures(shape: Shape, properties: Record<string, unknown>): GeoJSON.Feature[] {
  if (shape.form === 'corridor') return [bandFeature(shape.line, shape.widthM, properties)]
  const polygons = shape.form === 'circle' ? [[circleRing(shape.centre, shape.radiusM)]] : groupedRings(shape.rings)
  const coordinates = polygons.map((rings) => rings.map((ring) => closed(ring).map((point) => [...point])))
  return [{ type: 'Feature', properties, geometry: { type: 'MultiPolygon', coordinates } }]
}

/** The least box around a place, its width included. */
export function extentOf(shape: Shape): LonLat[] {
  if (shape.form === 'circle') return circleRing(shape.centre, shape.radiusM, 8)
  return cornersOf(shape).flat()
}

function bandFeature(line: readonly LonLat[], widthM: number, properties: Record<string, unknown>): GeoJSON.Feature {
  const lat = line[0]?.[1] ?? 0
  // In pixels of zoom 0: the layer doubles it with each zoom.
  const band = widthM / metresPerPixel(lat, 0)
  return { type: 'Feature', properties: { ...properties, band }, geometry: { type: 'LineString', coordinates: line.map((point) => [...point]) } }
}

function middleOf(shape: Shape): LonLat {
  if (shape.form === 'circle') return shape.centre
  if (shape.form === 'corridor') return shape.line[Math.floor(shape.line.length / 2)] ?? [0, 0]
  const box = boxOf(shape.rings[0] ?? [])
  return box ? [(box.west + box.east) / 2, (box.south + box.north) / 2] : [0, 0]
}

/** As many pixels as the band is wide on the ground. */
export const BAND_WIDTH: ExpressionSpecification = [
  'interpolate',
  ['exponential', 2],
  ['zoom'],
  0,
  ['coalesce', ['get', 'band'], 0],
  22,
  ['*', ['coalesce', ['get', 'band'], 0], 2 ** 22],
]

/** The layers of an overlay that a click on a place meets. */
export const placeLayers = (name: string): string[] => [`${name}-areas`, `${name}-bands`, `${name}-dots`]

export function placesOverlay(name: string): Overlay {
  const of = (geometry: string): ExpressionSpecification => ['==', ['geometry-type'], geometry]
  const chosen = (yes: number, no: number): ExpressionSpecification => ['case', ['boolean', ['get', 'chosen'], false], yes, no]
  return {
    name,
    source: { tolerance: 0.3 },
    layers: (palette) => {
      const colour = colourOf(palette)
      return [
        { id: `${name}-areas`, type: 'fill', source: name, filter: of('Polygon'), paint: { 'fill-color': colour, 'fill-opacity': chosen(0.26, 0.12) } },
        {
          id: `${name}-edges`,
          type: 'line',
          source: name,
          filter: of('Polygon'),
          paint: { 'line-color': colour, 'line-width': chosen(3, 1.5), 'line-dasharray': [3, 1.5] },
        },
        {
          id: `${name}-bands`,
          type: 'line',
          source: name,
          filter: of('LineString'),
          layout: { 'line-join': 'round', 'line-cap': 'round' },
          paint: { 'line-color': colour, 'line-opacity': chosen(0.3, 0.16), 'line-width': BAND_WIDTH },
        },
        {
          id: `${name}-band-edges`,
          type: 'line',
          source: name,
          filter: of('LineString'),
          layout: { 'line-join': 'round' },
          paint: { 'line-color': colour, 'line-width': 1.5, 'line-gap-width': BAND_WIDTH, 'line-dasharray': [3, 1.5] },
        },
        {
          id: `${name}-dots`,
          type: 'circle',
          source: name,
          maxzoom: 12,
          filter: ['all', of('Point'), ['!=', ['get', 'kind'], 'region']],
          paint: { 'circle-radius': chosen(7, 4.5), 'circle-color': colour, 'circle-stroke-color': palette.rim, 'circle-stroke-width': 1.5 },
        },
        {
          id: `${name}-names`,
          type: 'symbol',
          source: name,
          minzoom: 8,
          filter: of('Point'),
          layout: { 'text-field': ['get', 'name'], 'text-font': FONTS, 'text-size': 12, 'text-max-width': 10, 'text-anchor': 'top', 'text-offset': [0, 0.6] },
          paint: { 'text-color': colour, 'text-halo-color': palette.halo, 'text-halo-width': 1.6 },
        },
      ]
    },
  }
}

function colourOf(palette: Palette): ExpressionSpecification {
  const [first, ...rest] = KINDS.map((kind) => [kind, placeColour(palette, kind)] as const)
  const pairs = rest.flatMap(([kind, colour]) => [kind, colour])
  return ['match', ['get', 'kind'], first?.[0] ?? '', first?.[1] ?? palette.town, ...pairs, palette.town] as ExpressionSpecification
}

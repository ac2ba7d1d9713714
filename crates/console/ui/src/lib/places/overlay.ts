// Places as a map shows them: areas by kind, with a hatch-like dash for what is only watched from outside, and their names.
//
// Shape: features of the API in, features that a map library can draw out (circles and corridors become areas). Degrees of WGS-84.
// Errors: what is no place is not drawn.

import type { LonLat } from '../map/datum'
import type { Overlay } from '../map/chart'
import { circleRing, closed, corridorRings } from '../map/geometry'
import { placeColour } from '../map/palette'
import { FONTS } from '../map/style'
import { type Draft, groupedRings, KINDS } from './feature'
import type { Shape } from './shape'

/** The outline of a shape as an area; a corridor is the union of its parts, which one fill draws as one. */
export function areaOf(shape: Shape): GeoJSON.MultiPolygon {
  const polygons = ringsOf(shape).map((rings) => rings.map((ring) => closed(ring).map((point) => [...point])))
  return { type: 'MultiPolygon', coordinates: polygons }
}

export function placeFeature(draft: Draft, isChosen = false): GeoJSON.Feature {
  const properties = { id: draft.id, name: draft.name, kind: draft.kind, chosen: isChosen, out: draft.watches === 'out' }
  return { type: 'Feature', properties, geometry: areaOf(draft.shape) }
}

/** The middle line of a corridor: within its area nothing else says where the road is. */
export function lineFeature(draft: Draft): GeoJSON.Feature[] {
  if (draft.shape.form !== 'corridor') return []
  const coordinates = draft.shape.line.map((point) => [...point])
  return [{ type: 'Feature', properties: { kind: draft.kind, line: true }, geometry: { type: 'LineString', coordinates } }]
}

export function placesOverlay(name: string): Overlay {
  return {
    name,
    source: { tolerance: 0.3 },
    layers: (palette) => {
      const colour = ['match', ['get', 'kind'], ...KINDS.flatMap((kind) => [kind, placeColour(palette, kind)]), palette.town]
      return [
        {
          id: `${name}-areas`,
          type: 'fill',
          source: name,
          filter: ['==', ['geometry-type'], 'Polygon'],
          paint: { 'fill-color': colour as never, 'fill-opacity': ['case', ['get', 'chosen'], 0.26, 0.12] },
        },
        {
          id: `${name}-edges`,
          type: 'line',
          source: name,
          paint: {
            'line-color': colour as never,
            'line-width': ['case', ['to-boolean', ['get', 'chosen']], 3, 1.5],
            'line-dasharray': [3, 1.5],
          },
        },
        {
          id: `${name}-names`,
          type: 'symbol',
          source: name,
          minzoom: 9,
          filter: ['has', 'name'],
          layout: { 'text-field': ['get', 'name'], 'text-font': FONTS, 'text-size': 12, 'text-max-width': 10 },
          paint: { 'text-color': colour as never, 'text-halo-color': palette.halo, 'text-halo-width': 1.6 },
        },
      ]
    },
  }
}

function ringsOf(shape: Shape): (readonly LonLat[])[][] {
  switch (shape.form) {
    case 'circle':
      return [[circleRing(shape.centre, shape.radiusM)]]
    case 'corridor':
      return corridorRings(shape.line, shape.widthM / 2).map((ring) => [ring])
    case 'polygon':
      return groupedRings(shape.rings)
  }
}

// A place as GeoJSON says it, and as the editor holds it.
//
// Shape: a Feature with the properties of `lienwatch places import` in, a `Draft` out, and back. A circle is a Point with `radius_m`,
// a corridor a LineString with `width_m`, a polygon a Polygon or MultiPolygon whose rings are holes where they lie within another.
// Degrees of WGS-84, metres. Errors: a sentence's code for each feature that is no place. Source: RFC 7946; README, "Places".

import type { LonLat } from '../map/datum'
import { closed, opened } from '../map/geometry'
import { isHole, type Shape } from './shape'

export const KINDS = ['black_point', 'tow_lot', 'dealer', 'repair_shop', 'fence', 'region'] as const
export type Kind = (typeof KINDS)[number]

export const WATCHES: Partial<Record<Kind, readonly string[]>> = {
  fence: ['in', 'out'],
  region: ['country', 'province', 'city'],
}

export interface Draft {
  id: string
  name: string
  kind: Kind
  /** The crossing of a fence, the level of a region. */
  watches: string | null
  /** `everyone`, `lender:ID` or `vehicle:PLATE`. */
  scope: string
  origin: string
  /** Vehicles that stood there, of a mined place. */
  vehicles: number | null
  confirmedBy: string | null
  confirmedAt: string | null
  shape: Shape
}

export type ReadFault = 'no_geometry' | 'no_radius' | 'no_width' | 'swapped' | 'other_geometry'

type Properties = Record<string, unknown>
export interface Feature {
  type: 'Feature'
  geometry: { type: string; coordinates: unknown } | null
  properties: Properties | null
  id?: string | number
}

export function draftOf(feature: Feature, number = 1): Draft | ReadFault {
  const properties = lowered(feature.properties ?? {})
  const shape = shapeOf(feature.geometry, properties)
  if (typeof shape === 'string') return shape
  const id = textOf(properties.id) ?? textOf(feature.id) ?? `place-${number}`
  const kind = KINDS.find((kind) => kind === properties.kind) ?? 'fence'
  return {
    id,
    name: textOf(properties.name) ?? id,
    kind,
    watches: textOf(properties.watches) ?? WATCHES[kind]?.[0] ?? null,
    scope: textOf(properties.scope) ?? 'everyone',
    origin: textOf(properties.origin) ?? 'imported',
    vehicles: numberOf(properties.vehicles),
    confirmedBy: textOf(properties.confirmed_by),
    confirmedAt: textOf(properties.confirmed_at),
    shape,
  }
}

export function featureOf(draft: Draft): GeoJSON.Feature {
  const { shape } = draft
  return {
    type: 'Feature',
    id: draft.id,
    geometry: geometryOf(shape),
    properties: present({
      id: draft.id,
      name: draft.name,
      kind: draft.kind,
      watches: WATCHES[draft.kind] ? draft.watches : null,
      scope: draft.scope,
      origin: draft.origin,
      vehicles: draft.vehicles,
      radius_m: shape.form === 'circle' ? shape.radiusM : null,
      width_m: shape.form === 'corridor' ? shape.widthM : null,
    }),
  }
}

export function geometryOf(shape: Shape): GeoJSON.Geometry {
  switch (shape.form) {
    case 'circle':
      return { type: 'Point', coordinates: [...shape.centre] }
    case 'corridor':
      return { type: 'LineString', coordinates: shape.line.map((point) => [...point]) }
    case 'polygon': {
      const polygons = groupedRings(shape.rings).map((rings) => rings.map(ringPositions))
      const [first] = polygons
      if (polygons.length === 1 && first) return { type: 'Polygon', coordinates: first }
      return { type: 'MultiPolygon', coordinates: polygons }
    }
  }
}

/** Each outer ring with the holes in it, so that other programs see the same inside as the server. */
export function groupedRings(rings: readonly (readonly LonLat[])[]): (readonly LonLat[])[][] {
  const outer = rings.flatMap((ring, place) => (isHole(rings, place) ? [] : [[ring]]))
  rings.forEach((ring, place) => {
    if (!isHole(rings, place)) return
    const owner = outer.find(([around]) => around && isHole([around, ring], 1))
    owner?.push(ring)
  })
  return outer
}

function shapeOf(geometry: Feature['geometry'], properties: Properties): Shape | ReadFault {
  const coordinates = geometry?.coordinates
  if (!geometry || !Array.isArray(coordinates)) return 'no_geometry'
  if (firstOf(coordinates)?.[1] !== undefined && Math.abs(firstOf(coordinates)?.[1] ?? 0) > 90) return 'swapped'
  switch (geometry.type) {
    case 'Point': {
      const radiusM = numberOf(properties.radius_m)
      return radiusM === null ? 'no_radius' : { form: 'circle', centre: pointOf(coordinates), radiusM }
    }
    case 'LineString': {
      const widthM = numberOf(properties.width_m)
      return widthM === null ? 'no_width' : { form: 'corridor', line: coordinates.map(pointOf), widthM }
    }
    case 'Polygon':
      return { form: 'polygon', rings: coordinates.map(ringOf) }
    case 'MultiPolygon':
      return { form: 'polygon', rings: coordinates.flat().map(ringOf) }
    default:
      return 'other_geometry'
  }
}

const ringOf = (ring: unknown): LonLat[] => (Array.isArray(ring) ? opened(ring.map(pointOf)) : [])

const ringPositions = (ring: readonly LonLat[]): number[][] => closed(ring).map((point) => [...point])

function pointOf(position: unknown): LonLat {
  const [lon, lat] = Array.isArray(position) ? position : []
  return [Number(lon), Number(lat)]
}

function firstOf(coordinates: readonly unknown[]): readonly number[] | null {
  const [first] = coordinates
  if (typeof first === 'number') return coordinates as readonly number[]
  return Array.isArray(first) ? firstOf(first) : null
}

function lowered(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), value]))
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

function present(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null))
}

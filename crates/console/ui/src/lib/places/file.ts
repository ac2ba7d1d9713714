// Files of places: GeoJSON and KML read and written in the browser, so that a file in another datum can be taken, named as such.
//
// Shape: text and its datum in, drafts in WGS-84 and the features that are none out; and back to text. Degrees, metres.
// Errors: `FileFault` for a file that cannot be read at all. Source: RFC 7946; OGC KML 2.3 (Placemark, Point, LineString, Polygon).

import { type Datum, type LonLat, fromDatum, toDatum } from '../map/datum'
import { circleRing, closed } from '../map/geometry'
import { type Draft, type Feature, type Kind, type ReadFault, draftOf, featureOf, groupedRings } from './feature'
import type { Shape } from './shape'

export type FileFault = 'no_json' | 'no_features' | 'no_kml' | 'too_large'

export interface PlaceFile {
  drafts: Draft[]
  /** Counted from one, as people count. */
  faults: { feature: number; name: string; fault: ReadFault }[]
}

/** What holds where the file says nothing. */
export interface Unstated {
  datum: Datum
  kind: Kind
  /** Radius of a point, width of a line. */
  metres: number
}

export function readFile(name: string, text: string, { datum, kind, metres }: Unstated): PlaceFile | FileFault {
  if (text.length > CHARS_MAX) return 'too_large'
  const features = /\.kml$/i.test(name) || text.trimStart().startsWith('<') ? kmlFeatures(text) : jsonFeatures(text)
  if (typeof features === 'string') return features
  const file: PlaceFile = { drafts: [], faults: [] }
  features.forEach((feature, place) => {
    const draft = draftOf({ ...feature, properties: { kind, ...sized(feature, metres), ...feature.properties } }, place + 1)
    if (typeof draft === 'string') {
      file.faults.push({ feature: place + 1, name: String(feature.properties?.name ?? ''), fault: draft })
    } else {
      file.drafts.push({ ...draft, shape: mapped(draft.shape, (point) => fromDatum(point, datum)) })
    }
  })
  return file
}

function sized({ geometry }: Feature, metres: number): Record<string, number> {
  if (geometry?.type === 'Point') return { radius_m: metres }
  return geometry?.type === 'LineString' ? { width_m: metres } : {}
}

export function geojsonText(drafts: readonly Draft[], datum: Datum): string {
  const features = drafts.map((draft) => featureOf({ ...draft, shape: mapped(draft.shape, (point) => toDatum(point, datum)) }))
  // A file that does not say its datum cannot be found out to be 500 m off.
  return JSON.stringify({ type: 'FeatureCollection', datum: DATUM_CODES[datum], features }, null, 1)
}

export function kmlText(drafts: readonly Draft[], datum: Datum): string {
  const marks = drafts.map((draft) => placemark({ ...draft, shape: mapped(draft.shape, (point) => toDatum(point, datum)) }))
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>',
    `<name>lienwatch ${DATUM_CODES[datum]}</name>`,
    ...marks,
    '</Document></kml>',
    '',
  ].join('\n')
}

/** A shape with each of its points elsewhere. */
export function mapped(shape: Shape, place: (point: LonLat) => LonLat): Shape {
  switch (shape.form) {
    case 'circle':
      return { ...shape, centre: place(shape.centre) }
    case 'polygon':
      return { ...shape, rings: shape.rings.map((ring) => ring.map(place)) }
    case 'corridor':
      return { ...shape, line: shape.line.map(place) }
  }
}

function jsonFeatures(text: string): Feature[] | FileFault {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    return 'no_json'
  }
  const { type, features } = (root ?? {}) as { type?: string; features?: unknown }
  if (type === 'Feature') return [root as Feature]
  return Array.isArray(features) ? (features as Feature[]) : 'no_features'
}

function kmlFeatures(text: string): Feature[] | FileFault {
  const xml = new DOMParser().parseFromString(text, 'application/xml')
  if (xml.querySelector('parsererror')) return 'no_kml'
  const marks = [...xml.getElementsByTagNameNS('*', 'Placemark')]
  return marks.length > 0 ? marks.map(kmlFeature) : 'no_features'
}

function kmlFeature(mark: Element): Feature {
  const properties = Object.fromEntries(
    [...mark.getElementsByTagNameNS('*', 'Data')].map((entry) => [entry.getAttribute('name') ?? '', textWithin(entry, 'value')]),
  )
  properties.name = textWithin(mark, 'name') || properties.name || ''
  const centre = properties.centre?.split(',').map(Number)
  // A circle is written as the ring that others can draw, beside what it is.
  const geometry = centre && properties.radius_m ? { type: 'Point', coordinates: centre } : kmlGeometry(mark)
  return { type: 'Feature', geometry, properties }
}

function kmlGeometry(mark: Element): Feature['geometry'] {
  const polygons = [...mark.getElementsByTagNameNS('*', 'Polygon')]
  if (polygons.length > 0) {
    const rings = polygons.map((polygon) => [...polygon.getElementsByTagNameNS('*', 'coordinates')].map(positionsOf))
    return { type: 'MultiPolygon', coordinates: rings }
  }
  const line = mark.getElementsByTagNameNS('*', 'LineString')[0]
  if (line) return { type: 'LineString', coordinates: positionsOf(line) }
  const point = mark.getElementsByTagNameNS('*', 'Point')[0]
  return point ? { type: 'Point', coordinates: positionsOf(point)[0] ?? [] } : null
}

function positionsOf(element: Element): number[][] {
  const texts = (element.textContent ?? '').trim().split(/\s+/)
  return texts.map((text) => text.split(',').slice(0, 2).map(Number)).filter(([lon, lat]) => Number.isFinite(lon) && Number.isFinite(lat))
}

const textWithin = (element: Element, name: string): string =>
  element.getElementsByTagNameNS('*', name)[0]?.textContent?.trim() ?? ''

function placemark(draft: Draft): string {
  const { properties } = featureOf(draft)
  const { shape } = draft
  const stated = shape.form === 'circle' ? { ...properties, centre: shape.centre.join(',') } : properties
  const entries = Object.entries(stated ?? {}).filter(([name]) => name !== 'name')
  const data = entries.map(([name, value]) => `<Data name="${escaped(name)}"><value>${escaped(String(value))}</value></Data>`)
  return `<Placemark><name>${escaped(draft.name)}</name><ExtendedData>${data.join('')}</ExtendedData>${kmlShape(shape)}</Placemark>`
}

function kmlShape(shape: Shape): string {
  const list = (points: readonly LonLat[]): string => `<coordinates>${points.map((point) => point.join(',')).join(' ')}</coordinates>`
  const ring = (side: string, points: readonly LonLat[]): string =>
    `<${side}BoundaryIs><LinearRing>${list(closed(points))}</LinearRing></${side}BoundaryIs>`
  const polygon = (rings: readonly (readonly LonLat[])[]): string =>
    `<Polygon>${rings.map((points, place) => ring(place === 0 ? 'outer' : 'inner', points)).join('')}</Polygon>`
  switch (shape.form) {
    case 'circle':
      return polygon([circleRing(shape.centre, shape.radiusM)])
    case 'corridor':
      return `<LineString>${list(shape.line)}</LineString>`
    case 'polygon':
      return `<MultiGeometry>${groupedRings(shape.rings).map(polygon).join('')}</MultiGeometry>`
  }
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

const DATUM_CODES: Record<Datum, string> = { wgs84: 'WGS-84', gcj02: 'GCJ-02', bd09: 'BD-09' }
/** The server's limit of a body is smaller; this only keeps the page alive. */
const CHARS_MAX = 64 * 1024 * 1024

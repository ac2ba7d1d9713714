// Candidates as the API lists them, as drafts that somebody may stand for.
//
// Shape: a FeatureCollection or a listing in, drafts with the number of their stays out. Degrees of WGS-84, metres.
// Errors: what has no place is left out.

import { type Draft, draftOf, type Feature } from './feature'

export interface Candidate {
  draft: Draft
  stays: number
}

interface Row {
  id?: string
  lat?: number
  lon?: number
  radius_m?: number
  vehicles?: number
  stays?: number
}

export function candidatesOf(answer: unknown): Candidate[] {
  const { features, data } = (answer ?? {}) as { features?: Feature[]; data?: Row[] }
  const rows = features ?? (data ?? (Array.isArray(answer) ? (answer as Row[]) : [])).map(featureOf)
  return rows.flatMap((feature) => {
    const draft = draftOf({ ...feature, properties: { kind: 'black_point', origin: 'mined', ...feature.properties } })
    return typeof draft === 'string' ? [] : [{ draft, stays: Number(feature.properties?.stays ?? 0) }]
  })
}

function featureOf(row: Row): Feature {
  const id = row.id ?? `mined-${row.lat?.toFixed(4)}-${row.lon?.toFixed(4)}`
  return { type: 'Feature', geometry: { type: 'Point', coordinates: [row.lon, row.lat] }, properties: { ...row, id } }
}

// Places as GeoJSON.

import type { Time } from './terms'

export interface PlaceProperties {
  id: string
  name: string
  kind: string
  origin: string
  confirmed_by: string | null
  confirmed_at: Time | null
  radius_m: number | null
}

export interface PlaceFeature {
  type: 'Feature'
  geometry: { type: string; coordinates: unknown }
  properties: PlaceProperties
}

export interface Places {
  type: 'FeatureCollection'
  features: PlaceFeature[]
}

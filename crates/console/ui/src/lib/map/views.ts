// Where a map looks, as an address says it: `at=22.5431,114.0579,11`, latitude first, as coordinates are pasted.
//
// Shape: a text in, a centre and zoom out, and back. Degrees of WGS-84. Errors: null for what is no place on Earth.

import type { LonLat } from './datum'
import type { Box } from './geometry'

export interface Look {
  centre: LonLat
  zoom: number
}

export function readLook(text: string | undefined): Look | null {
  const [lat, lon, zoom] = (text ?? '').split(',').map((part) => (part.trim() === '' ? NaN : Number(part)))
  if (lat === undefined || lon === undefined || !(Math.abs(lat) <= 85) || !(Math.abs(lon) <= 180)) return null
  return { centre: [lon, lat], zoom: zoom !== undefined && zoom >= 0 && zoom <= 22 ? zoom : PASTED_ZOOM }
}

/** Three digits are 100 m: enough for a view, too little for a car. */
export function writeLook({ centre: [lon, lat], zoom }: Look): string {
  return `${lat.toFixed(3)},${lon.toFixed(3)},${zoom.toFixed(1)}`
}

/** Where the fleet map looked last: another map that knows nothing yet begins there. As long as the tab lives and the same person uses it. */
export function keepLook(look: Look): void {
  try {
    sessionStorage.setItem(LOOK_KEY, writeLook(look))
  } catch {
    // Browsers may forbid storage.
  }
}

export function keptLook(): Look | null {
  try {
    return readLook(sessionStorage.getItem(LOOK_KEY) ?? undefined)
  } catch {
    return null
  }
}

/** Where somebody looked tells where their cars are: the next one who logs in here is not shown it. */
export function forgetLook(): void {
  try {
    sessionStorage.removeItem(LOOK_KEY)
  } catch {
    // see above
  }
}

const LOOK_KEY = 'lw.look'
/** What a map shows that knows nothing yet. */
export const CHINA: Box = { west: 97, south: 19, east: 126, north: 45 }
/** A pasted coordinate is looked at from a city's distance. */
const PASTED_ZOOM = 14

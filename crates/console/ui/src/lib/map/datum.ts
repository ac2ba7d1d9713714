// Datums of maps: WGS-84 (what is stored), GCJ-02 (AMap, Tencent), BD-09 (Baidu). The only place of the console that converts.
//
// Shape: [lon, lat] in, [lon, lat] out. Degrees. Within China a shift of 100 to 700 m, elsewhere none; the way back is iterated to
// less than a centimetre. Errors: none, any finite point has an answer.
// Source: the published GCJ-02 and BD-09 formulas; `datum.test.ts` holds them against the npm package gcoord.

import { inChina } from './china'

export type Datum = 'wgs84' | 'gcj02' | 'bd09'
export type LonLat = readonly [lon: number, lat: number]

export const DATUMS: readonly Datum[] = ['wgs84', 'gcj02', 'bd09']

/** As people write them; the same in each language. */
export const DATUM_NAMES: Record<Datum, string> = { wgs84: 'WGS-84', gcj02: 'GCJ-02', bd09: 'BD-09' }

/** A stored point as a map of that datum shows it. */
export function toDatum(point: LonLat, datum: Datum): LonLat {
  switch (datum) {
    case 'wgs84':
      return point
    case 'gcj02':
      return gcjOfWgs(point)
    case 'bd09':
      return inChina(point) ? bdOfGcj(gcjOfWgs(point)) : point
  }
}

/** A point of a map of that datum as it is stored. */
export function fromDatum(point: LonLat, datum: Datum): LonLat {
  switch (datum) {
    case 'wgs84':
      return point
    case 'gcj02':
      return wgsOfGcj(point)
    case 'bd09':
      return wgsOfBd(point)
  }
}

/** A coordinate for people: latitude first, as AMap, Baidu and the log write it. Six digits are 11 cm. */
export function coordinateText(point: LonLat, datum: Datum): string {
  const [lon, lat] = toDatum(point, datum)
  return `${lat.toFixed(6)},${lon.toFixed(6)}`
}

function gcjOfWgs(point: LonLat): LonLat {
  return inChina(point) ? shifted(point) : point
}

function wgsOfGcj(point: LonLat): LonLat {
  const back = inverse(point, shifted)
  // What lies abroad was never shifted: a point is taken back only to where it could have come from.
  return inChina(back) ? back : point
}

function wgsOfBd(point: LonLat): LonLat {
  const back = inverse(inverse(point, bdOfGcj), shifted)
  return inChina(back) ? back : point
}

/** The point that `forward` sends here. The shift changes by less than a hundredth of the distance, so that this converges. */
function inverse(target: LonLat, forward: (point: LonLat) => LonLat): LonLat {
  let [lon, lat] = target
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const [thereLon, thereLat] = forward([lon, lat])
    const [offLon, offLat] = [thereLon - target[0], thereLat - target[1]]
    lon -= offLon
    lat -= offLat
    if (Math.abs(offLon) < CLOSE && Math.abs(offLat) < CLOSE) break
  }
  return [lon, lat]
}

function shifted([lon, lat]: LonLat): LonLat {
  const [x, y] = [lon - 105, lat - 35]
  const radians = (lat * Math.PI) / 180
  const bulge = 1 - ECCENTRICITY_SQUARED * Math.sin(radians) ** 2
  const meridian = (AXIS_M * (1 - ECCENTRICITY_SQUARED)) / (bulge * Math.sqrt(bulge))
  const parallel = (AXIS_M / Math.sqrt(bulge)) * Math.cos(radians)
  const toDegrees = 180 / Math.PI
  return [lon + (eastward(x, y) / parallel) * toDegrees, lat + (northward(x, y) / meridian) * toDegrees]
}

function northward(x: number, y: number): number {
  const plane = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x))
  return plane + ripple(x) + waves(y, [20, 40, 160, 320], [1, 1 / 3, 1 / 12, 1 / 30])
}

function eastward(x: number, y: number): number {
  const plane = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x))
  return plane + ripple(x) + waves(x, [20, 40, 150, 300], [1, 1 / 3, 1 / 12, 1 / 30])
}

const ripple = (x: number): number => waves(x, [20, 20], [6, 2])

function waves(at: number, heights: readonly number[], frequencies: readonly number[]): number {
  const sum = heights.reduce(
    (total, height, place) => total + height * Math.sin(at * Math.PI * (frequencies[place] ?? 0)),
    0,
  )
  return (sum * 2) / 3
}

function bdOfGcj([x, y]: LonLat): LonLat {
  const radius = Math.hypot(x, y) + 0.00002 * Math.sin(y * BD_TURN)
  const angle = Math.atan2(y, x) + 0.000003 * Math.cos(x * BD_TURN)
  return [radius * Math.cos(angle) + 0.0065, radius * Math.sin(angle) + 0.006]
}

/** Krasovsky 1940, as the formulas have it. */
const AXIS_M = 6_378_245
const ECCENTRICITY_SQUARED = 0.00669342162296594323
const BD_TURN = (Math.PI * 3000) / 180
/** A tenth of a millimetre. */
const CLOSE = 1e-9
/** Four are enough anywhere in China; more would mean that something is broken, and not hang the page. */
const ROUNDS_MAX = 12

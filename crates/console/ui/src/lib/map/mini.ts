// What a small map of fixes shows: where each one lies in the view, which tiles lie below, and a grid of round lengths where none do.
//
// Shape: fixes in, pixels out. Pure. Degrees of WGS-84 in; tiles of another datum shift everything at once. Errors: no fixes give null.

import type { Fix, RejectedFix, Tiles } from '../types'
import { type LonLat, toDatum } from './datum'
import { boxOf } from './geometry'
import { fitted, pixelOf, scaleBar, type TilePlace, tilesOf, type View } from './projection'

export interface Spot {
  /** As the list beside the map counts it, from one. */
  number: number
  fix: Fix | RejectedFix
  isUsed: boolean
  x: number
  y: number
}

export interface Sketch {
  view: View
  spots: Spot[]
  /** The way through what was used, in the order of time. */
  way: string
  scale: { metres: number; width: number }
  /** Pixels of vertical and horizontal lines. */
  grid: { xs: number[]; ys: number[] }
  tiles: (TilePlace & { address: string })[]
}

export function sketched(used: readonly Fix[], rejected: readonly RejectedFix[], size: { width: number; height: number }, tiles: Tiles | null): Sketch | null {
  const datum = tiles?.datum ?? 'wgs84'
  const at = (fix: Fix): LonLat => toDatum([fix.lon, fix.lat], datum)
  const box = boxOf([...used, ...rejected].map(at))
  if (!box || size.width < 1) return null
  const view = fitted(box, { ...size, padding: PADDING_PX }, ZOOM_MAX)
  const spot = (fix: Fix | RejectedFix, place: number, isUsed: boolean): Spot => {
    const [x, y] = pixelOf(view, at(fix))
    return { number: place + 1, fix, isUsed, x, y }
  }
  const spots = [
    ...rejected.map((fix, place) => spot(fix, used.length + place, false)),
    ...used.map((fix, place) => spot(fix, place, true)),
  ]
  const inTime = spots.filter((one) => one.isUsed).sort((one, other) => Date.parse(one.fix.fix_time) - Date.parse(other.fix.fix_time))
  const scale = scaleBar(view.centre[1], view.zoom, SCALE_PX_MAX)
  return {
    view,
    spots,
    way: inTime.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
    scale,
    grid: tiles ? { xs: [], ys: [] } : { xs: gridLines(size.width, scale.width), ys: gridLines(size.height, scale.width) },
    tiles: tiles ? tilesOf(view, TILE_ZOOM_MAX).map((place) => ({ ...place, address: tileAddress(tiles.url, place) })) : [],
  }
}

/** One line each length of the scale bar, from the middle outwards. */
function gridLines(length: number, step: number): number[] {
  const first = (length / 2) % step
  return Array.from({ length: Math.floor((length - first) / step) + 1 }, (_, place) => first + place * step)
}

function tileAddress(url: string, { x, y, z }: TilePlace): string {
  return url.replace('{x}', String(x)).replace('{y}', String(y)).replace('{z}', String(z))
}

/** Room for a number beside the outermost fix. */
const PADDING_PX = 26
/** Fixes a few metres apart are drawn as one place, not blown up to a journey. */
const ZOOM_MAX = 16.5
const TILE_ZOOM_MAX = 18
const SCALE_PX_MAX = 90

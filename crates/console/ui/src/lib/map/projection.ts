// Web Mercator for what draws without the map library: the small maps, and the scale bar of the large one.
//
// Shape: [lon, lat] in, pixels of a view out. Zoom as the map library counts it (512 px tiles). Errors: none; latitudes are
// clamped to the square of the projection. Source: EPSG:3857.

import type { LonLat } from './datum'
import type { Box } from './geometry'

/** What a small map shows: pixels, and the point and zoom in its middle. */
export interface View {
  width: number
  height: number
  centre: LonLat
  zoom: number
}

/** Pixels from the left and the top of a view. */
export function pixelOf(view: View, point: LonLat): [x: number, y: number] {
  const [x, y] = worldOf(point, view.zoom)
  const [middleX, middleY] = worldOf(view.centre, view.zoom)
  return [x - middleX + view.width / 2, y - middleY + view.height / 2]
}

/** The point under a pixel of a view. */
export function pointAt(view: View, [x, y]: readonly [number, number]): LonLat {
  const [middleX, middleY] = worldOf(view.centre, view.zoom)
  const size = TILE_PX * 2 ** view.zoom
  const [left, top] = [(middleX + x - view.width / 2) / size, (middleY + y - view.height / 2) / size]
  return [left * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - 2 * top))) * 180) / Math.PI]
}

/** The view in which a box fits, not closer than `zoomMax`: two fixes a metre apart are one place, not a journey. */
export function fitted(box: Box, size: { width: number; height: number; padding: number }, zoomMax: number): View {
  const [left, top] = worldOf([box.west, box.north], 0)
  const [right, bottom] = worldOf([box.east, box.south], 0)
  const room = (pixels: number): number => Math.max(1, pixels - 2 * size.padding)
  const byWidth = Math.log2(room(size.width) / Math.max(right - left, TINY))
  const byHeight = Math.log2(room(size.height) / Math.max(bottom - top, TINY))
  const zoom = Math.max(0, Math.min(byWidth, byHeight, zoomMax))
  const middle = { width: 0, height: 0, centre: [-180, LAT_MAX] as const, zoom: 0 }
  const centre = pointAt(middle, [(left + right) / 2, (top + bottom) / 2])
  return { width: size.width, height: size.height, centre, zoom }
}

/** Metres of the ground in one pixel. */
export function metresPerPixel(lat: number, zoom: number): number {
  return (EQUATOR_M * Math.cos((lat * Math.PI) / 180)) / (TILE_PX * 2 ** zoom)
}

/** The longest round length that is no wider than `widthMax` pixels. */
export function scaleBar(lat: number, zoom: number, widthMax: number): { metres: number; width: number } {
  const perPixel = metresPerPixel(lat, zoom)
  const room = perPixel * widthMax
  const decade = 10 ** Math.floor(Math.log10(room))
  const step = [5, 2, 1].find((step) => step * decade <= room) ?? 1
  return { metres: step * decade, width: (step * decade) / perPixel }
}

/** Tiles of a server that a view needs, with the pixel of their upper left corner and their width. */
export interface TilePlace {
  x: number
  y: number
  z: number
  left: number
  top: number
  size: number
}

export function tilesOf(view: View, zoomMax: number): TilePlace[] {
  // Tile servers count 256 px tiles: one level more than the map library for the same size on the screen.
  const z = Math.max(0, Math.min(zoomMax, Math.round(view.zoom + 1)))
  const size = (TILE_PX * 2 ** view.zoom) / 2 ** z
  const [middleX, middleY] = worldOf(view.centre, view.zoom)
  const [west, north] = [middleX - view.width / 2, middleY - view.height / 2]
  const places: TilePlace[] = []
  for (let x = Math.floor(west / size); x * size < west + view.width; x += 1) {
    for (let y = Math.floor(north / size); y * size < north + view.height; y += 1) {
      if (y >= 0 && y < 2 ** z) {
        places.push({ x: ((x % 2 ** z) + 2 ** z) % 2 ** z, y, z, left: x * size - west, top: y * size - north, size })
      }
    }
  }
  return places.slice(0, TILES_MAX)
}

function worldOf([lon, lat]: LonLat, zoom: number): [number, number] {
  const size = TILE_PX * 2 ** zoom
  const clamped = (Math.max(-LAT_MAX, Math.min(LAT_MAX, lat)) * Math.PI) / 180
  return [((lon + 180) / 360) * size, ((1 - Math.asinh(Math.tan(clamped)) / Math.PI) / 2) * size]
}

const TILE_PX = 512
const EQUATOR_M = 40_075_016.686
/** Where the projection is a square. */
const LAT_MAX = 85.051_128_779_806_59
/** Of the world's width: less than a centimetre. */
const TINY = 1e-7
/** A small map needs a dozen; more would be a mistake of the view. */
const TILES_MAX = 48

// What a small map of fixes shows: where each one lies in the view, and each place that is told of beside them; which tiles lie below, and a
// grid of round lengths where none do.
//
// Shape: fixes and places in, pixels out. Pure. Degrees of WGS-84 in; tiles of another datum shift everything at once. The fixes that were
// believed fill the view, and the places with them as far as the fixes stay apart; what lies farther away stands at the edge with its
// distance. Errors: neither fixes nor places give null.

import type { Figure, Fix, RejectedFix } from '../types/alerts'
import type { Lang } from '../types/terms'
import type { Tiles } from '../types/me'
import type { TrackPoint } from '../types/vehicles'
import { type LonLat, toDatum } from './datum'
import { type Box, boxOf, metresBetween } from './geometry'
import { fitted, pixelOf, scaleBar, type TilePlace, tilesOf, type View } from './projection'

/** Where something is drawn. */
interface Drawn {
  x: number
  y: number
  /** Beyond the edge: how far from the middle, and which way in degrees clockwise from the right. */
  away: { metres: number; turn: number } | null
}

export interface Spot extends Drawn {
  /** As the list beside the map counts it, from one. */
  number: number
  fix: Fix | RejectedFix
  isUsed: boolean
}

/** A place that is told of beside the fixes: where the vehicle had stood, where it was seen last. */
export interface Told {
  name: string
  label: Lang | string
  lat: number
  lon: number
  /** What stands in its pin, where a list beside the map counts such places; else it is a letter. */
  mark?: string
}

export interface Pin extends Drawn {
  /** Its own mark, or A, B, …, in the order in which they are told. */
  letter: string
  place: Told
}

export interface Sketch {
  view: View
  spots: Spot[]
  pins: Pin[]
  /** The way through what was used, in the order of time. */
  way: string
  /** The track around it, one line for each stretch without a gap. */
  tracks: string[]
  /** From where it had stood to the first of them. */
  leaving: string
  scale: { metres: number; width: number }
  /** Pixels of vertical and horizontal lines. */
  grid: { xs: number[]; ys: number[] }
  tiles: (TilePlace & { address: string })[]
}

interface Size {
  width: number
  height: number
}

interface Shown {
  used: readonly Fix[]
  rejected: readonly RejectedFix[]
  places: readonly Told[]
  tracks?: readonly (readonly TrackPoint[])[]
}

/** The places among the figures of an alert. */
export function placesIn(figures: readonly Figure[]): Told[] {
  return figures.flatMap(({ name, label, value }) => (typeof value === 'object' && 'lat' in value ? [{ name, label, ...value }] : []))
}

/** Of when the last place is, or null: what a device sent after it may have had no fix, so that when it was heard last does not tell. */
export function placeSeenAt(figures: readonly Figure[]): number | null {
  const [at] = SEEN_AT.flatMap((name) => figures.filter((figure) => figure.name === name).map((figure) => figure.value))
  return typeof at === 'string' ? Date.parse(at) : null
}

export function sketched({ used, rejected, places, tracks = [] }: Shown, size: Size, tiles: Tiles | null): Sketch | null {
  const datum = tiles?.datum ?? 'wgs84'
  const at = ({ lon, lat }: { lon: number; lat: number }): LonLat => toDatum([lon, lat], datum)
  const lines = tracks.map((track) => track.map(([, lat, lon]) => at({ lat, lon })))
  const box = shownBox([...used.map(at), ...lines.flat()], rejected.map(at), places.map(at))
  if (!box || size.width < 1) return null
  const isWhole = [...used, ...rejected, ...places].every((one) => holds(box, at(one)))
  const view = fitted(box, { ...size, padding: isWhole ? PADDING_PX : PADDING_AWAY_PX }, ZOOM_MAX)
  const all = [...used, ...rejected].map((fix, place): Spot => ({ ...drawn(view, at(fix)), fix, number: place + 1, isUsed: place < used.length }))
  const pins = places.map((place, index): Pin => ({ ...drawn(view, at(place)), place, letter: place.mark ?? String.fromCharCode(FIRST_LETTER + index) }))
  const inTime = all.filter((one) => one.isUsed).sort((one, other) => Date.parse(one.fix.fix_time) - Date.parse(other.fix.fix_time))
  const scale = scaleBar(view.centre[1], view.zoom, SCALE_PX_MAX)
  return {
    view,
    // What was believed lies above what was not.
    spots: [...all.filter((one) => !one.isUsed), ...all.filter((one) => one.isUsed)],
    pins,
    way: lineOf(inTime),
    // A stretch of one point is a dot, which a line draws that ends where it begins.
    tracks: lines.map((line) => lineOf([...line, ...line.slice(-1)].map((point) => drawn(view, point)))),
    leaving: lineOf([...pins.filter(({ place }) => place.name === 'anchor'), ...inTime.slice(0, 1)]),
    scale,
    grid: tiles ? { xs: [], ys: [] } : { xs: gridLines(size.width, scale.width), ys: gridLines(size.height, scale.width) },
    tiles: tiles ? tilesOf(view, TILE_ZOOM_MAX).map((place) => ({ ...place, address: tileAddress(tiles.url, place) })) : [],
  }
}

const lineOf = (points: readonly { x: number; y: number }[]): string => points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')

/** Around what was believed, and what lies near it of the rest. A jump of 40 km would make one dot of all others. */
function shownBox(used: readonly LonLat[], rejected: readonly LonLat[], places: readonly LonLat[]): Box | null {
  const core = boxOf(used)
  if (!core) return boxOf([...rejected, ...places])
  const size = Math.max(core.east - core.west, core.north - core.south, REACH_DEGREES_MIN)
  const isWithin = (reach: number) => ([lon, lat]: LonLat): boolean =>
    lon > core.west - reach && lon < core.east + reach && lat > core.south - reach && lat < core.north + reach
  return boxOf([...used, ...rejected.filter(isWithin(size)), ...places.filter(isWithin(size * PLACES_REACH))])
}

const holds = (box: Box, [lon, lat]: LonLat): boolean => lon >= box.west && lon <= box.east && lat >= box.south && lat <= box.north

function drawn(view: View, at: LonLat): Drawn {
  const [x, y] = pixelOf(view, at)
  const isIn = x >= EDGE_PX && y >= EDGE_PX && x <= view.width - EDGE_PX && y <= view.height - EDGE_PX
  if (isIn) return { x, y, away: null }
  const [right, down] = [x - view.width / 2, y - view.height / 2]
  const share = Math.min((view.width / 2 - EDGE_PX) / Math.abs(right || 1), (view.height / 2 - EDGE_PX) / Math.abs(down || 1))
  const away = { metres: metresBetween(view.centre, at), turn: (Math.atan2(down, right) * 180) / Math.PI }
  return { x: view.width / 2 + right * share, y: view.height / 2 + down * share, away }
}

/** One line each length of the scale bar, from the middle outwards. */
function gridLines(length: number, step: number): number[] {
  const first = (length / 2) % step
  return Array.from({ length: Math.floor((length - first) / step) + 1 }, (_, place) => first + place * step)
}

function tileAddress(url: string, { x, y, z }: TilePlace): string {
  return url.replace('{x}', String(x)).replace('{y}', String(y)).replace('{z}', String(z))
}

/** The figures that say when a place was taken, the first that is there. */
const SEEN_AT = ['place_at', 'seen_at']
/** Room for a number beside the outermost fix. */
const PADDING_PX = 28
/** And for what stands at the edge. */
const PADDING_AWAY_PX = 50
/** Half a mark and its arrow. */
const EDGE_PX = 20
/** Some 500 m: fixes on one spot still have surroundings. */
const REACH_DEGREES_MIN = 0.005
/** Where a car had stood is what its departure is measured from: farther than this many times the fixes' own size they were one dot. */
const PLACES_REACH = 10
const FIRST_LETTER = 'A'.charCodeAt(0)
/** Fixes a few metres apart are drawn as one place, not blown up to a journey. */
const ZOOM_MAX = 16.5
const TILE_ZOOM_MAX = 18
const SCALE_PX_MAX = 90

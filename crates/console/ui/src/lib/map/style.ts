// The map's own picture: sea, land, borders, a grid and towns from files of ours, or the operator's tile server in their place.
//
// Shape: theme, language and tiles in, a style of the map library out. No glyphs are named, so that the library draws every text
// with fonts of the viewer's machine; nothing is asked of another host but tiles that the operator has set.
// Source: MapLibre style specification 8; data by `build/basemap.js`.

import type { FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl'
import type { Locale } from '../i18n.svelte'
import type { Tiles } from '../types'
import { PALETTES, type Palette, type Daylight } from './palette'

/** Where the files of the built-in map are. */
export interface BasemapFiles {
  land: string
  borders: string
  towns: string
}

export interface Picture {
  theme: Daylight
  locale: Locale
  tiles: Tiles | null
  files: BasemapFiles
}

export const FONTS = ['PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', 'sans-serif']

export function styleOf(picture: Picture): StyleSpecification {
  const palette = PALETTES[picture.theme]
  const { sources, layers } = picture.tiles ? ofTiles(picture.tiles, palette, picture.theme) : ofFiles(picture, palette)
  return { version: 8, sources, layers }
}

interface Part {
  sources: Record<string, SourceSpecification>
  layers: LayerSpecification[]
}

function ofTiles(tiles: Tiles, palette: Palette, theme: Daylight): Part {
  const source: SourceSpecification = { type: 'raster', tiles: [tiles.url], tileSize: 256, maxzoom: TILE_ZOOM_MAX }
  // Tiles are drawn for the day; dimmed, they do not blind at night.
  const night = { 'raster-brightness-max': 0.55, 'raster-saturation': -0.4, 'raster-contrast': 0.1 }
  return {
    sources: { tiles: source },
    layers: [
      { id: 'background', type: 'background', paint: { 'background-color': palette.land } },
      { id: 'tiles', type: 'raster', source: 'tiles', paint: { 'raster-fade-duration': 0, ...(theme === 'dark' ? night : {}) } },
    ],
  }
}

function ofFiles({ files, locale }: Picture, palette: Palette): Part {
  const geojson = (data: string): SourceSpecification => ({ type: 'geojson', data, tolerance: 0.4, buffer: 32 })
  return {
    sources: {
      land: geojson(files.land),
      borders: geojson(files.borders),
      towns: geojson(files.towns),
      graticule: { type: 'geojson', data: graticule() },
    },
    layers: [
      { id: 'background', type: 'background', paint: { 'background-color': palette.sea } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': palette.land, 'fill-outline-color': palette.shore } },
      {
        id: 'graticule',
        type: 'line',
        source: 'graticule',
        paint: { 'line-color': palette.graticule, 'line-width': 0.6 },
      },
      {
        id: 'borders',
        type: 'line',
        source: 'borders',
        paint: { 'line-color': palette.border, 'line-width': 1, 'line-dasharray': [4, 2] },
      },
      ...townLayers(locale, palette),
    ],
  }
}

/** A town shows from the zoom that the build has given it: large ones first. */
function townLayers(locale: Locale, palette: Palette): LayerSpecification[] {
  const shows: FilterSpecification = ['<=', ['get', 'z'], ['zoom']]
  return [
    {
      id: 'town-dots',
      type: 'circle',
      source: 'towns',
      filter: shows,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['get', 'z'], 3, 2.6, 9, 1.6],
        'circle-color': palette.halo,
        'circle-stroke-color': palette.town,
        'circle-stroke-width': 1,
        'circle-opacity': 0.9,
      },
    },
    {
      id: 'towns',
      type: 'symbol',
      source: 'towns',
      filter: shows,
      layout: {
        'text-field': locale === 'zh' ? ['coalesce', ['get', 'zh'], ['get', 'n']] : ['get', 'n'],
        'text-font': FONTS,
        'text-size': ['interpolate', ['linear'], ['get', 'z'], 3, 13, 6, 12, 9, 11],
        'text-anchor': 'left',
        'text-offset': [0.5, 0],
        'text-padding': 4,
        'symbol-sort-key': ['get', 'z'],
      },
      paint: { 'text-color': palette.town, 'text-halo-color': palette.halo, 'text-halo-width': 1.4 },
    },
  ]
}

/** Meridians and parallels each five degrees, so that an empty map still has a north. */
function graticule(): GeoJSON.Feature {
  const lines: [number, number][][] = []
  for (let lon = -180; lon <= 180; lon += GRID_DEGREES) lines.push([[lon, -85], [lon, 85]])
  for (let lat = -80; lat <= 80; lat += GRID_DEGREES) lines.push([[-180, lat], [180, lat]])
  return { type: 'Feature', properties: {}, geometry: { type: 'MultiLineString', coordinates: lines } }
}

const GRID_DEGREES = 5
/** Common to the tile servers in use; beyond it tiles are stretched. */
const TILE_ZOOM_MAX = 18

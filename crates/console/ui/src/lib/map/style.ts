// The map's own picture: sea, land, borders, a grid and towns from files of ours, or the operator's tile server in their place.
//
// Shape: theme, language and tiles in, a style of the map library out. No glyphs are named, so that the library draws every text
// with fonts of the viewer's machine; nothing is asked of another host but tiles that the operator has set.
// Source: MapLibre style specification 8; data by `build/basemap.js`.

import type { FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl'
import type { Locale } from '../i18n.svelte'
import type { Tiles } from '../types/me'
import { PALETTES, type Palette, type Daylight } from './palette'

/** Where the files of the built-in map are. */
export interface BasemapFiles {
  /** Land, borders of states and provinces and a grid, told apart by `kind`. */
  ground: string
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
  const { sources, layers } = picture.tiles ? ofTiles(picture.tiles, picture.theme) : ofFiles(picture, palette)
  return { version: 8, sources, layers }
}

/** What shows where nothing is drawn. */
export function behind(picture: Picture): string {
  const palette = PALETTES[picture.theme]
  return picture.tiles ? palette.land : palette.sea
}

interface Part {
  sources: Record<string, SourceSpecification>
  layers: LayerSpecification[]
}

function ofTiles(tiles: Tiles, theme: Daylight): Part {
  const source: SourceSpecification = { type: 'raster', tiles: [tiles.url], tileSize: 256, maxzoom: TILE_ZOOM_MAX }
  // Tiles are drawn for the day; dimmed, they do not blind at night.
  const night = { 'raster-brightness-max': 0.55, 'raster-saturation': -0.4, 'raster-contrast': 0.1 }
  return {
    sources: { tiles: source },
    layers: [{ id: 'tiles', type: 'raster', source: 'tiles', paint: { 'raster-fade-duration': 0, ...(theme === 'dark' ? night : {}) } }],
  }
}

/**
 * Without a graphics card each pass over all pixels costs a third of a frame. So the sea is the page's own colour behind the map, and what
 * is clipped by tiles is one source, whose tiles are masked once.
 */
function ofFiles({ files, locale }: Picture, palette: Palette): Part {
  const geojson = (data: string): SourceSpecification => ({ type: 'geojson', data, tolerance: 0.4, buffer: 32 })
  const of = (kind: string): FilterSpecification => ['==', ['get', 'kind'], kind]
  return {
    sources: { ground: geojson(files.ground), towns: geojson(files.towns) },
    layers: [
      { id: 'land', type: 'fill', source: 'ground', filter: of('land'), paint: { 'fill-color': palette.land, 'fill-outline-color': palette.shore } },
      { id: 'grid', type: 'line', source: 'ground', filter: of('grid'), paint: { 'line-color': palette.graticule, 'line-width': 0.6 } },
      { id: 'provinces', type: 'line', source: 'ground', filter: of('province'), paint: { 'line-color': palette.border, 'line-width': 0.7, 'line-opacity': 0.7 } },
      {
        id: 'borders',
        type: 'line',
        source: 'ground',
        filter: of('border'),
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

/** Common to the tile servers in use; beyond it tiles are stretched. */
const TILE_ZOOM_MAX = 18

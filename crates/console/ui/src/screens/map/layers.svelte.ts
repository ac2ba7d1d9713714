// Which layers the fleet map shows beside its cars, remembered in this browser; places are asked for when they are first wanted.
//
// Shape: a set of names, applied to a scene. Errors: places that cannot be loaded are told once, and their layer stays off.

import { api } from '../../lib/api'
import type { FleetScene } from '../../lib/fleet/scene'
import { keep, kept } from '../../lib/i18n.svelte'
import { draftOf, type Feature } from '../../lib/places/feature'
import { placeFeatures, placesOverlay } from '../../lib/places/overlay'
import { toasts } from '../../lib/toasts.svelte'
import type { Chart } from '../../lib/map/chart'

export const LAYERS = ['plates', 'fences', 'risks', 'towns'] as const
export type Layer = (typeof LAYERS)[number]

const RISKS = ['black_point', 'tow_lot']
const KEY = 'lw.map.layers'

export class Layers {
  #shown = $state<readonly string[]>((kept(KEY) ?? 'plates,towns').split(','))
  #places = $state.raw<GeoJSON.Feature[] | null>(null)
  #asked = false

  isShown(layer: Layer): boolean {
    return this.#shown.includes(layer)
  }

  toggle(layer: Layer): void {
    this.#shown = this.isShown(layer) ? this.#shown.filter((one) => one !== layer) : [...this.#shown, layer]
    keep(KEY, this.#shown.join(','))
  }

  /** Brings a scene to what is to be shown. Reads state: to be called in an effect. */
  apply(scene: FleetScene | null): void {
    const [fences, risks] = [this.isShown('fences'), this.isShown('risks')]
    if (!scene) return
    scene.showPlates(this.isShown('plates'))
    scene.showTowns(this.isShown('towns'))
    if (fences || risks) void this.#ask()
    drawn(scene.chart, 'fences', fences ? this.#of((kind) => !RISKS.includes(kind)) : [])
    drawn(scene.chart, 'risks', risks ? this.#of((kind) => RISKS.includes(kind)) : [])
  }

  #of(wanted: (kind: string) => boolean): GeoJSON.Feature[] {
    return (this.#places ?? []).filter((feature) => wanted(String(feature.properties?.kind)))
  }

  async #ask(): Promise<void> {
    if (this.#asked) return
    this.#asked = true
    try {
      const { features } = await api.get<{ features: Feature[] }>('/places')
      this.#places = features.flatMap((feature) => {
        const draft = draftOf(feature)
        return typeof draft === 'string' ? [] : placeFeatures(draft)
      })
    } catch (cause) {
      toasts.failed(cause)
    }
  }
}

function drawn(chart: Chart, name: string, features: GeoJSON.Feature[]): void {
  if (features.length > 0 && !chart.has(name)) chart.overlay(placesOverlay(name), 'cars')
  chart.feed(name, features)
}

// The places as the server has them, with the version that was seen: a change is refused where somebody was quicker.
//
// Shape: drafts; `save`, `remove` and `importAll` send them. Errors: `ApiError` as the server says it; a conflict on the same place is an
// answer, not an error. A change of another place is none: the version is of the whole list, so that it is asked again and sent again.

import { api, ApiError, LONG_MS } from '../api'
import { problem } from '../load.svelte'
import { type Draft, draftOf, type Feature, featureOf } from './feature'

export type Outcome = { done: true } | { done: false; theirs: Draft | null }

export class PlaceBook {
  drafts = $state.raw<readonly Draft[]>([])
  loaded = $state(false)
  error = $state.raw<ApiError | null>(null)
  /** Places of a single vehicle say where somebody lives: they are listed for a purpose only. */
  isHiding = $state(false)
  #subject: string | undefined
  #version = ''

  load = async (): Promise<void> => {
    try {
      await this.#read()
      ;[this.loaded, this.error] = [true, null]
    } catch (cause) {
      this.error = problem(cause)
    }
  }

  async showAll(subject: string): Promise<void> {
    this.#subject = subject
    await this.load()
    // Whoever says no purpose sees what was seen before.
    if (this.error?.code === 'purpose_declined') [this.#subject, this.error] = [undefined, null]
  }

  byId(id: string): Draft | undefined {
    return this.drafts.find((draft) => draft.id === id)
  }

  /** `seen` is the place as it was when it was opened; null for a new one. */
  async save(draft: Draft, seen: Draft | null): Promise<Outcome> {
    const feature = featureOf(draft)
    return this.#change(draft.id, seen, () => api.put(`/places/${encodeURIComponent(draft.id)}`, feature, { ifMatch: this.#version }))
  }

  async remove(draft: Draft): Promise<Outcome> {
    return this.#change(draft.id, draft, () => api.delete(`/places/${encodeURIComponent(draft.id)}`, undefined, { ifMatch: this.#version }))
  }

  async importAll(drafts: readonly Draft[], file: string): Promise<void> {
    await api.post('/places:import', { type: 'FeatureCollection', features: drafts.map(featureOf) }, { query: { name: file }, patience_ms: LONG_MS })
    await this.#read()
  }

  async #change(id: string, seen: Draft | null, send: () => Promise<unknown>): Promise<Outcome> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      try {
        await send()
        await this.#read()
        return { done: true }
      } catch (cause) {
        if (!(cause instanceof ApiError) || cause.code !== 'precondition_failed') throw cause
        await this.#read()
        const theirs = this.byId(id) ?? null
        if (!isSame(theirs, seen)) return { done: false, theirs }
      }
    }
    throw new ApiError(412, 'precondition_failed', '', '', null)
  }

  async #read(): Promise<void> {
    const response = await api.raw('GET', '/places', undefined, { subject: this.#subject })
    const { features, of_one_vehicle_hidden } = (await response.json()) as { features: Feature[]; of_one_vehicle_hidden?: boolean }
    this.isHiding = of_one_vehicle_hidden === true
    this.#version = (response.headers.get('etag') ?? '').replace(/^W\//, '').replaceAll('"', '')
    this.drafts = features.flatMap((feature) => {
      const draft = draftOf(feature)
      return typeof draft === 'string' ? [] : [draft]
    })
  }
}

/** By what a person could have changed: who confirmed it and when moves with each save. */
function isSame(one: Draft | null, other: Draft | null): boolean {
  if (!one || !other) return one === other
  return JSON.stringify(featureOf(one)) === JSON.stringify(featureOf(other))
}

/** A list that changes faster than it can be read is no list for people. */
const ATTEMPTS_MAX = 4

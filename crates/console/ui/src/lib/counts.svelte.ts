// The alert counts that the navigation, the tabs and the wall show: asked once, then kept true by the stream.

import { api } from './api'
import { session } from './session.svelte'
import { stream } from './stream.svelte'
import type { AlertCounts } from './types/alerts'

/** Alerts come in bursts: one question for all of them. */
const GATHER_MS = 800

let value = $state<AlertCounts | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined

export const counts = {
  get value(): AlertCounts | null {
    return value
  },
  /** After an action of our own, or a change that the stream told. */
  renew(): void {
    timer ??= setTimeout(async () => {
      timer = undefined
      if (session.me) value = await api.get<AlertCounts>('/alerts/counts').catch(() => value)
    }, GATHER_MS)
  },
  async load(): Promise<void> {
    value = await api.get<AlertCounts>('/alerts/counts').catch(() => value)
  },
}

stream.on<AlertCounts | null>('counts', (told) => {
  if (told?.quiet) value = told
  else counts.renew()
})
stream.on('alert', counts.renew)
stream.on('gone', counts.renew)
stream.on('resync', counts.renew)

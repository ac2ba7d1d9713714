// The back-test that the page shows: the last one that the server has, asked again while it runs.

import { api, ApiError } from '../../lib/api'
import { problem } from '../../lib/load.svelte'
import type { Backtest } from '../../lib/types/rules'

/** As often as a bar has to move to be believed. */
const AGAIN_MS = 1000

export class Trial {
  shown = $state.raw<Backtest | null>(null)
  error = $state.raw<ApiError | null>(null)
  busy = $state(false)
  /** Somebody's was under way already, which is shown instead. */
  overtaken = $state(false)
  #ends = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    $effect(() => {
      void this.find()
      return () => {
        this.#ends = true
        clearTimeout(this.#timer)
      }
    })
  }

  /** Whoever comes back to the page sees what was left. */
  find = async (): Promise<void> => {
    await this.#told(async () => {
      const [last] = (await api.get<{ data: Backtest[] }>('/rules/backtests')).data
      return last ? await api.get<Backtest>(`/rules/backtests/${last.id}`) : null
    })
  }

  begin = async (wish: { toml: string | null; from: string; to: string }): Promise<void> => {
    ;[this.busy, this.overtaken] = [true, false]
    await this.#told(() => api.post<Backtest>('/rules:backtest', wish))
    this.busy = false
    if (this.error?.status === 409) {
      await this.find()
      this.overtaken = true
    }
  }

  cancel = async (): Promise<void> => {
    const id = this.shown?.id
    if (id) await this.#told(() => api.delete<Backtest>(`/rules/backtests/${id}`))
  }

  async #told(ask: () => Promise<Backtest | null>): Promise<void> {
    clearTimeout(this.#timer)
    try {
      ;[this.shown, this.error] = [await ask(), null]
    } catch (cause) {
      this.error = problem(cause)
    }
    if (this.#ends || this.shown?.state !== 'running') return
    const id = this.shown.id
    this.#timer = setTimeout(() => void this.#told(() => api.get<Backtest>(`/rules/backtests/${id}`)), AGAIN_MS)
  }
}

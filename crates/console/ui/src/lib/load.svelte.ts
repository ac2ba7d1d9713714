// What a screen shows of the server: loaded when what it depends on changes, kept while it is loaded anew.
//
// `Loaded` is one answer, `Pages` a list that grows by cursor. Both keep their content on an error and say how old it is, a list only
// while the question is the same.

import { api, ApiError, type Query } from './api'
import type { Listing } from './types/terms'

/** `const counts = new Loaded(() => api.get<AlertCounts>('/alerts/counts'))` in a component: loads at once and whenever state that it reads changes. */
export class Loaded<T> {
  value = $state<T | null>(null)
  error = $state<ApiError | null>(null)
  loading = $state(false)
  /** Local milliseconds of the last answer. */
  at = $state(0)
  #turn = 0
  #ask: (signal: AbortSignal) => Promise<T> | null

  /** A null from `ask` means: nothing to load now. */
  constructor(ask: (signal: AbortSignal) => Promise<T> | null) {
    this.#ask = ask
    $effect(() => {
      const stop = new AbortController()
      void this.#run(stop.signal)
      return () => stop.abort()
    })
  }

  reload = (): Promise<void> => this.#run(new AbortController().signal)

  async #run(signal: AbortSignal): Promise<void> {
    const turn = ++this.#turn
    const asked = this.#ask(signal)
    // Beyond here nothing is tracked: an effect depends on what it reads before its first await.
    if (!asked) return
    await Promise.resolve()
    if (turn !== this.#turn) return void asked.catch(() => {})
    this.loading = true
    try {
      const value = await asked
      if (turn !== this.#turn) return
      ;[this.value, this.error, this.at] = [value, null, Date.now()]
    } catch (cause) {
      if (turn === this.#turn && !signal.aborted) this.error = problem(cause)
    } finally {
      if (turn === this.#turn) this.loading = false
    }
  }
}

export interface Wanted {
  path: string
  query?: Query
  subject?: string
}

/** A list by cursor: `const log = new Pages<PositionRow>(() => ({ path: '/positions', query }))`. */
export class Pages<T> {
  rows = $state<T[]>([])
  as_of = $state<string | null>(null)
  error = $state<ApiError | null>(null)
  loading = $state(false)
  /** The first page has come. */
  loaded = $state(false)
  #next = $state<string | null>(null)
  #turn = 0
  #of: () => Wanted | null
  /** Which question the rows answer. */
  #answered = ''

  /** A null means: nothing to list now. */
  constructor(of: () => Wanted | null) {
    this.#of = of
    $effect(() => {
      const wanted = this.#of()
      void Promise.resolve().then(() => this.#load(wanted, null))
    })
  }

  get has_more(): boolean {
    return this.#next !== null
  }

  reload = (): Promise<void> => this.#load(this.#of(), null)

  more = async (): Promise<void> => {
    if (!this.loading && this.#next) await this.#load(this.#of(), this.#next)
  }

  async #load(wanted: Wanted | null, cursor: string | null): Promise<void> {
    const turn = ++this.#turn
    if (!wanted) {
      ;[this.rows, this.loaded, this.#next] = [[], false, null]
      return
    }
    this.loading = true
    try {
      const page = await api.get<Listing<T>>(wanted.path, { query: { ...wanted.query, cursor }, subject: wanted.subject })
      if (turn !== this.#turn) return
      this.rows = cursor ? [...this.rows, ...page.data] : page.data
      this.#answered = JSON.stringify(wanted)
      ;[this.as_of, this.#next, this.error, this.loaded] = [page.as_of, page.next_cursor, null, true]
    } catch (cause) {
      if (turn !== this.#turn) return
      this.error = problem(cause)
      // Rows of the question before would be taken for the answer to this one.
      if (JSON.stringify(wanted) !== this.#answered) [this.rows, this.loaded, this.#next] = [[], false, null]
    } finally {
      if (turn === this.#turn) this.loading = false
    }
  }
}

export function problem(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause
  return new ApiError(0, 'internal', '', cause instanceof Error ? cause.message : String(cause), null)
}

// The alerts of one tab: loaded by page, kept true by the stream without moving a row under the mouse.
//
// A row that is listed changes in its place, even if it belongs elsewhere now; one that is not waits in `fresh` until somebody asks.

import { onDestroy } from 'svelte'
import { Pages } from '../load.svelte'
import { session } from '../session.svelte'
import { stream } from '../stream.svelte'
import { serverNow } from '../time.svelte'
import type { AlertRow, Tab } from '../types/alerts'
import { emptied, type Listed, theirs } from './listed'

export interface Filter {
  tab: Tab
  severity: string
  rule: string
  vehicle: string
  /** Of those that somebody in this team has. */
  team: string
  q: string
}

const PAGE = 100

export class Alerts {
  pages: Pages<Listed>
  fresh = $state<AlertRow[]>([])
  /** Something changed of which only the server can say whether it belongs here. */
  is_doubtful = $state(false)
  #changed = $state<Record<string, AlertRow>>({})
  #filter: () => Filter

  constructor(filter: () => Filter) {
    this.#filter = filter
    this.pages = new Pages<Listed>(() => ({ path: '/alerts', query: { ...filter(), limit: PAGE } }))
    $effect(() => {
      void JSON.stringify(filter())
      ;[this.fresh, this.is_doubtful, this.#changed] = [[], false, {}]
    })
    onDestroy(stream.on<AlertRow>('alert', this.take))
    onDestroy(stream.on<{ id: string }>('gone', ({ id }) => this.#drop(id)))
    onDestroy(stream.on('resync', this.reload))
  }

  /** What stands in the list, emptied places as well. */
  listed = $derived.by<Listed[]>(() => this.pages.rows.map((row) => this.#changed[row.id] ?? row))
  rows = $derived.by(() => theirs(this.listed))

  get urgent(): boolean {
    return this.fresh.some((row) => row.severity === 'P1')
  }

  reload = (): Promise<void> => {
    ;[this.fresh, this.is_doubtful, this.#changed] = [[], false, {}]
    return this.pages.reload()
  }

  /** No longer theirs to know of: a settled loan, another scope. Its place stays until the list is loaded anew. */
  #drop(id: string): void {
    const { [id]: _, ...others } = this.#changed
    ;[this.pages.rows, this.#changed] = [emptied(this.pages.rows, id), others]
    this.fresh = this.fresh.filter((row) => row.id !== id)
  }

  /** A row as it is now: by the stream, or the answer to an action. */
  take = (row: AlertRow): void => {
    if (this.pages.rows.some((one) => one.id === row.id)) {
      const known = this.#changed[row.id]
      if (!known || known.version <= row.version) this.#changed = { ...this.#changed, [row.id]: row }
      return
    }
    const others = this.fresh.filter((one) => one.id !== row.id)
    const [filter, may_belong] = [this.#filter(), belongs(row, this.#filter())]
    const is_the_servers_to_say = Boolean(filter.q || filter.team)
    this.fresh = may_belong && !is_the_servers_to_say ? [...others, row] : others
    // Who has none is in no team.
    if (may_belong && is_the_servers_to_say && (!filter.team || row.owner)) this.is_doubtful = true
  }
}

export function is_live(row: AlertRow): boolean {
  return row.state === 'open' || row.state === 'acknowledged' || row.state === 'unconfirmed'
}

/** Whether staff have something to say of it: it lives, or ended by itself and waits for a verdict. */
export function is_open(row: AlertRow): boolean {
  return is_live(row) || row.waits_for_verdict
}

/** An owner is named by the id of whom it was assigned to, or by the login name of who acknowledged it. */
function is_mine(row: AlertRow): boolean {
  const me = session.me?.user
  return me !== undefined && (row.owner?.id === me.id || row.owner?.id === me.name)
}

export function is_snoozed(row: AlertRow): boolean {
  return row.snoozed_until !== null && Date.parse(row.snoozed_until) > serverNow()
}

function belongs(row: AlertRow, filter: Filter): boolean {
  if (filter.severity && !filter.severity.split(',').includes(row.severity)) return false
  if (filter.rule && row.rule !== filter.rule) return false
  if (filter.vehicle && row.vehicle?.id !== filter.vehicle) return false
  return in_tab(row, filter.tab)
}

function in_tab(row: AlertRow, tab: Tab): boolean {
  const [live, snoozed] = [is_live(row), is_snoozed(row)]
  switch (tab) {
    case 'open':
      return live && !snoozed
    case 'mine':
      return live && !snoozed && is_mine(row)
    case 'unassigned':
      return live && !snoozed && !row.owner
    case 'snoozed':
      return live && snoozed
    case 'verdict':
      return row.waits_for_verdict
    case 'closed':
      return !live
  }
}

// What staff do with alerts. Each action names the version it saw and can be taken back for ten seconds: what has an opposite is
// done at once and undone by it, a note or a verdict (which has none) is sent when the ten seconds are over.

import { api, ApiError, isPending, LONG_MS, newKey } from '../api'
import { counts } from '../counts.svelte'
import { Draft } from '../draft.svelte'
import { session, whenForgotten, whenLeaving } from '../session.svelte'
import { toasts, UNDO_MS } from '../toasts.svelte'
import type { AlertRow, BulkAction, BulkResult } from '../types/alerts'
import type { Pending, Verdict } from '../types/terms'
import { desk } from '../words/desk'
import { inbox } from '../words/inbox'
import { stillHolds } from './conflict'

/** As many as the server takes in one go. */
const BULK_MAX = 200

type Take = (row: AlertRow) => void

interface Deferred {
  send: (keepalive: boolean) => Promise<void>
  timer: ReturnType<typeof setTimeout>
}

const deferred = new Set<Deferred>()
let closing = $state<Record<string, true>>({})

/** A verdict was given, and may still be taken back. */
export function is_closing(id: string): boolean {
  return closing[id] === true
}

/** What was written for these alerts and this action: another note is another text. */
export function draftFor(action: string, rows: readonly AlertRow[]): Draft {
  return new Draft([action, ...rows.map((row) => row.id).sort()].join(' '))
}

export async function ack(rows: AlertRow[], take: Take): Promise<void> {
  const { done } = await each(rows, 'ack', () => ({}), take)
  if (done.length) toasts.done(inbox.done.ack(done.length), () => each(done, 'unack', () => ({}), take))
}

export async function assign(rows: AlertRow[], user: { id: string; name: string } | null, take: Take): Promise<void> {
  const before = new Map(rows.map((row) => [row.id, row.owner?.id ?? null]))
  const { done } = await each(rows, 'assign', () => ({ user: user?.id ?? null }), take)
  if (!done.length) return
  const text = user ? inbox.done.assign(done.length, user.name) : inbox.done.unassign(done.length)
  toasts.done(text, () => each(done, 'assign', (row) => ({ user: before.get(row.id) ?? null }), take))
}

export async function snooze(rows: AlertRow[], until: string | null, reason: string, take: Take): Promise<void> {
  const before = new Map(rows.map((row) => [row.id, row.snoozed_until]))
  const writer = session.me?.user.id
  const { done, failed } = await each(rows, 'snooze', () => ({ until, reason: reason || undefined }), take)
  restore(writer, 'snooze', failed, reason)
  if (!done.length) return
  toasts.done(inbox.done.snooze(done.length), () => each(done, 'snooze', (row) => ({ until: before.get(row.id) ?? null, reason }), take))
}

export function note(rows: AlertRow[], text: string, take: Take): void {
  defer(inbox.done.note(rows.length), rows, 'note', { note: text }, text, take, () => {})
}

export function close(rows: AlertRow[], reason: Verdict, text: string, take: Take): void {
  const ids = rows.map((row) => row.id)
  mark(ids, true)
  defer(inbox.done.close(rows.length), rows, 'close', { reason, note: text || undefined }, text, take, () => mark(ids, false))
}

function mark(ids: string[], on: boolean): void {
  const rest = Object.entries(closing).filter(([id]) => !ids.includes(id))
  closing = Object.fromEntries([...rest, ...(on ? ids.map((id) => [id, true] as const) : [])])
}

function defer(text: string, rows: AlertRow[], action: BulkAction, body: object, words: string, take: Take, after: () => void): void {
  const writer = session.me?.user.id
  const one: Deferred = {
    async send(keepalive) {
      clearTimeout(one.timer)
      if (!deferred.delete(one)) return
      const { failed } = await each(rows, action, () => body, take, keepalive)
      restore(writer, action, failed, words)
      after()
    },
    timer: setTimeout(() => void one.send(false), UNDO_MS),
  }
  deferred.add(one)
  toasts.done(text, () => {
    clearTimeout(one.timer)
    deferred.delete(one)
    restore(writer, action, rows, words)
    after()
  })
}

/** For whoever wrote it, and nobody who logged in since. */
function restore(writer: string | undefined, action: BulkAction, rows: readonly AlertRow[], words: string): void {
  if (words && rows.length > 0 && writer !== undefined && session.me?.user.id === writer) draftFor(action, rows).restore(words)
}

/** Who leaves the page, or logs out, has not taken it back. */
export async function sendDeferred(keepalive: boolean): Promise<void> {
  await Promise.all([...deferred].map((one) => one.send(keepalive)))
}

addEventListener('pagehide', () => void sendDeferred(true))

/** Whoever logs in next sends nothing in another one's name, and reads nothing of theirs. */
whenForgotten(() => {
  for (const one of deferred) clearTimeout(one.timer)
  deferred.clear()
  ours.clear()
  closing = {}
})
whenLeaving(() => sendDeferred(false))

interface Result {
  /** As they are now. What is pending is in neither. */
  done: AlertRow[]
  failed: AlertRow[]
}

/** Does it to each, one by one or in bulk. */
async function each(rows: AlertRow[], action: BulkAction, body: (row: AlertRow) => object, take: Take, keepalive = false): Promise<Result> {
  const same = new Set(rows.map((row) => JSON.stringify(body(row)))).size === 1
  const result = rows.length > 1 && same && session.may('alerts.assign') ? await in_bulk(rows, action, body(rows[0]!), take) : await one_by_one(rows, action, body, take, keepalive)
  counts.renew()
  return result
}

async function one_by_one(rows: AlertRow[], action: BulkAction, body: (row: AlertRow) => object, take: Take, keepalive: boolean): Promise<Result> {
  const { done, failed }: Result = { done: [], failed: [] }
  for (const row of rows) {
    try {
      const fresh = await upon(row, action, body(row), keepalive)
      if (isPending(fresh)) toasts.say(desk.pending)
      else done.push((take(fresh), fresh))
    } catch (cause) {
      failed.push(row)
      toasts.failed(cause)
      await api.get<AlertRow>(`/alerts/${row.id}`).then(take, () => {})
    }
  }
  return { done, failed }
}

/** Alerts as the last act from this page left them: who writes a note and closes has seen their own note. */
const ours = new Map<string, AlertRow>()

/** Does it on top of what was seen or done from here, or, where the rules alone have changed that since, on top of what there is. */
async function upon(row: AlertRow, action: BulkAction, body: object, keepalive: boolean): Promise<AlertRow | Pending> {
  const send = async (on: AlertRow) => {
    const fresh = await api.post<AlertRow | Pending>(`/alerts/${on.id}/${action}`, body, { ifMatch: on.version, key: newKey(), keepalive })
    if (!isPending(fresh)) ours.set(fresh.id, fresh)
    return fresh
  }
  const left = ours.get(row.id)
  const seen = left && left.version > row.version ? left : row
  try {
    return await send(seen)
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.code !== 'precondition_failed') throw cause
    const fresh = await api.get<AlertRow>(`/alerts/${seen.id}`)
    if (!stillHolds(action, seen, fresh)) throw cause
    return send(fresh)
  }
}

async function in_bulk(rows: AlertRow[], action: BulkAction, body: object, take: Take): Promise<Result> {
  const done: AlertRow[] = []
  try {
    for (let at = 0; at < rows.length; at += BULK_MAX) {
      const part = rows.slice(at, at + BULK_MAX)
      const { results } = await api.post<BulkResult>('/alerts:bulk', { ids: part.map((row) => row.id), action, ...body }, { key: newKey(), patience_ms: LONG_MS })
      const ok = new Set(results.filter((one) => one.status < 300).map((one) => one.id))
      done.push(...part.filter((row) => ok.has(row.id)))
    }
  } catch (cause) {
    toasts.failed(cause)
  }
  // The rows as they are now come by the stream as well; whoever undoes at once needs their versions.
  const fresh = await Promise.all(done.map((row) => api.get<AlertRow>(`/alerts/${row.id}`).catch(() => row)))
  for (const row of fresh) {
    ours.set(row.id, row)
    take(row)
  }
  if (done.length < rows.length) toasts.say(inbox.partly(done.length, rows.length), 'bad')
  const ids = new Set(done.map((row) => row.id))
  return { done: fresh, failed: rows.filter((row) => !ids.has(row.id)) }
}

// What happens now: one server-sent stream for a whole browser, however many tabs are open.
//
// The tab that holds the lock reads the stream and passes each event on; when it closes, the next one goes on from the last event
// id, so that nothing is lost or told twice. Without locks (plain HTTP beyond loopback) each tab reads a stream of its own.
// A reader that was away too long gets `resync`: its lists are loaded anew.

import { address, signedOut } from './api'
import { readEvents } from './events'
import type { Purpose } from './types/terms'

export type Topic = 'alerts' | 'positions' | 'devices' | 'health'
export type StreamState = 'idle' | 'connecting' | 'live' | 'lost'

interface Want {
  topics: Topic[]
  purpose: Purpose | null
}

type Told =
  | { kind: 'event'; event: string; data: string; id: string }
  | { kind: 'state'; state: StreamState; heard: number }
  | { kind: 'want'; tab: string; want: Want }
  | { kind: 'ask' }
  | { kind: 'gone'; tab: string }

/** The server sends a beat each 15 s; two missed ones and some slack. */
const SILENCE_MS_MAX = 35_000
const RETRY_MS: readonly number[] = [500, 1_000, 2_000, 5_000, 10_000, 15_000]
const LOCK = 'lienwatch-stream'

const tab = Math.random().toString(36).slice(2)
const listeners = new Map<string, Set<(data: unknown) => void>>()
const wants = new Map<string, Want>()
const own: { topic: Topic; purpose: Purpose | null }[] = []

let state = $state<StreamState>('idle')
let heard = $state(0)
let channel: BroadcastChannel | null = null
let stop: AbortController | null = null
let reading: AbortController | null = null
let leads = false
let lastId = ''
let reads = ''

export const stream = {
  get state(): StreamState {
    return state
  },
  /** Local milliseconds of the last sign of life. */
  get heard(): number {
    return heard
  },
  /** This tab reads for the others: what a browser should do once is done here. */
  get leads(): boolean {
    return leads
  },
  /** Calls back with each event of a name, until the returned function is called. `resync` and `open` are names as well. */
  on<T>(event: string, then: (data: T) => void): () => void {
    const all = listeners.get(event) ?? new Set()
    listeners.set(event, all)
    all.add(then as (data: unknown) => void)
    return () => void all.delete(then as (data: unknown) => void)
  },
  /** Subscribes to a topic for as long as a screen needs it. Positions are told for a purpose only. */
  want(topic: Topic, purpose: Purpose | null = null): () => void {
    const wanted = { topic, purpose }
    own.push(wanted)
    announce()
    return () => {
      own.splice(own.indexOf(wanted), 1)
      announce()
    }
  },
  open,
  close,
}

function open(): void {
  if (stop) return
  stop = new AbortController()
  state = 'connecting'
  channel = new BroadcastChannel(LOCK)
  channel.onmessage = (message: MessageEvent<Told>) => heardFromTab(message.data)
  tell({ kind: 'ask' })
  announce()
  const until = stop.signal
  if (!navigator.locks) void lead(until)
  else navigator.locks.request(LOCK, { signal: until }, () => lead(until)).catch(() => {})
  addEventListener('pagehide', gone)
}

function close(): void {
  gone()
  stop?.abort()
  channel?.close()
  ;[stop, channel, leads, lastId, state] = [null, null, false, '', 'idle']
  wants.clear()
  removeEventListener('pagehide', gone)
}

function gone(): void {
  tell({ kind: 'gone', tab })
}

function tell(told: Told): void {
  channel?.postMessage(told)
}

function announce(): void {
  const want = { topics: [...new Set(own.map((one) => one.topic))], purpose: own.find((one) => one.purpose)?.purpose ?? null }
  wants.set(tab, want)
  tell({ kind: 'want', tab, want })
  reconsider()
}

function heardFromTab(told: Told): void {
  switch (told.kind) {
    case 'event':
      return take(told.event, told.data, told.id)
    case 'state':
      if (leads) return
      ;[state, heard] = [told.state, told.heard]
      return
    case 'want':
      wants.set(told.tab, told.want)
      return reconsider()
    case 'gone':
      wants.delete(told.tab)
      return reconsider()
    case 'ask':
      tell({ kind: 'want', tab, want: wants.get(tab) ?? { topics: [], purpose: null } })
      if (leads) tell({ kind: 'state', state, heard })
  }
}

/** If tabs want something else than what is read, reads anew from the last event on. */
function reconsider(): void {
  if (leads && stream_of(wants.values()) !== reads) reading?.abort('wanted')
}

function stream_of(all: Iterable<Want>): string {
  const topics = new Set<Topic>(['alerts', 'health'])
  let purpose: Purpose | null = null
  for (const want of all) {
    for (const topic of want.topics) topics.add(topic)
    purpose ??= want.purpose
  }
  if (!purpose) topics.delete('positions')
  return address('/stream', { topics: [...topics].sort().join(','), purpose: topics.has('positions') ? purpose : null })
}

/** Reads the stream until told to stop, again and again. */
async function lead(until: AbortSignal): Promise<void> {
  leads = true
  let failures = 0
  while (!until.aborted) {
    reading = new AbortController()
    reads = stream_of(wants.values())
    const began = Date.now()
    try {
      await readEvents(reads, lastId, AbortSignal.any([until, reading.signal]), SILENCE_MS_MAX, alive, take_and_tell)
    } catch {
      // The reasons are many and the cure is one: again, a little later.
    }
    if (until.aborted) return
    if (reading.signal.reason === 'wanted') continue
    failures = Date.now() - began > SILENCE_MS_MAX ? 0 : failures + 1
    move('lost')
    await pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0, until)
  }
}

function alive(): void {
  heard = Date.now()
  move('live')
}

function move(next: StreamState): void {
  if (next === 'live' && state !== 'live') for (const then of listeners.get('open') ?? []) then(null)
  state = next
  tell({ kind: 'state', state, heard })
}

function take_and_tell(event: string, data: string, id: string): void {
  tell({ kind: 'event', event, data, id })
  take(event, data, id)
}

function take(event: string, data: string, id: string): void {
  if (id && !is_news(id)) return
  if (id) lastId = id
  // The session ended while the stream was open.
  if (event === 'end') signedOut()
  const all = listeners.get(event)
  if (!all?.size) return
  const value: unknown = data ? JSON.parse(data) : null
  for (const then of [...all]) then(value)
}

/** Ids are `EPOCH-A.B`: within an epoch no part falls, and one grows. */
function is_news(id: string): boolean {
  const [epoch, parts] = split(id)
  const [lastEpoch, lastParts] = split(lastId)
  return epoch !== lastEpoch || parts.some((part, index) => part > (lastParts[index] ?? -1))
}

function split(id: string): [string, number[]] {
  const dash = id.lastIndexOf('-')
  return [id.slice(0, dash), id.slice(dash + 1).split('.').map(Number)]
}

function pause(length_ms: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, length_ms)
    until.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}

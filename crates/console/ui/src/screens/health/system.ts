// What `GET /system` tells, as the health page reads it.
// Shape: the desk's contract. Units: in the names; times RFC 3339 UTC. Errors: none. Source: DESIGN.md §3, ux.md §4 screen 12.

import type { Span } from './coverage'

export interface Stage {
  name: string
  ok: boolean
  lag_s: number | null
  detail: string | null
}

export interface Outage {
  id: string
  kind: string
  name: string
  opened_at: string
  cleared_at: string | null
  devices: number
}

export interface System {
  ready: boolean
  stages: Stage[]
  coverage: Span[]
  coverage_from: string | null
  gaps: Array<Span & { reason: string | null }>
  outbox: { receiver: boolean; pending: number; failed: number; oldest_s: number | null; last_delivered_at: string | null }
  journal: { bytes: number; max: number | null }
  store: { kind: string }
  sessions: number
  terminals: number
  books: Array<{ lender: string; as_of: string; age_h: number; stale: boolean }>
  listeners: Array<{ address: string; protocols: string[] }>
  version: string
  clock: { system: boolean; factor: number; now: string }
  outages: Outage[]
  rules: { last_tick: string | null; vehicles: number }
  /** Vehicles with a device on them of which nothing was ever heard; older servers do not say. */
  unheard_vehicles?: number
}

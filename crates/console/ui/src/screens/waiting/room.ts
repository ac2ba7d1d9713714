// What `GET /waiting` tells, and what there is to do by it.
// Shape: the room → what one device waits for, and how many others wait for a person. Units: RFC 3339. Errors: none; a lamp that is not told
// of is off. Source: ux.md §2.3.

import type { Lang, Time } from '../../lib/types/terms'
import type { Told } from './lamps'

/** How far a device has come. */
export type Standing = 'unheard' | 'quarantined' | 'rejected' | 'approved' | 'bound' | 'fixed'

/** A device that was heard. */
export interface Arrival {
  terminal: string
  standing: Standing
  vehicle: string | null
  plate: string | null
  first_seen: Time | null
  last_heard_at: Time | null
  first_fix_at: Time | null
}

/** A connection that came to nothing, or only as far as the quarantine. */
export interface Attempt {
  at: Time
  peer: string
  terminal?: string | null
  ok?: boolean
  reason: { code: string } & Lang
}

export interface WaitingRoom {
  listeners: { address: string; protocols: string[]; sms: { model: string; text: string }[] }[]
  /** Whose lamps these are. */
  device: Arrival | null
  lamps: Partial<Record<'listening' | 'bytes' | 'frame' | 'approved' | 'fix', Told>>
  arrivals: Arrival[]
  unapproved: number
  attempts: Attempt[]
}

export interface Next {
  /** What is waited for: of the ports while nothing comes in, then how far the device has come. */
  step: 'listening' | 'bytes' | 'frame' | Standing
  /** How many others wait for somebody to approve them. */
  others: number
  /** Nobody has anything to do. */
  done: boolean
}

/** What to do next. All is well only where no other device waits: it may be the one that somebody stands beside. */
export function next(room: WaitingRoom): Next {
  const { device, lamps, unapproved } = room
  const others = Math.max(0, unapproved - (device?.standing === 'quarantined' ? 1 : 0))
  const step = !lit(lamps.listening) ? 'listening' : !lit(lamps.bytes) ? 'bytes' : (device?.standing ?? 'frame')
  return { step, others, done: step === 'fixed' && others === 0 }
}

/** Connections of which no device came that is listed. */
export function failed(room: WaitingRoom): Attempt[] {
  const listed = new Set(room.arrivals.map(({ terminal }) => terminal))
  return room.attempts.filter(({ terminal }) => terminal == null || !listed.has(terminal))
}

/** Attempts that came to something; older servers say so by the code alone. */
export function wentWell(attempt: Attempt): boolean {
  return attempt.ok ?? WELL.has(attempt.reason.code)
}

function lit(lamp: Told | undefined): boolean {
  return typeof lamp === 'object' ? lamp.on : (lamp ?? false)
}

const WELL: ReadonlySet<string> = new Set(['ok', 'frame', 'understood'])

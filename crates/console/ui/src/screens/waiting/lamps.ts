// The five lamps of the waiting room and which one is waited for.
// Shape: the API's lamps → steps in order. A lamp is a bare yes or no, or one with its moment. Units: RFC 3339.
// Errors: none; a lamp that is not told of is off. Source: ux.md §2.3.

import type { Lang, Time } from '../../lib/types/terms'

export const LAMPS = ['listening', 'bytes', 'frame', 'approved', 'fix'] as const
export type LampName = (typeof LAMPS)[number]

type Told = boolean | { on: boolean; at: Time | null }

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
  lamps: Partial<Record<LampName, Told>>
  attempts: Attempt[]
}

export interface Step {
  name: LampName
  state: 'on' | 'next' | 'off'
  at: Time | null
}

/** The steps; the first that is not there yet is the one that is waited for. */
export function steps(lamps: WaitingRoom['lamps']): Step[] {
  const told = LAMPS.map((name) => ({ name, ...lamp(lamps[name]) }))
  const waited = told.find((step) => !step.on)?.name
  return told.map(({ name, on, at }) => ({ name, at, state: on ? 'on' : name === waited ? 'next' : 'off' }))
}

function lamp(told: Told | undefined): { on: boolean; at: Time | null } {
  if (typeof told === 'object') return told
  return { on: told ?? false, at: null }
}

/** Attempts that came to something; older servers say so by the code alone. */
export function wentWell(attempt: Attempt): boolean {
  return attempt.ok ?? WELL.has(attempt.reason.code)
}

const WELL: ReadonlySet<string> = new Set(['ok', 'frame', 'understood'])

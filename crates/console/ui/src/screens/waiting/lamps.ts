// The five lamps of the waiting room and which one is waited for: two are the ports', three are one device's.
// Shape: the API's lamps → steps in order. A lamp is a bare yes or no, or one with its moment. Units: RFC 3339.
// Errors: none; a lamp that is not told of is off. Source: ux.md §2.3.

import type { Time } from '../../lib/types/terms'

export const LAMPS = ['listening', 'bytes', 'frame', 'approved', 'fix'] as const
export type LampName = (typeof LAMPS)[number]

export type Told = boolean | { on: boolean; at: Time | null }

export interface Step {
  name: LampName
  state: 'on' | 'next' | 'off'
  at: Time | null
}

/** The steps; the first that is not there yet is the one that is waited for. */
export function steps(lamps: Partial<Record<LampName, Told>>): Step[] {
  const told = LAMPS.map((name) => ({ name, ...lamp(lamps[name]) }))
  const waited = told.find((step) => !step.on)?.name
  return told.map(({ name, on, at }) => ({ name, at, state: on ? 'on' : name === waited ? 'next' : 'off' }))
}

function lamp(told: Told | undefined): { on: boolean; at: Time | null } {
  if (typeof told === 'object') return told
  return { on: told ?? false, at: null }
}

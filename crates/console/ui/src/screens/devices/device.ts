// A device as its page reads it.
// Shape: the desk's contract. Units: RFC 3339. Errors: none; what an older server does not tell is optional.
// Source: DESIGN.md §4 (bindings, quarantine), README "Tell a terminal something".

import type { Time } from '../../lib/types/terms'
import type { DeviceRow } from '../../lib/types/devices'
import type { Binding } from '../../lib/types/vehicles'
import type { CommandBody } from './command'

export type Role = 'main' | 'backup'
export const ROLES: readonly Role[] = ['main', 'backup']

/** Who says what holds of a terminal. */
export type By = 'profile' | 'model' | 'protocol'

export interface Profile {
  model: string | null
  model_label?: string | null
  model_by?: By
  timezone: string | null
  timezone_by?: By
  checksum: string | null
  checksum_by?: By
  acknowledgement: string | null
  acknowledgement_by?: By
}

/** What can be stated of a terminal; what is not is as its model has it. */
export const HABITS = ['model', 'timezone', 'checksum', 'acknowledgement'] as const
/** '' = left to the model, as a list to choose from says it. */
export type Habits = Record<(typeof HABITS)[number], string>

export interface Device extends DeviceRow {
  bindings: Binding[]
  profile: Profile | null
  models?: { code: string; label: string }[]
  commands?: string[]
  counters: Record<string, number>
}

export interface Waiting {
  terminal: string
  protocol: string
  model?: string | null
  iccid?: string | null
  first_seen: Time
  last_seen: Time
  frames: number
  source: string | null
  /** A corner of a grid so coarse that it says a town, not a street. */
  last_area: { lat: number; lon: number; km: number } | string | null
  suggested?: { vehicle: string; plate: string | null } | null
}

export interface CommandRow {
  id: string
  terminal: string
  command: CommandBody | string
  state: string
  requested_at: Time
  requested_by: string | null
  state_at?: Time | null
  steps?: { state: string; at: Time }[]
  answer?: string | null
  /** It holds a place, and nobody said why they want to see it. */
  answer_hidden?: boolean
  reason?: string | null
}

/** The binding in force at a moment. */
export function inForce(bindings: readonly Binding[], now: number): Binding | null {
  return bindings.find(({ from, to }) => Date.parse(from) <= now && (to === null || now < Date.parse(to))) ?? null
}

/** What somebody stated of a terminal. */
export function statedOf(profile: Profile | null): Habits {
  return habitsBy((habit) => (profile?.[`${habit}_by`] === 'profile' ? (profile[habit] ?? '') : ''))
}

/** Fields after they were told anew: what was not touched since it was seen follows, what was touched stays. */
export function followed(chosen: Habits, seen: Habits, told: Habits): Habits {
  return habitsBy((habit) => (chosen[habit] === seen[habit] ? told[habit] : chosen[habit]))
}

function habitsBy(of: (habit: keyof Habits) => string): Habits {
  return { model: of('model'), timezone: of('timezone'), checksum: of('checksum'), acknowledgement: of('acknowledgement') }
}

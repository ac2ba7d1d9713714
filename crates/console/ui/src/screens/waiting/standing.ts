// How far a device has come that is among the last connections: an attempt is noted once, and what it waited for may have been done since.
// Shape: attempts → the terminals to ask for; a device's row → its standing. Units: RFC 3339. Errors: none. Source: ux.md §2.3.

import type { DeviceRow } from '../../lib/types/devices'
import type { Attempt } from './lamps'

/** Bound is approved and on a vehicle; what it said before that is no fix of the vehicle's. */
export type Standing = 'quarantined' | 'rejected' | 'approved' | 'bound' | 'fixed'

export type Device = Pick<DeviceRow, 'terminal' | 'status' | 'vehicle' | 'plate' | 'last_fix_at'>

export function standingOf({ status, vehicle, last_fix_at }: Device): Standing {
  if (status === 'rejected') return 'rejected'
  if (status !== 'approved') return 'quarantined'
  if (last_fix_at) return 'fixed'
  return vehicle ? 'bound' : 'approved'
}

/** The terminals that were noted as waiting for approval; whoever has its first fix has nothing more to reach. */
export function toAskFor(attempts: readonly Attempt[], known: ReadonlyMap<string, Device>): string[] {
  const noted = attempts.filter((attempt) => attempt.reason.code === UNAPPROVED).map(({ terminal }) => terminal)
  const open = noted.filter((terminal) => {
    const device = terminal ? known.get(terminal) : undefined
    return !device || standingOf(device) !== 'fixed'
  })
  return [...new Set(open.filter((terminal) => terminal != null))]
}

const UNAPPROVED = 'unapproved'

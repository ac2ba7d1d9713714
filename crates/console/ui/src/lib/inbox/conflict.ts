// Whether what somebody decided still holds of an alert that has changed in the ten seconds in which they could take it back.
//
// Shape: the alert as it was seen and as it is now in, a claim out. What the rules did (a condition that is over, one more look) changes
// nothing of what a person decided; what another person did, and what has become graver, does. Errors: none.

import type { AlertRow } from '../types/alerts'

/** An alert that goes on. */
const LIVE: ReadonlySet<string> = new Set(['unconfirmed', 'open', 'acknowledged'])

export function stillHolds(action: string, seen: AlertRow, fresh: AlertRow): boolean {
  // A note stands beside whatever else was written.
  if (action === 'note') return true
  return (
    action === 'close' &&
    LIVE.has(fresh.state) &&
    fresh.state === seen.state &&
    fresh.severity === seen.severity &&
    fresh.owner?.id === seen.owner?.id &&
    fresh.snoozed_until === seen.snoozed_until &&
    fresh.notes === seen.notes
  )
}

// Whether silence can be trusted just now, in one verdict with the reason that weighs most.
// Shape: GET /system → Verdict; what else is doubtful comes with it. Units: seconds, hours. Errors: none; a part that is not told of counts as not in order.
// Source: DESIGN.md promise 3; README "A book states nothing once it is 26 hours old".

import type { System } from './system'

export interface Doubt {
  why: 'deaf_lately' | 'outage' | 'books' | 'outbox' | 'clock' | 'young' | 'unheard' | 'no_receiver'
  count: number
}

export type Verdict =
  | { trust: 'no'; why: 'not_listening' | 'journal' | 'store' | 'fold'; seconds: number }
  | { trust: 'partly'; doubts: Doubt[] }
  | { trust: 'yes'; since: string | null }

/** The gravest reason first: what makes silence mean nothing at all, then what makes some of it doubtful. */
export function verdict(system: System, now: number): Verdict {
  const broken = system.stages.find((stage) => !stage.ok && NEEDED.has(stage.name))
  if (broken) return { trust: 'no', why: NEEDED.get(broken.name) ?? 'fold', seconds: broken.lag_s ?? 0 }
  const doubts = doubtsOf(system, now)
  if (doubts.length > 0) return { trust: 'partly', doubts }
  return { trust: 'yes', since: system.gaps.at(-1)?.to ?? system.coverage_from ?? null }
}

function doubtsOf(system: System, now: number): Doubt[] {
  const all: Doubt[] = [
    { why: 'clock', count: system.clock.system ? 0 : 1 },
    { why: 'outage', count: system.outages.filter((outage) => !outage.cleared_at).length },
    { why: 'deaf_lately', count: deafMinutes(system, now) },
    { why: 'unheard', count: system.unheard_vehicles ?? 0 },
    { why: 'books', count: system.books.filter((book) => book.stale).length },
    { why: 'outbox', count: system.outbox.failed },
    { why: 'young', count: youngMinutes(system, now) },
    { why: 'no_receiver', count: system.outbox.receiver ? 0 : 1 },
  ]
  return all.filter(({ count }) => count > 0)
}

/** Minutes since the server first listened, of its first day: a rule that waits for hours has had nothing to wait for. */
function youngMinutes(system: System, now: number): number {
  const listens = system.coverage_from ? now - Date.parse(system.coverage_from) : 0
  return listens < DAY_MS ? Math.max(1, Math.ceil(listens / MINUTE_MS)) : 0
}

/** Minutes of the last day in which nobody listened. */
function deafMinutes(system: System, now: number): number {
  const since = now - DAY_MS
  const deaf = system.gaps
    .map(({ from, to }) => Math.min(Date.parse(to), now) - Math.max(Date.parse(from), since))
    .filter((ms) => ms > 0)
    .reduce((sum, ms) => sum + ms, 0)
  return Math.ceil(deaf / MINUTE_MS)
}

/** Without these no alert can be raised, so none means nothing. */
const NEEDED: ReadonlyMap<string, 'not_listening' | 'journal' | 'store' | 'fold'> = new Map([
  ['listeners', 'not_listening'],
  ['ingest', 'not_listening'],
  ['journal', 'journal'],
  ['fold', 'fold'],
  ['store', 'store'],
])
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

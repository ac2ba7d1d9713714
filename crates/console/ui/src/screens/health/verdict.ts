// Whether silence can be trusted just now, in one verdict with the reason that weighs most.
// Shape: GET /system → Verdict. Units: seconds, hours. Errors: none; a part that is not told of counts as not in order.
// Source: DESIGN.md promise 3; README "A book states nothing once it is 26 hours old".

import type { System } from './system'

export type Verdict =
  | { trust: 'no'; why: 'not_listening' | 'journal' | 'store' | 'fold'; seconds: number }
  | { trust: 'partly'; why: 'deaf_lately' | 'outage' | 'books' | 'outbox' | 'clock'; count: number }
  | { trust: 'yes'; since: string | null }

/** The gravest reason first: what makes silence mean nothing at all, then what makes some of it doubtful. */
export function verdict(system: System, now: number): Verdict {
  const broken = system.stages.find((stage) => !stage.ok && NEEDED.has(stage.name))
  if (broken) return { trust: 'no', why: NEEDED.get(broken.name) ?? 'fold', seconds: broken.lag_s ?? 0 }
  const doubts: Array<[reason: Extract<Verdict, { trust: 'partly' }>['why'], count: number]> = [
    ['clock', system.clock.system ? 0 : 1],
    ['outage', system.outages.filter((outage) => !outage.cleared_at).length],
    ['deaf_lately', deafMinutes(system, now)],
    ['books', system.books.filter((book) => book.stale).length],
    ['outbox', system.outbox.failed],
  ]
  const doubt = doubts.find(([, count]) => count > 0)
  if (doubt) return { trust: 'partly', why: doubt[0], count: doubt[1] }
  return { trust: 'yes', since: system.gaps.at(-1)?.to ?? system.coverage_from ?? null }
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

// What the server says of a stage in English, in the viewer's language. Shape: its sentence → ours; null where it says something new.

import { word } from '../../lib/i18n.svelte'
import { health } from '../../lib/words/health'

export function detailOf(detail: string): string | null {
  for (const [pattern, words] of SENTENCES) {
    const found = pattern.exec(detail)
    if (found) return words(...found.slice(1))
  }
  return Object.hasOwn(health.kinds, detail) ? word(health.kinds, detail) : null
}

const SENTENCES: ReadonlyArray<[RegExp, (...parts: string[]) => string]> = [
  [/^(\d+) ports?$/, (n = '') => health.detail.ports(n)],
  [/^(\d+) in flight$/, (n = '') => health.detail.in_flight(n)],
  [/^ok, (\d+) of (\d+) queued$/, (n = '', max = '') => health.detail.queued(n, max)],
  [/^(\d+) inputs? behind$/, (n = '') => health.detail.behind(n)],
  [/^(\d+) pending, (\d+) failed$/, (n = '', failed = '') => health.detail.pending(n, failed)],
  [/^no receiver is configured, (\d+) waits?$/, (n = '') => health.detail.no_receiver(n)],
]

// What the position log shows, as it stands in the address.
// Shape: address query ⇄ Filter → query of the API. Units: times RFC 3339 UTC; in the form the viewer's zone.
// Errors: what does not read is left out, so that a mangled link still opens. Source: ux.md §4 ("URL holds all filter state").

import { edgeOf } from '../../lib/track/days'

export interface Filter {
  /** A terminal's number, or a plate or VIN. */
  who: string
  from: string
  to: string
  late: boolean
  rejected: boolean
  duplicate: boolean
}

export const EVERYTHING: Filter = { who: '', from: '', to: '', late: false, rejected: false, duplicate: false }
const INCLUDED = ['late', 'rejected', 'duplicate'] as const

/** Reads the address. Both `terminal` and `vehicle` are understood, as other screens link by either. */
export function fromAddress(query: URLSearchParams, zone: string): Filter {
  const included = new Set((query.get('include') ?? '').split(','))
  return {
    who: query.get('terminal') ?? query.get('vehicle') ?? '',
    from: edgeOf(query.get('from'), 'from', zone),
    to: edgeOf(query.get('to'), 'to', zone),
    late: included.has('late'),
    rejected: included.has('rejected'),
    duplicate: included.has('duplicate'),
  }
}

/** As the address and the API have it: the same words, so that a link can be turned into a request by hand. */
export function toQuery(filter: Filter): URLSearchParams {
  const query = new URLSearchParams()
  const who = filter.who.trim()
  if (who) query.set(isTerminal(who) ? 'terminal' : 'vehicle', who)
  if (filter.from) query.set('from', filter.from)
  if (filter.to) query.set('to', filter.to)
  const included = INCLUDED.filter((kind) => filter[kind])
  if (included.length > 0) query.set('include', included.join(','))
  return query
}

/** As the API is asked: the newest first, which receptions that were not stored cannot be; those come as they were received. */
export function toAsk(filter: Filter): Record<string, string> {
  const query = Object.fromEntries(toQuery(filter))
  return byReception(filter) ? query : { ...query, order: 'desc' }
}

export const byReception = (filter: Filter): boolean => filter.rejected || filter.duplicate

/** Digits only, and as long as an IMEI or a JT/T 808 number: a terminal. Plates and VINs have letters. */
export function isTerminal(text: string): boolean {
  return /^\d{6,20}$/.test(text)
}

/** For `<input type="datetime-local">`: the viewer's wall clock, to the minute. */
export function toLocal(utc: string): string {
  if (!utc) return ''
  const at = new Date(utc)
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * MINUTE_MS)
  return shifted.toISOString().slice(0, LOCAL_LENGTH)
}

/** From the viewer's wall clock. */
export function fromLocal(local: string): string {
  const at = Date.parse(local)
  return Number.isNaN(at) ? '' : new Date(at).toISOString()
}

/** The last so many hours before `now`, open at the end: new rows keep coming. */
export function lastHours(filter: Filter, hours: number, now: Date): Filter {
  return { ...filter, from: new Date(now.getTime() - hours * HOUR_MS).toISOString(), to: '' }
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const LOCAL_LENGTH = 'YYYY-MM-DDTHH:MM'.length

// What the fleet map shows, as its address says it: a filter that is not in the address is lost with the tab.
//
// Shape: the query of an address to filters and back. Days past due, whole. Errors: what an address says wrongly is no filter.

import type { Severity, VehicleState } from '../types/terms'
import { SEVERITIES, STATES, type Car } from './cars'

export interface Filters {
  /** At least so many days past due; null shows current loans also. */
  dpdMin: number | null
  states: readonly VehicleState[]
  severities: readonly Severity[]
  /** Part of a plate. */
  plate: string
}

type Query = Readonly<Record<string, string | null | undefined>>

export const NO_FILTERS: Filters = { dpdMin: null, states: [], severities: [], plate: '' }

/** First day past due; when staff call (6); the months; severe. */
export const DPD_STEPS = [1, 6, 31, 61, 91] as const

export function readFilters(query: Query): Filters {
  const dpd = Number(query.dpd_min ?? NaN)
  return {
    dpdMin: Number.isInteger(dpd) && dpd > 0 ? dpd : null,
    states: listed(STATES, query.state),
    severities: listed(SEVERITIES, query.severity),
    plate: query.q ?? '',
  }
}

/** As the address holds them; null takes a part out of it. */
export function writeFilters(filters: Filters): Record<string, string | null> {
  return {
    dpd_min: filters.dpdMin === null ? null : String(filters.dpdMin),
    state: filters.states.join(',') || null,
    severity: filters.severities.join(',') || null,
    q: filters.plate.trim() || null,
  }
}

/** Whether a car is shown. */
export function passes(car: Car, filters: Filters): boolean {
  const dpd = filters.dpdMin === null || (car.dpd ?? 0) >= filters.dpdMin
  const state = filters.states.length === 0 || filters.states.includes(car.state)
  const severity = filters.severities.length === 0 || (car.severity !== null && filters.severities.includes(car.severity))
  return dpd && state && severity && plateHolds(car.plate, filters.plate)
}

export const isFiltered = (filters: Filters): boolean => Object.values(writeFilters(filters)).some((part) => part !== null)

/** Full-width digits and small letters are typed as often as not. */
export function plateHolds(plate: string, part: string): boolean {
  return bare(plate).includes(bare(part))
}

const bare = (text: string): string => text.normalize('NFKC').replace(/[\s·•-]/g, '').toUpperCase()

function listed<T extends string>(known: readonly T[], text: string | null | undefined): T[] {
  const named = new Set((text ?? '').split(','))
  return known.filter((one) => named.has(one))
}

// In which order the list beside the fleet map names cars, and what a heap of them is marked with: the worst first.
//
// Shape: cars in, a rank or a sorted list out. Pure. Errors: none.

import type { Severity } from '../types/terms'
import type { Car } from './cars'
import type { Box } from '../map/geometry'

/** The graver, the more: what a cluster shows of all its cars. */
export function rankOf(severity: Severity | null): number {
  return severity === null ? 0 : RANKS[severity]
}

export function severityOfRank(rank: number): Severity | null {
  const found = Object.entries(RANKS).find(([, of]) => of === rank)
  return found ? (found[0] as Severity) : null
}

/** Gravest alert, then most days past due, then the plate, so that equal cars do not swap places. */
export function byRisk(one: Car, other: Car): number {
  return (
    rankOf(other.severity) - rankOf(one.severity) ||
    (other.dpd ?? -1) - (one.dpd ?? -1) ||
    (one.plate < other.plate ? -1 : one.plate > other.plate ? 1 : 0)
  )
}

/** The cars in what the map shows, the worst first. */
export function listed(cars: Iterable<Car>, box: Box): Car[] {
  const within: Car[] = []
  for (const car of cars) {
    if (car.lon >= box.west && car.lon <= box.east && car.lat >= box.south && car.lat <= box.north) within.push(car)
  }
  return within.sort(byRisk)
}

const RANKS: Record<Severity, number> = { P1: 4, P2: 3, P3: 2, P4: 1 }

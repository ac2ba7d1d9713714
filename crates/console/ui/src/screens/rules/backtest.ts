// A back-test as its part of the page works with it.
// Shape: days in, times of the desk's contract out; figures in, shares of the longest bar out. Units: days of the viewer's zone; alerts.
// Errors: none. Source: ux.md §4 screen 8.

import { dayOf, dayPlus, isDay, spanOf } from '../../lib/track/days'
import type { BacktestFigures, BacktestResult, BacktestRule } from '../../lib/types/rules'

export interface Days {
  first: string
  last: string
}

/** The last seven days, today among them. */
export function lastWeek(now: number, zone: string): Days {
  const last = dayOf(now, zone)
  return { first: dayPlus(last, 1 - WEEK), last }
}

/** From the first midnight to the last; null where that is no window that the server takes. */
export function windowOf({ first, last }: Days, zone: string): { from: string; to: string } | null {
  if (!isDay(first) || !isDay(last) || last < first || dayPlus(first, DAYS_MAX) <= last) return null
  return { from: new Date(spanOf(first, zone).from).toISOString(), to: new Date(spanOf(last, zone).to).toISOString() }
}

/** More or fewer by the rules that were tried; null where nothing was held against them. */
export function change(rule: BacktestRule): number | null {
  return rule.in_force ? rule.tried.alerts - rule.in_force.alerts : null
}

export const signed = (number: number): string => (number > 0 ? `+${number}` : number < 0 ? `−${-number}` : '±0')

/** The longest bar of a result. */
export function longest(result: BacktestResult): number {
  return Math.max(1, ...result.rules.flatMap((rule) => [rule.tried.alerts, rule.in_force?.alerts ?? 0]))
}

export function longestDay(result: BacktestResult): number {
  return Math.max(1, ...result.days.flatMap((day) => [day.tried, day.in_force ?? 0]))
}

/** Staff said something of these alerts. */
export const isJudged = (figures: BacktestFigures): boolean => figures.precision !== null && figures.precision_n > 0

const WEEK = 7
/** The server takes 92 days; the hour that a zone may win or lose within them is left to it. */
const DAYS_MAX = 91

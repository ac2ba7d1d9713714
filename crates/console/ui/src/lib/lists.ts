// Short lists come bare or as a page of a listing; both are a list. And how a cursor goes through one.

import type { Listing } from './types/terms'

export const listOf = <T>(answer: readonly T[] | Listing<T> | null | undefined): readonly T[] => {
  if (!answer) return []
  return 'data' in answer ? answer.data : answer
}

/** Where a cursor stands after so many steps over what it does not skip; the end where there are no more, -1 where there are none. */
export function stepped<T>(rows: readonly T[], at: number, step: number, skips: (row: T) => boolean): number {
  const open = rows.flatMap((row, place) => (skips(row) ? [] : [place]))
  if (at < 0) return open[0] ?? -1
  // From a place that is skipped itself, the first step is onto the next one that is not.
  const ahead = step < 0 ? open.filter((place) => place < at).reverse() : open.filter((place) => place > at)
  const wanted = ahead[Math.min(Math.abs(step), ahead.length) - 1]
  if (wanted !== undefined) return wanted
  return open.includes(at) ? at : ((step < 0 ? open[0] : open.at(-1)) ?? -1)
}

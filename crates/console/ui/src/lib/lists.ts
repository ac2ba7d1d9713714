// Short lists come bare or as a page of a listing; both are a list.

import type { Listing } from './types'

export const listOf = <T>(answer: readonly T[] | Listing<T> | null | undefined): readonly T[] => {
  if (!answer) return []
  return 'data' in answer ? answer.data : answer
}

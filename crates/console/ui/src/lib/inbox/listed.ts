// The rows of the inbox as they stand: alerts, and the places of those that are no longer the reader's to see.
//
// Shape: rows and an id → rows, as many as before: a list never jumps under the pointer. What stood in an emptied place is not kept.
// Errors: none; an id that is not listed changes nothing.

import type { AlertRow } from '../types/alerts'

export interface Gone {
  id: string
  is_gone: true
}

export type Listed = AlertRow | Gone

export function isGone(row: Listed): row is Gone {
  return 'is_gone' in row
}

export function emptied(rows: readonly Listed[], id: string): Listed[] {
  return rows.map((row) => (row.id === id ? { id, is_gone: true } : row))
}

/** What can be acted on, ticked and opened. */
export function theirs(rows: readonly Listed[]): AlertRow[] {
  return rows.filter((row): row is AlertRow => !isGone(row))
}

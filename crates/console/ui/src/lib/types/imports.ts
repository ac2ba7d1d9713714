// Files of loans, bindings and events.

import type { Lang, Time } from './terms'

export interface ImportRow {
  id: string
  kind: 'loans' | 'bindings' | 'events'
  lender?: string
  as_of?: Time
  state?: string
  by?: string
  at?: Time
  rows: number
  accepted: number
  rejected: { row: number; column: string | null; code: string; text: Lang }[]
  diff: { new: number; changed: number; gone: number; becomes_overdue: number; settled: number; current: number }
  guards: { code: string; text: Lang }[]
}

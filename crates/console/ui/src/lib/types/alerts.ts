// Alerts: in the list, with their reasons, and what is done with many.

import type { AlertState, Hold, Lang, Severity, Time } from './terms'

export type Tab = 'open' | 'mine' | 'unassigned' | 'snoozed' | 'verdict' | 'closed'

export interface AlertRow {
  id: string
  rule: string
  rule_name: Lang
  severity: Severity
  state: AlertState
  reason_name: Lang | null
  version: number
  vehicle: { id: string; plate: string | null } | null
  about: { kind: 'vehicle' | 'lender' | 'group' | 'place'; label: string }
  contract: string | null
  lender: string | null
  days_past_due: number | null
  bucket: string | null
  /** Smallest unit of the currency. */
  principal_outstanding: number | null
  amount_overdue: number | null
  text: Lang
  /** Whose clock `text` goes by. */
  time_zone: string
  opened_at: Time
  event_time: Time
  state_since: Time
  cleared_at: Time | null
  waits_for_verdict: boolean
  owner: { id: string; name: string } | null
  owner_since: Time | null
  snoozed_until: Time | null
  notes: number
  repeats: number
}

export interface AlertCounts {
  open: number
  mine: number
  unassigned: number
  snoozed: number
  verdict: number
  p1_unacked: number
  oldest_unacked_at: Time | null
  as_of: Time
  quiet: { last_tick: Time | null; vehicles: number; loan_book_as_of: Time | null }
}

export interface Figure {
  name: string
  label: Lang
  value: number | string | boolean | Lang | { lat: number; lon: number }
  unit: string | null
}

export interface Fix {
  seq: number
  terminal: string
  fix_time: Time
  lat: number
  lon: number
  speed_kmh: number | null
  satellites: number | null
}

export interface RejectedFix extends Fix {
  reason: string
  reason_text: Lang
}

export interface LoanThen {
  contract: string
  as_of: Time
  days_past_due: number | null
  bucket: string | null
  amount_overdue: number | null
  principal_outstanding: number | null
  holds: { kind: Hold; until: string | null }[]
  fresh: boolean
  course: string | null
  course_name?: Lang | null
}

export interface HistoryLine {
  at: Time
  actor: string | null
  action: string
  note: string | null
  text?: Lang
}

export interface Delivery {
  notice: string
  state: string
  attempt: number
  at: Time | null
  error: string | null
}

export interface AlertDetail extends AlertRow {
  rule_set: string
  rules_version: number
  figures: Figure[]
  fixes_used: Fix[] | null
  fixes_rejected: RejectedFix[] | null
  positions_hidden?: boolean
  loan: LoanThen | null
  history: HistoryLine[]
  deliveries: Delivery[]
}

export type BulkAction = 'ack' | 'unack' | 'assign' | 'snooze' | 'note' | 'close'

export interface BulkResult {
  results: { id: string; status: number; code: string | null }[]
}

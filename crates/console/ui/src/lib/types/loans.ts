// Loans as the desk sees them.

import type { Hold, Lang, Time } from './terms'

export interface LoanRow {
  contract: string
  lender: string
  vehicle: string
  plate: string | null
  oldest_unpaid_due: string | null
  days_past_due: number | null
  bucket: string | null
  amount_overdue: number | null
  principal_outstanding: number | null
  standing: Lang
  hold: Hold | null
  settled_at: Time | null
  as_of: Time
  book_as_of: Time
  fresh: boolean
}

export interface LoanDetail extends LoanRow {
  risk_grade: string | null
  course: Lang | null
  reason_name: Lang | null
  holds: { kind: Hold; until: string | null }[]
  willingness: string | null
  ability: string | null
  reason: string | null
  contact_state: string | null
  actual_user: string | null
  attention: { reason: string; until: string | null } | null
  events: { at: Time; actor: string; event: string; text: Lang; note: string | null }[]
  hints: { code: string; since: Time; text: Lang; alert: string | null }[]
}

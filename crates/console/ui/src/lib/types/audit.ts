// The audit log and the head of its chain.

import type { Time } from './terms'

export interface AuditLine {
  line: number
  at: Time
  actor: string
  action: string
  subject: string
  /** A purpose, or what the action was for: `collection`, `loan feed`, `policy`, `desk`. */
  purpose: string
  outcome: string
  hash: string
}

export interface AuditHead {
  line: number
  hash: string
  verified_through: number
  ok: boolean
  broken_at: number | null
}

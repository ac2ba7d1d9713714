// What many shapes of the API are made of: snake_case, times RFC 3339 UTC, ids opaque texts.

export type Time = string
export type Lang<T = string> = { zh: T; en: T }

export type Role = 'collector' | 'supervisor' | 'ops' | 'auditor' | 'admin'
export type Purpose = 'collect' | 'verify' | 'legal' | 'ops'
export type Severity = 'P1' | 'P2' | 'P3' | 'P4'
export type AlertState = 'unconfirmed' | 'open' | 'acknowledged' | 'closed' | 'withdrawn'
export type VehicleState = 'moving' | 'parked' | 'parked_unseen' | 'unseen' | 'dark' | 'never'
export type Verdict = 'confirmed' | 'false_alarm' | 'unclear'
export type Datum = 'wgs84' | 'gcj02' | 'bd09'
export type Hold = 'bankruptcy' | 'legal_case' | 'dispute' | 'extension' | 'promise'

export interface Listing<T> {
  data: T[]
  next_cursor: string | null
  as_of: Time
}

export interface Pending {
  status: 'pending'
  id: string
}

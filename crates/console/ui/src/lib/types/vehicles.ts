// Vehicles: where each is and was, and who asked.

import type { Datum, Hold, Lang, Purpose, Severity, Time, VehicleState } from './terms'
import type { LoanDetail } from './loans'

export interface VehicleRow {
  id: string
  plate: string
  vin: string | null
  state: VehicleState
  state_since: Time | null
  last_fix_at: Time | null
  last_heard_at: Time | null
  contract: string | null
  lender: string | null
  days_past_due: number | null
  bucket: string | null
  hold: Hold | null
  principal_outstanding: number | null
  live_alerts: number
  worst_severity: Severity | null
}

export interface VehicleDevice {
  terminal: string
  role: 'main' | 'backup'
  protocol: string
  model: string | null
  from: Time
  to: Time | null
  last_heard_at: Time | null
  last_fix_at: Time | null
  battery_percent: number | null
  external_volts: number | null
}

export interface Binding {
  terminal: string
  vehicle: string
  plate?: string
  role: 'main' | 'backup'
  from: Time
  to: Time | null
}

export interface VehicleDetail extends VehicleRow {
  text: Lang
  devices: VehicleDevice[]
  loans: LoanDetail[]
  bindings: Binding[]
}

export interface VehicleNow {
  lat: number
  lon: number
  fix_time: Time
  received_at: Time
  age_s: number
  speed_kmh: number | null
  course: number | null
  satellites: number | null
  source: string
  state: VehicleState
  since: Time | null
}

/** `[t_ms, lat, lon, speed_kmh]`. */
export type TrackPoint = [number, number, number, number | null]

export interface Track {
  datum: Datum
  total: number
  points: TrackPoint[]
  simplified: boolean
}

export type StripKind = 'moving' | 'parked' | 'no_signal' | 'late'

export interface Strip {
  day: string
  from: Time
  to: Time
  segments: { from: Time; to: Time; kind: StripKind; ignition: boolean | null }[]
  /** What lies before is neither heard nor missed: the server was not there yet. */
  coverage_from: Time
  covered: [Time, Time][]
}

export interface Stay {
  from: Time
  to: Time | null
  lat: number
  lon: number
  visits: number
  place: string | { id: string; name: string; kind: string } | null
}

export interface Viewer {
  at: Time
  actor: string
  purpose: Purpose | null
  /** `track`, `state`, `alert`, …: what was read. */
  what: string
}

/** Columns as `fields` names them: arrays, since 20,000 objects would be four times as long. */
export interface Fleet {
  as_of: Time
  fields: string[]
  rows: (string | number | null)[][]
}

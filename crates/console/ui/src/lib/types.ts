// The shapes of the API, as it writes them: snake_case, times RFC 3339 UTC, ids opaque texts.

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

// Who am I ---------------------------------------------------------------------------------------------------------

export interface Tiles {
  name: string
  url: string
  datum: Datum
  attribution: string
}

/** Loans of these lenders, on vehicles whose plates begin with one of these; null = all. */
export interface Grant {
  lenders: string[] | null
  regions: string[] | null
}

export interface TeamName {
  id: string
  name: string
}

export interface Me {
  /** `lenders` and `regions`: of which something is seen. */
  user: Grant & { id: string; name: string; display_name: string; role: Role; scope: Grant[]; sees_everything: boolean; teams: TeamName[]; totp: boolean; locale: string }
  csrf: string
  rights: string[]
  purposes: Purpose[]
  server: {
    version: string
    clock: { system: boolean; factor: number; now: Time }
    demo: boolean
    /** A webhook is configured. */
    receiver: boolean
    map: { tiles: Tiles[] }
  }
  budget: { positions_left: number }
}

/** `lenders` and `regions`: what they were given themselves, beside what their teams see. */
export interface User extends Grant {
  id: string
  name: string
  display_name: string
  role: Role
  teams: TeamName[]
  totp: boolean
  disabled: boolean
  /** Has chosen a password. */
  active: boolean
  version: number
  created_at: Time
  login_at: Time | null
}

export interface Invited {
  user: User
  invite_link: string
  expires_at: Time
}

export interface Member {
  id: string
  name: string
  display_name: string
}

export interface Team extends Grant {
  id: string
  name: string
  members: Member[]
  version: number
  created_at: Time
}

export interface Token {
  id: string
  name: string
  user: { id: string; name: string }
  rights: string[]
  scope: Grant[]
  created_at: Time
  expires_at: Time | null
  used_at: Time | null
}

export interface IssuedToken extends Token {
  token: string
}

export interface Totp {
  secret: string
  otpauth_url: string
  qr_svg?: string
}

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

// Alerts -----------------------------------------------------------------------------------------------------------

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

// Vehicles ---------------------------------------------------------------------------------------------------------

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

// Positions, frames ------------------------------------------------------------------------------------------------

export interface PositionRow {
  seq: number
  item: number
  terminal: string
  protocol: string
  vehicle: string | null
  fix_time: Time
  received_at: Time
  lag_s: number
  fixed: boolean
  lat: number | null
  lon: number | null
  speed_kmh: number | null
  course: number | null
  serial: number | null
  late: boolean
  rejected?: string | null
  duplicate?: boolean
  alarms: string[]
  attributes: Record<string, unknown>
  hex: string
}

export interface FrameField {
  offset: number
  length: number
  name: string
  value: string
  meaning: string
}

export interface Frame {
  seq: number
  terminal: string | null
  protocol: string
  session: number
  frame_no: number
  number: string
  message: string
  serial: number | null
  received_at: Time
  checksum: 'ok' | 'bad' | 'absent'
  hex: string
  fields: FrameField[]
  events: Record<string, unknown>[]
  reply: string | null
  problem: string | null
}

export interface DecodedFrame {
  hex: string
  protocol: string
  message: string
  number: string
  terminal: string | null
  serial: number | null
  checksum: 'ok' | 'bad' | 'absent'
  events: Record<string, unknown>[]
  reply: string | null
  error: { code: string; message: string } | null
  fields: FrameField[]
}

// Devices ----------------------------------------------------------------------------------------------------------

export interface DeviceRow {
  terminal: string
  protocol: string
  model: string | null
  status: string
  vehicle: string | null
  plate: string | null
  role: 'main' | 'backup' | null
  first_seen: Time | null
  last_heard_at: Time | null
  last_fix_at: Time | null
  online: boolean
}

export interface DeviceDetail extends DeviceRow {
  bindings: Binding[]
  profile: Record<string, unknown> | null
  counters: Record<string, number>
}

export interface QuarantineRow {
  terminal: string
  protocol: string
  model?: string | null
  first_seen: Time
  last_seen: Time
  frames: number
  source: string
  last_area: string | null
}

export interface Command {
  id: string
  terminal: string
  command: Record<string, unknown> | string
  state: string
  asked_by: string
  asked_at: Time
  changed_at?: Time
  answer?: string | null
}

export interface Waiting {
  listeners: { address: string; protocols: string[]; sms: { model: string; text: string }[] }[]
  lamps: { listening: boolean; bytes: boolean; frame: boolean; approved: boolean; fix: boolean }
  attempts: { at: Time; peer: string; reason: { code: string; zh: string; en: string } }[]
}

// Places, rules ----------------------------------------------------------------------------------------------------

export interface PlaceProperties {
  id: string
  name: string
  kind: string
  origin: string
  confirmed_by: string | null
  confirmed_at: Time | null
  radius_m: number | null
}

export interface PlaceFeature {
  type: 'Feature'
  geometry: { type: string; coordinates: unknown }
  properties: PlaceProperties
}

export interface Places {
  type: 'FeatureCollection'
  features: PlaceFeature[]
}

export interface RuleRow {
  code: string
  name: Lang
  severity: Severity
  enabled: boolean
  sentence: Lang
  open_now: number
  last_30d: number
  verdicts: { confirmed: number; false_alarm: number; unclear: number }
  precision: number | null
}

export interface RuleSet {
  version_hash: string
  /** Null for the one that came with the program. */
  seq: number | null
  /** For whose loans the sentences are; null for those that want nothing else. */
  lender: string | null
  /** Lenders that want thresholds of their own. */
  lenders: string[]
  rules: RuleRow[]
  /** Null for who sees some lenders only: in the text stand the thresholds of all. */
  toml: string | null
}

/** One whose text may be read. */
export interface WholeRuleSet extends RuleSet {
  toml: string
}

/** A rule set tried on what is stored; its result only while the server runs. */
export interface Backtest {
  id: string
  state: 'running' | 'done' | 'failed' | 'cancelled'
  /** From 0 to 1. */
  done: number
  by: string
  began_at: Time
  from: Time
  to: Time
  hash: string
  /** Null = the set in force alone was tried. */
  against: string | null
  error: Lang | null
  result: BacktestResult | null
}

export interface BacktestResult {
  vehicles: number
  rules: BacktestRule[]
  days: { date: string; tried: number; in_force: number | null }[]
  differences: { new: number; gone: number; severity: number; rows: BacktestDifference[]; left_out: number } | null
}

export interface BacktestRule {
  code: string
  name: Lang
  tried: BacktestFigures
  in_force: BacktestFigures | null
}

export interface BacktestFigures {
  alerts: number
  told: number
  confirmed: number
  false_alarm: number
  unclear: number
  precision: number | null
  precision_n: number
  precision_from: number | null
  precision_to: number | null
}

export interface BacktestDifference {
  kind: 'new' | 'gone' | 'severity'
  rule: string
  name: Lang
  about: string
  opened_at: Time
  severity: Severity
  was: Severity | null
}

// Loans, imports ---------------------------------------------------------------------------------------------------

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

// System -----------------------------------------------------------------------------------------------------------

export interface Wall {
  open: number
  p1_unacked: number
  /** Terminals that are connected. */
  online: number
  oldest_unacked_at: Time | null
  ready: boolean
  as_of: Time
}

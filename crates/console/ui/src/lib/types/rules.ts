// Rules, and rule sets tried on what is stored.

import type { Lang, Severity, Time } from './terms'

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

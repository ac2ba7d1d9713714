// The rule set as its page reads it.
// Shape: the desk's contract. Units: shares 0 to 1, days in the names. Errors: none. Source: ux.md §4 screen 8, §7 "Feedback".

import type { Time } from '../../lib/types/terms'
import type { RuleRow, RuleSet, WholeRuleSet } from '../../lib/types/rules'
import type { CheckError } from './position'

export interface Checked {
  ok: boolean
  hash: string | null
  errors: CheckError[]
  changes: { key: string; from: unknown; to: unknown }[]
}

export interface Version {
  seq: number
  hash: string
  at: Time | null
  actor: string | null
  /** Null for who sees some lenders only. */
  toml: string | null
}

export const isWhole = (set: RuleSet): set is WholeRuleSet => set.toml !== null

/** Verdicts that say whether a rule was right. */
export function judged(rule: RuleRow): number {
  return rule.verdicts.confirmed + rule.verdicts.false_alarm
}

/** The server's figure, or the one that follows from the verdicts. */
export function precision(rule: RuleRow): number | null {
  return rule.precision ?? (judged(rule) > 0 ? rule.verdicts.confirmed / judged(rule) : null)
}

/** Right less often than this over so many verdicts: a rule that staff learn to ignore. */
export function isNoisy(rule: RuleRow): boolean {
  const share = precision(rule)
  return share !== null && judged(rule) >= NOISY_VERDICTS_MIN && share < NOISY_BELOW
}

export const FEW_VERDICTS = 10
const NOISY_VERDICTS_MIN = 50
const NOISY_BELOW = 0.3
export const SHORT_HASH = 12

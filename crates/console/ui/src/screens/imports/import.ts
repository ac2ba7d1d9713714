// What a file would change, as the imports page reads it.
// Shape: the answer of `POST /imports` → lines of the comparison in the order in which they matter. Units: contracts, rows.
// Errors: none. Source: domain.md §6, loans::diff; ux.md §8 delight 9 ("12 settled → tracking stops tonight").

import type { Lang, Time } from '../../lib/types/terms'

export type Kind = 'loans' | 'bindings' | 'events'
export const KINDS: readonly Kind[] = ['loans', 'bindings', 'events']

export interface Group {
  count: number
  contracts: string[]
}

export interface Rejected {
  row: number
  /** That the row names. */
  contract?: string | null
  column: string | null
  value?: string | null
  code: string
  text: Lang
}

export interface Guard {
  code: string
  blocking?: boolean
  text: Lang
}

export type GroupName = 'becomes_overdue' | 'worse' | 'settled' | 'current' | 'better' | 'held' | 'new' | 'changed' | 'kept' | 'gone' | 'refused'
type Groups = Partial<Record<GroupName, Group | number>>

/** Contracts that go from one bucket to another, M0 to M7+. */
export interface Move {
  from: string
  to: string
  count: number
}

/** A cell that changes, by the name of its column; null = nothing in it. Amounts are text, in yuan. */
export interface Change {
  contract: string
  column: string
  before: string | null
  after: string | null
}

/** What an import of before these were told does not have is optional. */
export interface Diff extends Groups {
  as_of?: Time | null
  current_as_of?: Time | null
  rows_before?: number
  /** Nothing is missing from the file; null of imports from before this was kept. */
  complete?: boolean | null
  rows_after?: number
  unchanged?: number
  row_fall_percent?: number
  /** The gravest first. */
  moves?: Move[]
  /** What changes in the first rows that change. */
  examples?: Change[]
}

/** How a state looks. */
export const TONES = {
  checked: 'note',
  applying: 'warn',
  applied: 'good',
  refused: 'bad',
  discarded: 'plain',
  expired: 'plain',
  rolling_back: 'warn',
  rolled_back: 'plain',
} as const
export type State = keyof typeof TONES

export interface ImportRow {
  id: string
  kind: Kind
  lender: string | null
  name?: string | null
  encoding?: string | null
  as_of: Time | null
  state: State
  uploaded_at?: Time
  uploaded_by?: string | null
  settled_at?: Time | null
  settled_by?: string | null
  rolled_back_at?: Time | null
  rolled_back_by?: string | null
  rows: number
  accepted: number
  rejected_count?: number
}

export interface ImportDetail extends ImportRow {
  rejected: Rejected[] | null
  diff: Diff | null
  guards: Guard[]
  ignored_columns?: string[]
  /** It is the lender's book in force, and the server keeps what was before it. */
  can_roll_back?: boolean
}

/** A loan book in force. */
export interface Book {
  lender: string
  as_of: Time
  loans: number
  complete: boolean
  activated_at: Time
  /** Rows that came since, of too few loans to say how old the feed is. */
  since: { as_of: Time; loans: number; activated_at: Time } | null
  can_roll_back: boolean
}

/** The name to begin with: of several lenders a person says which, for a book under the wrong name would stand beside the right one. */
export function usualLender(known: readonly string[]): string {
  return known.length > 1 ? '' : (known[0] ?? LENDER_FIRST)
}

/** The groups in the order in which they matter to collections. */
const ORDER: readonly GroupName[] = ['becomes_overdue', 'worse', 'settled', 'current', 'better', 'held', 'new', 'changed', 'kept', 'gone', 'refused']

/** The groups that have somebody in them. A bare number is a group whose contracts are not named. */
export function groupsOf(diff: Diff): Array<Group & { name: GroupName }> {
  return ORDER.map((name) => ({ name, ...asGroup(diff[name]) })).filter((group) => group.count > 0)
}

function asGroup(group: Group | number | undefined): Group {
  if (typeof group === 'number') return { count: group, contracts: [] }
  return group ?? { count: 0, contracts: [] }
}

/** Why contracts that are not in the file stay in the book, or null: they leave it. */
export function whyGoneStay({ guards, diff }: Pick<ImportDetail, 'guards' | 'diff'>): 'rejected' | 'part' | null {
  if (guards.some((guard) => guard.code === 'not_complete')) return 'rejected'
  return diff?.complete === false ? 'part' : null
}

/** Whether a move is to a graver bucket: M10 is behind M9. */
export function isGraver({ from, to }: Move): boolean {
  const order = (bucket: string): number => Number(/\d+/.exec(bucket)?.[0] ?? 0)
  return order(to) > order(from)
}

/** Changes by the contract that they are of, in their order. */
export function byContract(changes: readonly Change[]): Array<{ contract: string; changes: Change[] }> {
  const by = new Map<string, Change[]>()
  for (const change of changes) by.set(change.contract, [...(by.get(change.contract) ?? []), change])
  return [...by].map(([contract, changes]) => ({ contract, changes }))
}

/** It is in the journal and not folded yet: how it ends is asked again. */
export function isOnItsWay(row: Pick<ImportRow, 'state'>): boolean {
  return row.state === 'applying' || row.state === 'rolling_back'
}

/** The last thing that was decided of a file, and by whom. */
export function lastDecision(row: ImportRow): { at: Time | null; by: string | null } {
  if (row.state === 'rolled_back') return { at: row.rolled_back_at ?? row.settled_at ?? null, by: row.rolled_back_by ?? row.settled_by ?? null }
  return { at: row.settled_at ?? row.uploaded_at ?? row.as_of, by: row.settled_by ?? row.uploaded_by ?? null }
}

export function rejectedCount(row: ImportRow & { rejected?: Rejected[] | null }): number {
  return row.rejected_count ?? row.rejected?.length ?? 0
}

/** A fall of the book is taken when a person says so; a file that is older never is. */
export function canAcceptFall(guards: readonly Guard[]): boolean {
  return guards.some((guard) => guard.code === ROW_FALL)
}

/** Guards that no word of a person lifts. */
export function blocking(guards: readonly Guard[]): Guard[] {
  return guards.filter((guard) => guard.blocking && guard.code !== ROW_FALL)
}

/** What the examples of the documentation call a lender that is the only one. */
const LENDER_FIRST = 'main'
const ROW_FALL = 'row_fall'
/** As the server's own: a paragraph for the audit log. */
export const REASON_CHARACTERS_MAX = 500
/** As the server's own limit of a body; a book of 100,000 loans has some 20 MB. */
export const FILE_BYTES_MAX = 64 * 1024 * 1024

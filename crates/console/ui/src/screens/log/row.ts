// One row of the position log, and which columns tell of it.
// Shape: the API's row → cells by column; the choice of columns is kept in the browser. Units: in the names; WGS-84 degrees.
// Errors: a column that is no longer known is dropped from what was kept. Source: DESIGN.md §7.

import { keep, kept } from '../../lib/i18n.svelte'
import type { Lang } from '../../lib/types/terms'
import type { PositionRow } from '../../lib/types/positions'

export interface LogRow extends Omit<PositionRow, 'fix_time' | 'lag_s' | 'protocol' | 'hex' | 'alarms' | 'attributes'> {
  /** A reception that was rejected may have none of these. */
  fix_time: string | null
  lag_s: number | null
  protocol: string | null
  hex: string | null
  alarms: string[] | null
  attributes: Record<string, unknown> | null
  plate?: string | null
  satellites?: number | null
  rejected_text?: Lang | null
}

export const COLUMNS = [
  { name: 'received_at', width: '124px' },
  { name: 'fix_time', width: '124px' },
  { name: 'lag', width: '84px' },
  { name: 'terminal', width: '138px' },
  { name: 'plate', width: '98px' },
  { name: 'flags', width: '116px' },
  { name: 'fix', width: '178px' },
  { name: 'speed', width: '116px' },
  { name: 'course', width: '60px' },
  { name: 'satellites', width: '54px' },
  { name: 'alarms', width: '' },
  { name: 'attributes', width: '' },
  { name: 'protocol', width: '82px' },
  { name: 'serial', width: '72px' },
  { name: 'seq', width: '92px' },
] as const
export type ColumnName = (typeof COLUMNS)[number]['name']

export const NUMBERS: ReadonlySet<ColumnName> = new Set(['lag', 'speed', 'course', 'satellites', 'serial', 'seq'])
const FIRST_CHOICE: readonly ColumnName[] = ['received_at', 'fix_time', 'lag', 'terminal', 'plate', 'flags', 'fix', 'speed', 'alarms']
const KEY = 'lw.log.columns'

/** The columns that were chosen in this browser. */
export function keptColumns(): ColumnName[] {
  const chosen = new Set((kept(KEY) ?? '').split(','))
  const known = COLUMNS.map((column) => column.name).filter((name) => chosen.has(name))
  return known.length > 0 ? known : [...FIRST_CHOICE]
}

export function keepColumns(names: readonly ColumnName[]): void {
  keep(KEY, names.join(','))
}

/** One report may hold many positions: the frame and the item within it. */
export const rowId = (row: LogRow): string => `${row.seq}-${row.item}`

/** The attributes of one line, the plain ones only; the rest stands in the frame. */
export function attributesLine(attributes: Record<string, unknown> | null): string {
  return Object.entries(attributes ?? {})
    .filter(([, value]) => typeof value !== 'object' && value !== null)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** Six digits are a decimetre. */
export function coordinates(row: LogRow): string {
  return row.lat === null || row.lon === null ? '' : `${row.lat.toFixed(6)}, ${row.lon.toFixed(6)}`
}

// Short messages at the edge of the screen, some with an undo.

import { ApiError } from './api'
import { faultsOf } from './fault'
import { problems } from './words/problems'
import { word } from './i18n.svelte'

export interface Toast {
  id: number
  text: string
  tone: 'plain' | 'good' | 'bad'
  /** Takes back what was done; the toast stays as long as it may be taken back. */
  undo?: () => unknown
  until: number
  length_ms: number
}

/** How long an action of staff may be taken back. */
export const UNDO_MS = 10_000
const SHORT_MS = 5_000
/** More than this hide the screen. */
const TOASTS_MAX = 4

let list = $state<Toast[]>([])
let next = 1

export const toasts = {
  get all(): Toast[] {
    return list
  },
  say: (text: string, tone: Toast['tone'] = 'plain') => add(text, tone),
  done: (text: string, undo?: Toast['undo']) => add(text, 'good', undo),
  failed: (cause: unknown) => add(told_with_field(cause), 'bad'),
  drop,
  /** The newest thing that can be undone (`z`). */
  async undo(): Promise<boolean> {
    const toast = list.findLast((one) => one.undo)
    if (!toast?.undo) return false
    drop(toast.id)
    await toast.undo()
    return true
  },
}

/** What a code means at one place, where that is more than what it means everywhere. */
export type Means = Readonly<Record<string, string>>

/** An error as one sentence. */
export function told(cause: unknown, means: Means = {}): string {
  if (!(cause instanceof ApiError)) return String(cause)
  const known = means[cause.code] ?? problems.codes[cause.code as keyof typeof problems.codes]
  return known ?? (cause.detail || cause.title || word(problems.codes, cause.code))
}

/** With the field that does not read: there is no form beside a toast. */
function told_with_field(cause: unknown): string {
  const [fault] = cause instanceof ApiError ? faultsOf(cause) : []
  return [told(cause), fault && [fault.where, fault.what].filter(Boolean).join(' ')].filter(Boolean).join(' · ')
}

function add(text: string, tone: Toast['tone'], undo?: Toast['undo']): number {
  const id = next++
  const length_ms = undo ? UNDO_MS : tone === 'bad' ? SHORT_MS * 2 : SHORT_MS
  list = [...list, { id, text, tone, undo, until: Date.now() + length_ms, length_ms }].slice(-TOASTS_MAX)
  setTimeout(() => drop(id), length_ms)
  return id
}

function drop(id: number): void {
  list = list.filter((toast) => toast.id !== id)
}

// Short messages at the edge of the screen, some with an undo.

import { ApiError } from './api'
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
  failed: (cause: unknown) => add(told(cause), 'bad'),
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

/** An error as one sentence. */
export function told(cause: unknown): string {
  if (!(cause instanceof ApiError)) return String(cause)
  const known = problems.codes[cause.code as keyof typeof problems.codes]
  return known ?? (cause.detail || cause.title || word(problems.codes, cause.code))
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

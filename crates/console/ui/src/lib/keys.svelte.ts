// Keys: each screen names its own, the shell adds `g`+letter, `/`, `?` and Ctrl K. Single-letter keys can be switched off
// (WCAG 2.1.4), are silent while somebody types, and while a dialog is open.

import { keep, kept } from './i18n.svelte'
import { onDestroy } from 'svelte'

export interface Shortcut {
  /** As `KeyboardEvent.key` names it; `g i` for a pair, `Mod+k` for Ctrl or ⌘. */
  key: string
  label: () => string
  run: (event: KeyboardEvent) => void
  /** Pairs of the shell are told apart on the sheet. */
  shell?: boolean
}

/** How long the first key of a pair waits for the second. */
const PAIR_MS = 1200

let enabled = $state(kept('lw.keys') !== 'off')
let layers = $state.raw<Shortcut[][]>([])
let first = $state('')
let firstAt = 0

export const keys = {
  get enabled(): boolean {
    return enabled
  },
  set enabled(on: boolean) {
    enabled = on
    keep('lw.keys', on ? 'on' : 'off')
  },
  /** Everything that works now, the innermost layer first. */
  get all(): Shortcut[] {
    return layers.toReversed().flat()
  },
  /** The first key of a pair that waits for its second. */
  get begun(): string {
    return first
  },
}

/** Called in a component: its keys work while it is there, and go before those of what it stands in. */
export function shortcuts(list: Shortcut[]): void {
  layers = [...layers, list]
  onDestroy(() => {
    layers = layers.filter((layer) => layer !== list)
  })
}

export function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const modified = event.ctrlKey || event.metaKey
  const name = modified ? `Mod+${event.key.toLowerCase()}` : event.key
  if (!modified && (event.altKey || !enabled && event.key.length === 1 || is_typing(event))) return
  if (document.querySelector('dialog[open]') && !modified) return
  const waited = first && Date.now() - firstAt < PAIR_MS ? `${first} ${name}` : ''
  first = ''
  const found = (waited && find(waited)) || find(name)
  if (found) {
    event.preventDefault()
    found.run(event)
  } else if (!modified && keys.all.some((shortcut) => shortcut.key.startsWith(`${name} `))) {
    ;[first, firstAt] = [name, Date.now()]
    setTimeout(() => (first = ''), PAIR_MS)
  }
}

function find(key: string): Shortcut | undefined {
  return keys.all.find((shortcut) => shortcut.key === key)
}

/** Enter and Space belong to a button or link that has the focus, every key to a field. */
function is_typing(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null
  if (!target?.closest) return false
  if (target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]')) return true
  return (event.key === 'Enter' || event.key === ' ') && target.closest('a, button, summary, input') !== null
}

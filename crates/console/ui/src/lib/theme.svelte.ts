// Light or dark: what the system says, unless somebody chose.

import { keep, kept } from './i18n.svelte'

export type Theme = 'system' | 'light' | 'dark'

const dark = matchMedia('(prefers-color-scheme: dark)')
const restored = kept('lw.theme')
let chosen = $state<Theme>(restored === 'light' || restored === 'dark' ? restored : 'system')
let system = $state(dark.matches)
dark.addEventListener('change', () => {
  system = dark.matches
  show()
})

export const theme = {
  get chosen(): Theme {
    return chosen
  },
  /** What is shown: for canvases, which know no CSS variables. */
  get shown(): 'light' | 'dark' {
    return chosen === 'system' ? (system ? 'dark' : 'light') : chosen
  },
  choose(next: Theme): void {
    chosen = next
    keep('lw.theme', next)
    show()
  },
}

/** A token's value now, for canvases. */
export function token(name: string): string {
  void theme.shown
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function show(): void {
  document.documentElement.dataset.theme = theme.shown
}

show()

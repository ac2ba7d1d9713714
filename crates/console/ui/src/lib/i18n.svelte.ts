// Words in two languages: one table a screen, the same keys in both, chosen by one reactive locale.
//
// `export const inbox = words({ zh: {…}, en: {…} })`; then `inbox.title` in markup follows the language. A word with parts is a
// function. TypeScript demands each key in both languages; `npm run check` finds keys that nothing uses.

import type { Lang } from './types/terms'

export type Locale = 'zh' | 'en'
type Word = string | ((...parts: never[]) => string) | { readonly [key: string]: Word }
type Table = { readonly [key: string]: Word }
/** The same keys and parts, other texts. */
type Same<W> = W extends string ? string : W extends (...parts: infer P) => string ? (...parts: P) => string : { readonly [K in keyof W]: Same<W[K]> }

let locale = $state<Locale>(document.documentElement.lang === 'en' ? 'en' : 'zh')

export const language = {
  get current(): Locale {
    return locale
  },
  set(next: Locale): void {
    locale = next
    document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
    keep('lw.locale', next)
  },
}

export function words<Z extends Table>(tables: { zh: Z; en: Same<Z> }): Same<Z> {
  return new Proxy(tables.zh as unknown as Same<Z>, {
    get: (_, key) => (tables[locale] as Record<PropertyKey, unknown>)[key],
  })
}

/** English: `1 loan`, `2 loans`. A number may come as it is shown. */
export function counted(count: number | string, noun: string): string {
  return `${count} ${noun}${String(count) === '1' ? '' : 's'}`
}

/** A text that the server gives in both languages. */
export function said(text: Lang | string | null | undefined): string {
  if (text === null || text === undefined) return ''
  return typeof text === 'string' ? text : text[locale]
}

/** The word of a code, or the code itself if the server knows one more than we do. */
export function word(of: { readonly [key: string]: string }, code: string | null | undefined): string {
  if (!code) return ''
  return of[code] ?? code
}

/** Browsers may forbid storage; then a choice holds as long as the page. */
export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // see above
  }
}

export function kept(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

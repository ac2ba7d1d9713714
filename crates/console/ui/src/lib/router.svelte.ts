// Addresses: `/vehicles/:id?day=…`. The path chooses the screen, the query holds every filter, so that a link says all of it.

import { SCREENS, type Screen } from './screens'

let path = $state(path_of())
let hash = $state(hash_of())
/** Part by part, so that what depends on one filter is not loaded anew because another one changed. */
const query = $state<Record<string, string>>(Object.fromEntries(new URLSearchParams(location.search)))

export const route = {
  get path(): string {
    return path
  },
  get query(): Record<string, string> {
    return query
  },
  get hash(): string {
    return hash
  },
  /** The screen at this address with what its pattern holds (`:id`). */
  get screen(): { screen: Screen; params: Record<string, string> } | null {
    return matched(path)
  },
}

export function go(to: string, how: { replace?: boolean } = {}): void {
  if (to === location.pathname + location.search + location.hash) return
  if (how.replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  read()
}

/** Changes parts of the query; null or '' takes one out. Typing in a filter replaces, choosing a tab pushes. */
export function filter(parts: Record<string, string | number | null | undefined>, how: { push?: boolean } = {}): void {
  const search = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(parts)) {
    if (value === null || value === undefined || value === '') search.delete(name)
    else search.set(name, String(value))
  }
  const tail = search.size ? `?${search}` : ''
  go(location.pathname + tail, { replace: !how.push })
}

/** Follows links of ours without loading the page anew. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null
  if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return
  if (!matched(link.pathname)) return
  event.preventDefault()
  go(link.pathname + link.search + link.hash)
}

addEventListener('popstate', read)

function read(): void {
  ;[path, hash] = [path_of(), hash_of()]
  const next = new URLSearchParams(location.search)
  for (const name of Object.keys(query)) if (!next.has(name)) delete query[name]
  for (const [name, value] of next) query[name] = value
}

function path_of(): string {
  return location.pathname.replace(/(.)\/+$/, '$1')
}

function hash_of(): string {
  return location.hash.replace(/^#/, '')
}

function matched(path: string): { screen: Screen; params: Record<string, string> } | null {
  for (const screen of SCREENS) {
    const params = within(screen.path, path)
    if (params) return { screen, params }
  }
  return null
}

function within(pattern: string, path: string): Record<string, string> | null {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const piece = given[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(piece)
    else if (part !== piece) return null
  }
  return params
}

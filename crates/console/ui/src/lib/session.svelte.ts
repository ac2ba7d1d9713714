// Who is logged in, what they may, and the server's clock as `/me` says it.

import { api, useCsrf, whenSignedOut } from './api'
import { forgetDrafts } from './draft.svelte'
import { language, kept } from './i18n.svelte'
import { forgetLook } from './map/views'
import { purposes } from './purpose.svelte'
import { go } from './router.svelte'
import { SCREENS, type Screen } from './screens'
import { stream } from './stream.svelte'
import { setClock } from './time.svelte'
import type { Me } from './types/me'

let me = $state<Me | null>(null)

export const session = {
  get me(): Me | null {
    return me
  },
  /** The one who is logged in. Screens behind the login have one. */
  get user(): Me['user'] {
    if (!me) throw new Error('nobody is logged in')
    return me.user
  },
  may(right: string): boolean {
    return me?.rights.includes(right) ?? false
  },
  /** What the navigation shows. */
  get screens(): Screen[] {
    return SCREENS.filter((screen) => screen.right !== undefined && session.may(screen.right))
  },
  async load(): Promise<Me> {
    return take(await api.get<Me>('/me'))
  },
  take,
  async leave(): Promise<void> {
    await Promise.all([...leaving].map((act) => act()))
    await api.post('/logout').catch(() => {})
    forget()
    go('/login')
  },
}

function take(next: Me): Me {
  me = next
  useCsrf(next.csrf)
  setClock(next.server.clock)
  // What was chosen in this browser goes before what the account says.
  if (!kept('lw.locale') && next.user.locale) language.set(next.user.locale === 'en' ? 'en' : 'zh')
  stream.open()
  return next
}

const leaving = new Set<() => Promise<void>>()
const forgotten = new Set<() => void>()

/** What is done before somebody logs out, still in their name. */
export function whenLeaving(act: () => Promise<void>): void {
  leaving.add(act)
}

/** What is done once nobody is logged in any more. */
export function whenForgotten(act: () => void): void {
  forgotten.add(act)
}

function forget(): void {
  me = null
  for (const act of forgotten) act()
  useCsrf('')
  purposes.forget()
  forgetLook()
  forgetDrafts()
  stream.close()
}

whenSignedOut(() => {
  const from = location.pathname + location.search
  forget()
  if (!SCREENS.some((screen) => screen.bare && screen.path === location.pathname)) {
    go(from === '/' ? '/login' : `/login?next=${encodeURIComponent(from)}`, { replace: true })
  }
})

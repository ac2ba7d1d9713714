// What somebody was given to see, in words and as people type it.

import { plain } from '../numbers'
import type { Grant } from '../types/me'
import { people } from '../words/people'

/** What of a part of a grant a form says: everything, nothing (what teams see only), or what is listed. */
export type Extent = 'all' | 'some' | 'none'

export const extentOf = (list: string[] | null | undefined): Extent => (list === null ? 'all' : list?.length ? 'some' : 'none')

export const listed = (text: string): string[] => text.split(/[\n,，、]/).map(plain).filter(Boolean)

const lendersOf = (grant: Grant): string => grant.lenders?.join(', ') ?? people.all_lenders

function one(grant: Grant): string {
  if (grant.lenders?.length === 0) return people.by_team
  return grant.regions ? `${lendersOf(grant)} · ${grant.regions.join(' ')}` : lendersOf(grant)
}

/** `main, north · 粤 桂A; east` */
export function said(grants: Grant[]): string {
  return grants.length ? grants.map(one).join('; ') : people.sees_nothing
}

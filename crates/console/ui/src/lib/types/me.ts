// Who is logged in, what they may, and what the server says of itself.

import type { Datum, Purpose, Role, Time } from './terms'

export interface Tiles {
  name: string
  url: string
  datum: Datum
  attribution: string
}

/** Loans of these lenders, on vehicles whose plates begin with one of these; null = all. */
export interface Grant {
  lenders: string[] | null
  regions: string[] | null
}

export interface TeamName {
  id: string
  name: string
}

export interface Me {
  /** `lenders` and `regions`: of which something is seen. */
  user: Grant & { id: string; name: string; display_name: string; role: Role; scope: Grant[]; sees_everything: boolean; teams: TeamName[]; totp: boolean; locale: string }
  csrf: string
  rights: string[]
  purposes: Purpose[]
  server: {
    version: string
    clock: { system: boolean; factor: number; now: Time }
    demo: boolean
    /** A webhook is configured. */
    receiver: boolean
    map: { tiles: Tiles[] }
  }
  budget: { positions_left: number }
}

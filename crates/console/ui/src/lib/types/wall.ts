// The wall board.

import type { Time } from './terms'

export interface Wall {
  open: number
  p1_unacked: number
  /** Terminals that are connected. */
  online: number
  oldest_unacked_at: Time | null
  ready: boolean
  as_of: Time
}

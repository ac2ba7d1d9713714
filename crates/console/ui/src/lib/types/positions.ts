// Positions and the frames they came in.

import type { Time } from './terms'

export interface PositionRow {
  seq: number
  item: number
  terminal: string
  protocol: string
  vehicle: string | null
  fix_time: Time
  received_at: Time
  lag_s: number
  fixed: boolean
  lat: number | null
  lon: number | null
  speed_kmh: number | null
  course: number | null
  serial: number | null
  late: boolean
  rejected?: string | null
  duplicate?: boolean
  alarms: string[]
  attributes: Record<string, unknown>
  hex: string
}

export interface FrameField {
  offset: number
  length: number
  name: string
  value: string
  meaning: string
}

export interface Frame {
  seq: number
  terminal: string | null
  protocol: string
  session: number
  frame_no: number
  number: string
  message: string
  serial: number | null
  received_at: Time
  checksum: 'ok' | 'bad' | 'absent'
  hex: string
  fields: FrameField[]
  events: Record<string, unknown>[]
  reply: string | null
  problem: string | null
}

export interface DecodedFrame {
  hex: string
  protocol: string
  message: string
  number: string
  terminal: string | null
  serial: number | null
  checksum: 'ok' | 'bad' | 'absent'
  events: Record<string, unknown>[]
  reply: string | null
  error: { code: string; message: string } | null
  fields: FrameField[]
}

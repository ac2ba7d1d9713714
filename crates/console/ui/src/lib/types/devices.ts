// Devices, those that wait, and what they are told.

import type { Time } from './terms'
import type { Binding } from './vehicles'

export interface DeviceRow {
  terminal: string
  protocol: string
  model: string | null
  status: string
  vehicle: string | null
  plate: string | null
  role: 'main' | 'backup' | null
  first_seen: Time | null
  last_heard_at: Time | null
  last_fix_at: Time | null
  online: boolean
}

export interface DeviceDetail extends DeviceRow {
  bindings: Binding[]
  profile: Record<string, unknown> | null
  counters: Record<string, number>
}

export interface QuarantineRow {
  terminal: string
  protocol: string
  model?: string | null
  first_seen: Time
  last_seen: Time
  frames: number
  source: string
  last_area: string | null
}

export interface Command {
  id: string
  terminal: string
  command: Record<string, unknown> | string
  state: string
  asked_by: string
  asked_at: Time
  changed_at?: Time
  answer?: string | null
}

export interface Waiting {
  listeners: { address: string; protocols: string[]; sms: { model: string; text: string }[] }[]
  lamps: { listening: boolean; bytes: boolean; frame: boolean; approved: boolean; fix: boolean }
  attempts: { at: Time; peer: string; reason: { code: string; zh: string; en: string } }[]
}

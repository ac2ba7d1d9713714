// Ages and times. "Now" is the server's clock, which in a demo runs faster than the wall's.
//
// Ages are told in words of two units at most; times in the viewer's zone, with UTC on hover.

import { language } from './i18n.svelte'
import { times } from './words/times'
import { units } from './words/units'
import type { Time } from './types/terms'

/** How often ages are told anew. */
const TICK_MS = 1000

let origin = { server: Date.now(), local: Date.now(), factor: 1, system: true }
let ticks = $state(0)
setInterval(() => {
  if (!document.hidden) ticks += 1
}, TICK_MS)

export function setClock(clock: { system: boolean; factor: number; now: Time }): void {
  origin = { server: Date.parse(clock.now), local: Date.now(), factor: clock.factor || 1, system: clock.system }
  ticks += 1
}

/** Milliseconds of the server's clock in one of ours: its figures are as old as they look only by its own pace. */
export function pace(): number {
  return origin.factor
}

/** Milliseconds of the server's clock. */
export function serverNow(): number {
  return server_at(Date.now())
}

/** What the server's clock showed when this computer's (`Date.now()`) showed that. */
export function server_at(here: number): number {
  return origin.server + (here - origin.local) * origin.factor
}

/** The same, and whoever reads it in markup is drawn again as it passes. */
export function now(): number {
  void ticks
  return serverNow()
}

export function ms(time: Time | number | null | undefined): number | null {
  if (time === null || time === undefined) return null
  const value = typeof time === 'number' ? time : Date.parse(time)
  return Number.isNaN(value) ? null : value
}

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]

/** A length of time in at most two units: 45 秒, 4 分钟, 3 小时 12 分钟, 2 天 5 小时. */
export function span(length_ms: number): string {
  const length = Math.max(0, length_ms)
  if (length < MINUTE) return units.seconds(Math.floor(length / 1000))
  if (length < HOUR) return units.minutes(Math.floor(length / MINUTE))
  if (length < DAY) return two(length, HOUR, units.hours, MINUTE, units.minutes)
  if (length < 10 * DAY) return two(length, DAY, units.days, HOUR, units.hours)
  return units.days(Math.floor(length / DAY))
}

function two(length: number, big: number, bigWord: (n: number) => string, small: number, smallWord: (n: number) => string): string {
  const rest = Math.floor((length % big) / small)
  const first = bigWord(Math.floor(length / big))
  return rest ? `${first} ${smallWord(rest)}` : first
}

/** How old something is: 刚刚, 4 分钟前. */
export function age(time: Time | number | null | undefined): string {
  const at = ms(time)
  if (at === null) return times.never
  const length = now() - at
  if (length < -MINUTE) return times.ahead(span(-length))
  return length < 10_000 ? times.just_now : times.ago(span(length))
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const tag = language.current === 'zh' ? 'zh-CN' : 'en-GB'
  const key = tag + JSON.stringify(options)
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(tag, { hourCycle: 'h23', ...options })
  formats.set(key, made)
  return made
}

/** 14:02 today, 11-24 14:02 in this year, 2025-11-24 14:02 before. Local time. */
export function moment(time: Time | number | null | undefined): string {
  const at = ms(time)
  if (at === null) return '–'
  const [date, today] = [new Date(at), new Date(serverNow())]
  const clock = hm(date)
  if (date.toDateString() === today.toDateString()) return clock
  const day = `${two_digits(date.getMonth() + 1)}-${two_digits(date.getDate())}`
  return date.getFullYear() === today.getFullYear() ? `${day} ${clock}` : `${date.getFullYear()}-${day} ${clock}`
}

/** 2026-11-24 14:02:09, local time. */
export function exact(time: Time | number | null | undefined): string {
  const at = ms(time)
  if (at === null) return '–'
  return `${day_of(new Date(at))} ${clock(at)}`
}

/** 14:02:09, where the day is told elsewhere. Local time. */
export function clock(time: Time | number | null | undefined): string {
  const at = ms(time)
  if (at === null) return '–'
  const date = new Date(at)
  return `${hm(date)}:${two_digits(date.getSeconds())}`
}

/** For paper, of which nobody knows where and when it is read: 2026-11-24 14:02:09 UTC+8. */
export function zoned(time: Time | number | null | undefined): string {
  const at = ms(time)
  if (at === null) return '–'
  return `${exact(at)} ${utc_offset(ZONE, at) ?? ''}`.trimEnd()
}

/** For a tooltip: local time with its zone, and UTC. */
export function both_zones(time: Time | number | null | undefined): string {
  const at = ms(time)
  return at === null ? '' : `${zoned(at)} · ${new Date(at).toISOString().replace('T', ' ').slice(0, 19)} UTC`
}

/** How far the clocks of a zone are from UTC at a moment: UTC+8, UTC+5:30, UTC. Null for a zone that the browser does not know. */
export function utc_offset(zone: string, at: number): string | null {
  try {
    const parts = format({ timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(at)
    return parts.find((part) => part.type === 'timeZoneName')?.value.replace('GMT', 'UTC') ?? null
  } catch {
    return null
  }
}

/** 2026-11-24 in local time. */
export function day_of(date: Date): string {
  return `${date.getFullYear()}-${two_digits(date.getMonth() + 1)}-${two_digits(date.getDate())}`
}

/** The viewer's zone, as the API takes it: Asia/Shanghai. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

function hm(date: Date): string {
  return `${two_digits(date.getHours())}:${two_digits(date.getMinutes())}`
}

function two_digits(number: number): string {
  return String(number).padStart(2, '0')
}

// Amounts as people read them. Money comes in the smallest unit; large sums are told in 万 in Chinese.

import { language } from './i18n.svelte'

const WAN = 10_000

/** ¥86,200, or ¥12.4 万 / ¥124k where there is little room. */
export function money(smallest: number | null | undefined, room: 'full' | 'short' = 'full'): string {
  if (smallest === null || smallest === undefined) return '–'
  const yuan = smallest / 100
  if (room === 'full' || Math.abs(yuan) < WAN) return `¥${count(Math.round(yuan))}`
  return language.current === 'zh' ? `¥${(yuan / WAN).toFixed(1)} 万` : `¥${Math.round(yuan / 1000)}k`
}

export function count(number: number | null | undefined): string {
  if (number === null || number === undefined) return '–'
  return number.toLocaleString(language.current === 'zh' ? 'zh-CN' : 'en-GB')
}

export function bytes(size: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, size)) / 10)))
  return `${(size / 1024 ** step).toFixed(step ? 1 : 0)} ${units[step]}`
}

export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? '–' : `${Math.round(share * 100)} %`
}

/** Full-width digits and letters, as Chinese keyboards and spreadsheets write them, become plain ones. */
export function plain(text: string): string {
  return text.normalize('NFKC').trim()
}

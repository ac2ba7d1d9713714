// The figures of a finding as people read them. Shape: a value of any kind but a moment → a text. Errors: none.

import { said } from './i18n.svelte'
import type { Figure } from './types/alerts'
import { desk } from './words/desk'

export function figureText(value: Figure['value']): string {
  if (typeof value === 'boolean') return value ? desk.yes : desk.no
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  return 'lat' in value ? `${value.lat.toFixed(5)}, ${value.lon.toFixed(5)}` : said(value)
}

export function isMoment(value: Figure['value']): value is string {
  return typeof value === 'string' && TIME.test(value)
}

const TIME = /^\d{4}-\d\d-\d\dT/

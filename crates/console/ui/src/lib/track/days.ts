// Days of a time zone: a day strip runs from one local midnight to the next, which is 23 or 25 hours where clocks change.
//
// Shape: dates `YYYY-MM-DD` and an IANA zone in, moments in milliseconds out. Errors: a text that is no date gives NaN.

/** The date of a moment in a zone. */
export function dayOf(moment: number, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(moment)
}

/** So many days later or earlier. */
export function dayPlus(day: string, days: number): string {
  const noon = Date.parse(`${day}T12:00:00Z`)
  return new Date(noon + days * DAY_MS).toISOString().slice(0, 10)
}

/** The first moment of a date in a zone. */
export function midnightOf(day: string, zone: string): number {
  const asUtc = Date.parse(`${day}T00:00:00Z`)
  // The offset is asked at the guess, then once more where it led: that settles it on days on which clocks change.
  const guess = asUtc - offsetMs(asUtc, zone)
  return asUtc - offsetMs(guess, zone)
}

/** From its midnight to the next. */
export function spanOf(day: string, zone: string): { from: number; to: number } {
  return { from: midnightOf(day, zone), to: midnightOf(dayPlus(day, 1), zone) }
}

/** What an address or a field calls the edge of a span, as the API takes it: a date is its first moment or its end. Empty where it reads as neither. */
export function edgeOf(text: string | null | undefined, edge: 'from' | 'to', zone: string): string {
  if (!text) return ''
  const moment = isDay(text) ? spanOf(text, zone)[edge] : Date.parse(text)
  return Number.isNaN(moment) ? '' : new Date(moment).toISOString()
}

/** Where a moment lies in a span, 0 to 1; outside of it beyond. */
export const shareOf = (moment: number, span: { from: number; to: number }): number =>
  (moment - span.from) / (span.to - span.from)

/** Whether a text is a date of the calendar. */
export function isDay(text: string): boolean {
  const moment = Date.parse(`${text}T00:00:00Z`)
  return DAY_SHAPE.test(text) && !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(text)
}

/** Milliseconds that a zone is ahead of UTC at a moment. */
function offsetMs(moment: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(moment)
  const part = (type: string): string => parts.find((part) => part.type === type)?.value ?? '00'
  const local = `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}Z`
  return Date.parse(local) - Math.floor(moment / 1000) * 1000
}

const DAY_MS = 86_400_000
const DAY_SHAPE = /^\d{4}-\d{2}-\d{2}$/

// What a pasted text may be, and which page knows it: a frame, a coordinate, a terminal, a contract, a plate or VIN.

import type { IconName } from './ui/icons'
import { shell } from './words/shell'

export interface Pasted {
  icon: IconName
  text: string
  to: string
}

/** GT06 begins with 7878 or 7979, JT/T 808 with 7e, Teltonika TCP with four zero bytes; spaces between bytes are usual. */
const FRAME = /^(7878|7979|7e|00000000)[0-9a-f]{8,}$/i
const COORDINATE = /^(-?\d{1,3}\.\d+)[,，\s]+(-?\d{1,3}\.\d+)$/
/** IMEIs have 15 digits, JT/T 808 terminals 11 to 20. */
const TERMINAL = /^\d{11,20}$/

export function paste(text: string): Pasted[] {
  const bare = text.replace(/[\s:]/g, '')
  if (FRAME.test(bare) && bare.length % 2 === 0) return [{ icon: 'log', text: shell.decode, to: `/log?hex=${bare.toLowerCase()}` }]
  const place = COORDINATE.exec(text)
  if (place) return [{ icon: 'map', text: shell.find_place, to: `/map?at=${place[1]},${place[2]}` }]
  const found: Pasted[] = []
  if (TERMINAL.test(bare)) found.push({ icon: 'device', text: shell.find_device(bare), to: `/devices?q=${bare}` })
  const query = encodeURIComponent(text.trim())
  found.push({ icon: 'car', text: shell.find_vehicle(text), to: `/vehicles?q=${query}` })
  found.push({ icon: 'loan', text: shell.find_loan(text), to: `/loans?q=${query}` })
  return found
}

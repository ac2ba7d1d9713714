// What staff may ask of a terminal, as a form and as the API takes it.
// Shape: kind + the fields it has → command body. Units: in the names; limits are those of the server's model.
// Errors: none; the server answers 422 for a value out of range, the form says the range beforehand.
// Source: README "Tell a terminal something", model::command.

export const KINDS = [
  'locate',
  'interval',
  'tracking',
  'params_read',
  'params_set_heartbeat',
  'params_set_time_zone',
  'params_set_speed_limit',
  'params_set_vibration_alarm',
  'restart',
  'text',
] as const
export type Kind = (typeof KINDS)[number]

export const NOTICES = ['payment_overdue', 'call_lender', 'device_service'] as const

/** One value of a command; `options` make it a choice, else it is a number from `min` to `max`. */
export interface Value {
  name: string
  initial: string
  min?: number
  max?: number
  options?: readonly string[]
}

export interface CommandBody {
  kind: string
  [value: string]: unknown
}

/** The values that each kind has. Those not named have none. */
export const VALUES: Partial<Record<Kind, readonly Value[]>> = {
  interval: [
    { name: 'moving_s', initial: '30', min: 5, max: 86_400 },
    { name: 'parked_s', initial: '3600', min: 5, max: 86_400 },
  ],
  tracking: [
    { name: 'every_s', initial: '10', min: 1, max: 3600 },
    { name: 'minutes', initial: '30', min: 1, max: 1440 },
  ],
  params_set_heartbeat: [{ name: 'every_s', initial: '180', min: 10, max: 3600 }],
  params_set_time_zone: [{ name: 'zone', initial: '+08:00', options: ['+00:00', '+07:00', '+08:00', '+09:00'] }],
  params_set_speed_limit: [{ name: 'kmh', initial: '120', min: 20, max: 250 }],
  params_set_vibration_alarm: [{ name: 'on', initial: 'on', options: ['on', 'off'] }],
  text: [{ name: 'notice', initial: 'call_lender', options: NOTICES }],
}

export function isKind(text: string): text is Kind {
  return (KINDS as readonly string[]).includes(text)
}

/** The body of `POST /commands` for what stands in the form. */
export function commandBody(kind: Kind, given: Record<string, string>): CommandBody {
  const body: CommandBody = { kind }
  for (const value of VALUES[kind] ?? []) {
    const text = given[value.name] ?? value.initial
    if (value.name === 'on') body[value.name] = text === 'on'
    else body[value.name] = value.options ? text : Number(text)
  }
  return body
}

/** The kind and the values of a command that the API tells of. */
export function told(command: CommandBody | string): { kind: string; values: Array<[string, string]> } {
  if (typeof command === 'string') return { kind: command, values: [] }
  const { kind, ...values } = command
  return { kind, values: Object.entries(values).filter(([, value]) => value !== null).map(([name, value]) => [name, String(value)]) }
}

/** The way of a command that goes well; the others end it. */
export const WAY = ['pending', 'sending', 'sent', 'answered'] as const
export const OPEN_STATES: ReadonlySet<string> = new Set(['pending', 'sending', 'sent'])

/** How far along the way a command is: the index in WAY of the last step that it reached. */
export function reached(state: string, steps: ReadonlyArray<{ state: string }>): number {
  const seen = [...steps.map((step) => step.state), state]
  return Math.max(0, ...seen.map((name) => (WAY as readonly string[]).indexOf(ALIKE[name] ?? name)))
}

/** What a refusal or a missing answer says of the way: the bytes had left. */
const ALIKE: Record<string, string> = { refused: 'sent', timed_out: 'sent', unknown: 'sending' }

// What a line of the audit log is about, part by part: its subject is one text, which programs and the chain of hashes need as it is.
//
// Shape: an action and its subject in, parts out, each with the code of what it is ('' = only as it stands). Errors: none; what is not
// understood is a part as it stands, so that nothing of a line is hidden. Source: `described` in watch/src/action.rs, `reads` in web.

export interface Part {
  kind: string
  text: string
}

export function partsOf(action: string, subject: string): Part[] {
  if (!subject) return []
  const whole = WHOLE[action]
  if (whole) return [{ kind: whole, text: subject }]
  const parts = SHAPES[action]?.(subject) ?? []
  return parts.length > 0 ? parts : [{ kind: '', text: subject }]
}

/** What each of these actions names, and names alone. */
const WHOLE: Readonly<Record<string, string>> = {
  acknowledge: 'alert', unacknowledge: 'alert', close: 'alert', snooze: 'alert', note: 'alert',
  approve: 'terminal', set_profile: 'terminal', loan_event: 'contract', activate_book: 'book', cancel_command: 'order',
  login: 'address', login_failed: 'user', locked_out: 'user', logout: 'user', setup: 'user', invited: 'user', invite_accepted: 'user',
  password_changed: 'user', totp_enabled: 'user', totp_disabled: 'user', team_removed: 'team', token_made: 'token', token_revoked: 'token',
}

/** How the others write several things in one text. */
const SHAPES: Readonly<Record<string, (subject: string) => Part[]>> = {
  assign: (subject) => matched(subject, /^(\S+) to (.+)$/, ['alert', 'owner']),
  command: (subject) => matched(subject, /^(\S+) (.+)$/, ['terminal', 'order']),
  reject_terminal: (subject) => matched(subject, /^(\S+): (.*)$/, ['terminal', 'reason']),
  revert_book: (subject) => matched(subject, /^(.+?): (.*)$/, ['book', 'reason']),
  bind: bindings,
  unbind: bindings,
  user_added: user,
  user_changed: user,
  user_disabled: user,
  user_enabled: user,
  team_added: team,
  team_changed: team,
  loan_events: (subject) => matched(subject, /^(\d+) events?$/, ['events']),
  set_places: (subject) => matched(subject, /^(\d+) set, (\d+) removed$/, ['places_set', 'places_removed']),
  read: reading,
  read_failed: (subject) => {
    const [, asked = subject, error = ''] = /^(.+?): (.+)$/s.exec(subject) ?? []
    return [...reading(asked), ...(error ? [{ kind: 'error', text: error }] : [])]
  },
}

function matched(subject: string, shape: RegExp, kinds: readonly string[]): Part[] {
  const found = shape.exec(subject)
  return found ? kinds.map((kind, place) => ({ kind, text: found[place + 1] ?? '' })) : []
}

/** `wang collector lenders=main regions=all`. */
function user(subject: string): Part[] {
  return seeing(subject, /^(\S+) (\S+) (lenders=.*)$/, ['user', 'role'])
}

/** `South lenders=main regions=all members=wang,li`. */
function team(subject: string): Part[] {
  return seeing(subject, /^(.+?) (lenders=.*)$/, ['team'])
}

/** Who it is, and behind that what they see. */
function seeing(subject: string, shape: RegExp, kinds: readonly string[]): Part[] {
  return matched(subject, shape, [...kinds, 'sees']).flatMap((part) => (part.kind === 'sees' ? pairs(part.text) : [part]))
}

/** `5 bindings: 123 on B1 from 2026…Z to 2026…Z; …; and 3 more`. */
function bindings(subject: string): Part[] {
  return subject.replace(/^\d+ bindings?: /, '').split('; ').flatMap((one) => {
    const bound = matched(one, /^(\S+) on (\S+) from (\S+)(?: to (\S+))?$/, ['terminal', 'vehicle', 'from', 'to']).filter(({ text }) => text)
    const more = matched(one, /^and (\d+) more$/, ['more'])
    return bound.length + more.length > 0 ? [...bound, ...more] : [{ kind: '', text: one }]
  })
}

/** `track vehicle=B1 from=… to=…`, `alert 5e… vehicle=B1`, `stream 12 vehicles`, `stream positions bbox=all`. */
function reading(subject: string): Part[] {
  // A stream that is read is one of positions: the word for it says so.
  const [, what = '', rest = ''] = /^(\w+)\s*(.*)$/s.exec(subject.replace(/^stream positions /, 'stream ')) ?? []
  const kind = READ_BY[what]
  const [head = '', name = ''] = (kind && /^([^\s=]+)(?: vehicles|(?=\s|$))/.exec(rest)) || []
  // An id is long and says least: the car it is about goes before it.
  return [{ kind: 'read', text: what }, ...pairs(rest.slice(head.length)), ...(kind && name ? [{ kind, text: name }] : [])]
}

/** What stands behind these without a name of its own. */
const READ_BY: Readonly<Record<string, string>> = { alert: 'alert', loan: 'contract', stream: 'vehicles' }

/** Texts of `name=value`, and what stands between them as it is; a value of nothing is none. */
function pairs(text: string): Part[] {
  return [...text.matchAll(/(\w+)=(\S*)|(\S+)/g)].flatMap(([, kind, value, other]): Part[] => {
    if (kind === undefined) return [{ kind: '', text: other ?? '' }]
    return value === '' || value === '-' ? [] : [{ kind, text: value ?? '' }]
  })
}

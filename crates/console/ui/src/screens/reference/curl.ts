// An operation as a line for a shell: what has to be filled in are variables, so that one line does for every call.
//
// Shape: operation → text. Braces around each name: a colon that follows one (`alerts:bulk`) belongs to it in some shells.

import type { Operation } from './operations'
import type { Shapes } from './shapes'

const LINE = ' \\\n  '

export function curlOf(operation: Operation, { origin, cookie, shapes }: { origin: string; cookie: string; shapes: Shapes }): string {
  const parts = [`curl ${method(operation)}"${origin}${addressOf(operation)}"`, ...signedIn(operation, cookie)]
  if (operation.parameters.some(({ name }) => name === PURPOSE)) parts.push(header(PURPOSE, variable('purpose')))
  for (const { name, in: place, required } of operation.parameters) {
    if (place === 'header' && required && name !== PURPOSE) parts.push(header(name, variable(name)))
  }
  return [...parts, ...bodyOf(operation, shapes)].join(LINE)
}

/** A stream is told as it comes, and not when a buffer is full. */
function method({ method, answers }: Operation): string {
  if (answers.some(({ contents }) => contents.some(({ kind }) => kind === 'text/event-stream'))) return '-N '
  return method === 'GET' ? '' : `-X ${method} `
}

function addressOf({ path, parameters }: Operation): string {
  const query = parameters.filter((one) => one.in === 'query' && one.required).map(({ name }) => `${name}=${variable(name)}`)
  return path.replace(/\{([^}]+)\}/g, (_, name: string) => variable(name)) + (query.length ? `?${query.join('&')}` : '')
}

/** Who has no token is known by the cookie of a session, and proves with each change that it is no other site's. */
function signedIn({ caller, method }: Operation, cookie: string): string[] {
  if (caller === 'anyone') return []
  if (caller === 'token') return [header('Authorization', `Bearer ${variable('token')}`)]
  return [`-b "${cookie}=${variable('session')}"`, ...(method === 'GET' ? [] : [header('X-CSRF-Token', variable('csrf'))])]
}

function bodyOf({ body }: Operation, shapes: Shapes): string[] {
  const content = body?.contents[0]
  if (!content) return []
  const kind = header('Content-Type', content.kind)
  if (content.kind !== 'application/json') return [kind, `--data-binary "@${variable('file')}"`]
  // Within single quotes a shell takes everything as it is, but not another one.
  return [kind, `-d '${JSON.stringify(shapes.example(content.schema)).replaceAll("'", "'\\''")}'`]
}

function header(name: string, value: string): string {
  return `-H "${name}: ${value}"`
}

function variable(name: string): string {
  return `\${${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}}`
}

const PURPOSE = 'X-Purpose'

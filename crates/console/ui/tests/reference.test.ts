import assert from 'node:assert/strict'
import test from 'node:test'
import { curlOf } from '../src/screens/reference/curl'
import type { Description, Schema } from '../src/screens/reference/description'
import { found, groupsOf } from '../src/screens/reference/operations'
import { Shapes } from '../src/screens/reference/shapes'

const SCHEMAS: Record<string, Schema> = {
  Name: { type: 'object', required: ['id'], properties: { id: { type: 'string' }, plate: { type: ['string', 'null'] } } },
  Row: {
    type: 'object',
    required: ['at', 'vehicle'],
    properties: {
      at: { type: 'string', format: 'date-time', description: 'When.' },
      vehicle: { oneOf: [{ $ref: '#/components/schemas/Name', description: 'Which one.' }, { type: 'null' }] },
      way: { type: 'array', items: false, prefixItems: [{ type: 'number' }, { type: 'number' }] },
    },
  },
  Page: { type: 'object', required: ['data'], properties: { data: { type: 'array', items: { $ref: '#/components/schemas/Row' } }, counts: { type: 'object', additionalProperties: { type: 'integer' } } } },
  More: { allOf: [{ $ref: '#/components/schemas/Name' }, { type: 'object', required: ['note'], properties: { note: { type: 'string' } } }] },
  Tree: { type: 'object', properties: { leaf: { type: 'string' }, branches: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } } },
  Forest: { type: 'array', items: { $ref: '#/components/schemas/Forest' } },
  Mirror: { $ref: '#/components/schemas/Glass' },
  Glass: { $ref: '#/components/schemas/Mirror' },
  Itself: { allOf: [{ $ref: '#/components/schemas/Itself' }] },
  What: {
    oneOf: [
      { type: 'object', required: ['type'], properties: { type: { type: 'string', enum: ['payment'] }, amount: { type: 'integer' } } },
      { type: 'object', required: ['type', 'until'], properties: { type: { type: 'string', enum: ['promise'] }, until: { type: 'string', format: 'date' } } },
    ],
  },
}
const shapes = new Shapes(SCHEMAS)
const of = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

/** `path:type`, `!` if it must be there, `?` if it may be null, what else there is behind. */
const told = (schema: Schema): string[] =>
  shapes.of(schema).fields.map(({ path, type, required, nullable, values, only, ends }) => [`${path}:${type}${required ? '!' : ''}${nullable ? '?' : ''}`, ...values, ...only, ends].filter(Boolean).join(' '))

test('the fields of a schema are listed with their whole paths through references, lists and maps', () => {
  assert.deepEqual(told(of('Page')), ['data:Row[]!', 'data[].at:string (date-time)!', 'data[].vehicle:Name!?', 'data[].vehicle.id:string!', 'data[].vehicle.plate:string?', 'data[].way:[number, number]', 'counts:map<integer>'])
  assert.deepEqual(told({ type: 'array', items: of('Name') }), ['[].id:string!', '[].plate:string?'])
  assert.deepEqual(told(of('More')), ['id:string!', 'plate:string?', 'note:string!'])
  assert.deepEqual(told({ type: 'string' }), [])
})

test('the description next to a field goes before that of what it refers to', () => {
  const described = (path: string): string | undefined => shapes.of(of('Row')).fields.find((field) => field.path === path)?.description
  assert.deepEqual([described('at'), described('vehicle')], ['When.', 'Which one.'])
})

test('a schema that comes back to itself ends there and says so', () => {
  assert.deepEqual(told(of('Tree')), ['leaf:string', 'branches:Tree[] again'])
  for (const name of ['Forest', 'Mirror', 'Itself', 'of another version']) assert.deepEqual(told(of(name)), [], name)
  assert.deepEqual(shapes.example(of('Tree')), {})
})

test('what is nested deeper than anybody reads ends there and says so', () => {
  const deep = (levels: number): Schema => (levels ? { type: 'object', properties: { in: deep(levels - 1) } } : { type: 'string' })
  assert.deepEqual(told(deep(9)).slice(-1), ['in.in.in.in.in.in:object deeper'])
})

test('alternatives are one list in which each field says whose it is', () => {
  assert.deepEqual(told(of('What')), ['type:string! payment promise', 'amount:integer payment', 'until:string (date)! promise'])
  assert.deepEqual(shapes.example(of('What')), { type: 'payment' })
})

test('an example has what must be there', () => {
  assert.deepEqual(shapes.example(of('Row')), { at: '2026-01-31T08:00:00Z', vehicle: { id: '…' } })
})

const DESCRIPTION: Description = {
  info: { title: 'lienwatch', version: '1' },
  components: { schemas: SCHEMAS, responses: { Problem: { description: 'What went wrong.', content: { 'application/problem+json': { schema: { type: 'object' } } } } } },
  paths: {
    '/api/v1/alerts/{id}/close': {
      post: { operationId: 'post_close', tags: ['alerts'], summary: 'End an alert.', security: [{ session: [] }, { token: [] }], 'x-right': 'alerts.act',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }, { name: 'Idempotency-Key', in: 'header', schema: { type: 'string' } }],
        requestBody: { required: true, content: { 'application/json': { schema: { type: 'object', required: ['note'], properties: { note: { type: 'string', enum: ["it's"] } } } } } },
        responses: { 204: {}, default: { $ref: '#/components/responses/Problem' } } },
    },
    '/api/v1/login': { post: { operationId: 'post_login', tags: ['sign in'], summary: 'Log in.', security: [] } },
    '/api/v1/me/totp': { delete: { operationId: 'delete_totp', tags: ['sign in'], security: [{ session: [] }] } },
    '/api/v1/positions': {
      get: { operationId: 'get_positions', tags: ['positions'], summary: 'Rows.', security: [{ token: [] }],
        parameters: [{ name: 'from', in: 'query', required: true, schema: { type: 'string', format: 'date-time' } }, { name: 'to', in: 'query' }, { name: 'X-Purpose', in: 'header' }],
        responses: { 200: { content: { 'application/json': { schema: of('Page') }, 'text/csv': { schema: { type: 'string' } } } } } },
    },
  },
}
const groups = groupsOf(DESCRIPTION)
const operation = (id: string) => groups.flatMap(({ operations }) => operations).find((one) => one.id === id)!

test('operations stand in groups with who may call them, and what they answer behind a reference', () => {
  assert.deepEqual(groups.map(({ tag, operations }) => [tag, ...operations.map(({ method, path, caller }) => `${method} ${path} ${caller}`)]), [
    ['alerts', 'POST /api/v1/alerts/{id}/close token'],
    ['sign in', 'POST /api/v1/login anyone', 'DELETE /api/v1/me/totp person'],
    ['positions', 'GET /api/v1/positions token'],
  ])
  assert.deepEqual(operation('post_close').answers.map(({ status, description, contents }) => [status, description, ...contents.map(({ kind }) => kind)]), [['204', ''], ['default', 'What went wrong.', 'application/problem+json']])
  assert.equal(operation('post_close').right, 'alerts.act')
})

test('a search finds by every word, in path, summary, right or parameter', () => {
  const ids = (search: string): string[] => found(groups, search).flatMap(({ operations }) => operations.map(({ id }) => id))
  assert.deepEqual(ids('  '), ['post_close', 'post_login', 'delete_totp', 'get_positions'])
  assert.deepEqual(ids('x-purpose GET'), ['get_positions'])
  assert.deepEqual(ids('ALERTS.ACT'), ['post_close'])
  assert.deepEqual(ids('end nothing'), [])
})

test('a line for a shell names what is to be filled in and breaks at no quote', () => {
  const line = (id: string): string => curlOf(operation(id), { origin: 'https://desk.example', cookie: 'lw_session', shapes }).replaceAll(' \\\n ', '')
  assert.equal(line('post_close'), `curl -X POST "https://desk.example/api/v1/alerts/\${ID}/close" -H "Authorization: Bearer \${TOKEN}" -H "Content-Type: application/json" -d '{"note":"it'\\''s"}'`)
  assert.equal(line('post_login'), 'curl -X POST "https://desk.example/api/v1/login"')
  assert.equal(line('delete_totp'), 'curl -X DELETE "https://desk.example/api/v1/me/totp" -b "lw_session=${SESSION}" -H "X-CSRF-Token: ${CSRF}"')
  assert.equal(line('get_positions'), 'curl "https://desk.example/api/v1/positions?from=${FROM}" -H "Authorization: Bearer ${TOKEN}" -H "X-Purpose: ${PURPOSE}"')
})

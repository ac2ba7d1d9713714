// The description of the interface in the order of reading: groups by tag, their operations, what each takes and answers.
//
// Shape: OpenAPI document → groups. Nothing is resolved here but what a search looks at; the fields of a body are `Shapes`' to list.

import { nameOf, type Contents, type Description, type OperationObject, type Schema } from './description'
import { Shapes } from './shapes'

/** Who may call: anybody, a person who is logged in, or programs with a token as well. */
export type Caller = 'anyone' | 'person' | 'token'

export interface Parameter {
  name: string
  in: string
  type: string
  required: boolean
  description: string
  values: string[]
}

export interface Content {
  kind: string
  schema: Schema
}

export interface Answer {
  /** A status, or `default`: every other one. */
  status: string
  description: string
  contents: Content[]
}

export interface Operation {
  id: string
  method: string
  path: string
  summary: string
  description: string
  caller: Caller
  right: string | null
  parameters: Parameter[]
  body: { required: boolean; description: string; contents: Content[] } | null
  answers: Answer[]
}

export interface Group {
  tag: string
  operations: Operation[]
}

const METHODS: readonly string[] = ['get', 'post', 'put', 'patch', 'delete']

/** Groups in the order in which the document's paths first name them. */
export function groupsOf(description: Description): Group[] {
  const shapes = new Shapes(description.components?.schemas ?? {})
  const groups = new Map<string, Operation[]>()
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const method of METHODS) {
      const told = methods[method]
      if (!told) continue
      const tag = told.tags?.[0] ?? ''
      groups.set(tag, [...(groups.get(tag) ?? []), operationOf(description, shapes, { method, path, told })])
    }
  }
  return [...groups].map(([tag, operations]) => ({ tag, operations }))
}

/** Every word of the search has to be in what an operation is called by; a group without any is left out. */
export function found(groups: Group[], search: string): Group[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (tag: string, one: Operation): boolean => {
    const names = one.parameters.map(({ name }) => name)
    const text = [tag, one.id, one.method, one.path, one.summary, one.description, one.right ?? '', ...names].join('\n').toLowerCase()
    return words.every((word) => text.includes(word))
  }
  return groups.map(({ tag, operations }) => ({ tag, operations: operations.filter((one) => fits(tag, one)) })).filter(({ operations }) => operations.length)
}

function operationOf(description: Description, shapes: Shapes, { method, path, told }: { method: string; path: string; told: OperationObject }): Operation {
  const { requestBody } = told
  return {
    id: told.operationId ?? `${method}_${path}`,
    method: method.toUpperCase(),
    path,
    summary: told.summary ?? '',
    description: told.description ?? '',
    caller: callerOf(told.security),
    right: told['x-right'] ?? null,
    parameters: (told.parameters ?? []).map(({ name, in: place, required = false, description, schema = {} }) => {
      const values = (schema.enum ?? []).map(String)
      return { name, in: place, type: shapes.type(schema), required, description: description ?? '', values }
    }),
    body: requestBody ? { required: requestBody.required ?? false, description: requestBody.description ?? '', contents: contentsOf(requestBody.content) } : null,
    answers: Object.entries(told.responses ?? {}).map(([status, response]) => {
      const { description: said = '', content } = response.$ref ? (description.components?.responses?.[nameOf(response.$ref)] ?? {}) : response
      return { status, description: said, contents: contentsOf(content) }
    }),
  }
}

function contentsOf(contents: Contents = {}): Content[] {
  return Object.entries(contents).map(([kind, { schema = {} }]) => ({ kind, schema }))
}

function callerOf(security: OperationObject['security'] = []): Caller {
  if (!security.length) return 'anyone'
  return security.some((way) => 'token' in way) ? 'token' : 'person'
}

// What a schema says, as rows of a table: every field with its whole path, nested ones below what they are in.
//
// Shape: schema → type and fields. A reference is followed until it comes back to itself or `DEPTH_MAX` is reached; the row at which it
// ends says which of the two it was. Alternatives are one table: a field that not all of them have says whose it is.

import { nameOf, type Schema } from './description'

export interface Field {
  /** `data[].owner.id`; `*` is any key. */
  path: string
  type: string
  required: boolean
  nullable: boolean
  description: string
  values: string[]
  /** The alternatives that have it, if not all do. */
  only: string[]
  /** Why what is in it is not listed. */
  ends: Ending | null
}

export type Ending = 'again' | 'deeper'

export interface Shape {
  type: string
  description: string
  fields: Field[]
}

/** A schema behind its references. */
interface Settled {
  schema: Schema
  /** What it was called on the way. */
  names: string[]
  nullable: boolean
  description: string
}

interface Property {
  name: string
  schema: Schema
  required: boolean
  only: string[]
}

/** Levels of fields within fields: more than the API has; a document of another version may have no end. */
const DEPTH_MAX = 6

export class Shapes {
  #schemas: Record<string, Schema>

  constructor(schemas: Record<string, Schema>) {
    this.#schemas = schemas
  }

  of(schema: Schema): Shape {
    const { path, inner } = this.#element(this.#settled(schema))
    return { type: this.type(schema), description: this.#settled(schema).description, fields: this.#fields(inner, path && `${path}.`, inner.names) }
  }

  /** `string (date-time)`, `AlertRow[]`, `map<integer>`. */
  type(schema: Schema): string {
    return this.#type(this.#settled(schema))
  }

  /** The smallest value that has everything that must be there. */
  example(schema: Schema, above: string[] = []): unknown {
    const { schema: own, names } = this.#settled(schema)
    if (names.some((name) => above.includes(name))) return {}
    if (own.default !== undefined && own.default !== null) return own.default
    if (own.enum?.length) return own.enum[0]
    if (own.prefixItems) return own.prefixItems.map((one) => this.example(one, [...above, ...names]))
    const kind = kindOf(own)
    if (kind !== 'object') return kind === 'array' ? [] : plainExample(kind, own.format)
    const needed = this.#properties(own, names).filter(({ required, only }) => required && !only.length)
    return Object.fromEntries(needed.map((one) => [one.name, this.example(one.schema, [...above, ...names])]))
  }

  #fields(of: Settled, prefix: string, above: string[], depth = 1): Field[] {
    return this.#properties(of.schema, of.names).flatMap(({ name, schema, required, only }) => {
      const settled = this.#settled(schema)
      const { path, inner } = this.#element(settled)
      const isNested = this.#properties(inner.schema, inner.names).length > 0
      const ends = !isNested ? null : inner.names.some((one) => above.includes(one)) ? 'again' : depth === DEPTH_MAX ? 'deeper' : null
      const field: Field = {
        path: prefix + name,
        type: this.#type(settled),
        required,
        nullable: settled.nullable,
        description: settled.description,
        values: (inner.schema.enum ?? []).map(String),
        only,
        ends,
      }
      if (!isNested || ends) return [field]
      return [field, ...this.#fields(inner, `${prefix}${name}${path}.`, [...above, ...inner.names], depth + 1)]
    })
  }

  /** What an array or a map is of, as deep as that goes, and how that is written behind a name. */
  #element(of: Settled): { path: string; inner: Settled } {
    let [path, inner] = ['', of]
    for (let step = 0; step < DEPTH_MAX; step += 1) {
      const { items, additionalProperties } = inner.schema
      if (isSchema(items)) [path, inner] = [`${path}[]`, this.#settled(items)]
      else if (isSchema(additionalProperties)) [path, inner] = [`${path}.*`, this.#settled(additionalProperties)]
      else break
    }
    return { path, inner }
  }

  /** Through references, and through "this or null". A description that stands nearer to the field says more of it. */
  #settled(schema: Schema): Settled {
    const names: string[] = []
    let [description, nullable] = ['', false]
    for (;;) {
      description ||= schema.description ?? ''
      nullable ||= Array.isArray(schema.type) && schema.type.includes('null')
      const alternatives = schema.oneOf ?? schema.anyOf ?? []
      const others = alternatives.filter((one) => one.type !== 'null')
      if (schema.$ref) {
        const name = nameOf(schema.$ref)
        if (names.includes(name)) return { schema: {}, names, nullable, description }
        names.push(name)
        schema = this.#schemas[name] ?? {}
      } else if (others.length === 1 && others[0]) {
        nullable ||= others.length < alternatives.length
        schema = others[0]
      } else return { schema, names, nullable: nullable || others.length < alternatives.length, description }
    }
  }

  #type({ schema, names }: Settled, above: string[] = []): string {
    const again = names.find((name) => above.includes(name))
    if (again) return again
    const within = (one: Schema): string => this.#type(this.#settled(one), [...above, ...names])
    if (schema.prefixItems) return `[${schema.prefixItems.map(within).join(', ')}]`
    if (isSchema(schema.items)) return `${within(schema.items)}[]`
    if (isSchema(schema.additionalProperties)) return `map<${within(schema.additionalProperties)}>`
    const kind = kindOf(schema)
    if (kind === 'object') return names.at(-1) ?? kind
    return schema.format ? `${kind} (${schema.format})` : kind
  }

  /** The fields of an object: its own, those of its parts, and those of its alternatives. */
  #properties(schema: Schema, above: string[]): Property[] {
    const own = Object.entries(schema.properties ?? {}).map(([name, of]) => ({ name, schema: of, required: schema.required?.includes(name) ?? false, only: [] }))
    const parts = (schema.allOf ?? []).flatMap((part) => this.#within(part, above))
    const alternatives = (schema.oneOf ?? schema.anyOf ?? []).filter((one) => one.type !== 'null')
    return [...parts, ...own, ...merged(alternatives.map((one) => this.#within(one, above)))]
  }

  #within(part: Schema, above: string[]): Property[] {
    const { schema, names } = this.#settled(part)
    return names.some((name) => above.includes(name)) ? [] : this.#properties(schema, [...above, ...names])
  }
}

/** Alternatives in one list: the names that tell them apart take all their values. */
function merged(alternatives: Property[][]): Property[] {
  const all = new Map<string, { first: Property; having: Property[][]; values: unknown[] }>()
  for (const one of alternatives) {
    for (const property of one) {
      const known = all.get(property.name) ?? { first: property, having: [], values: [] }
      known.having.push(one)
      known.values.push(...(property.schema.enum ?? []))
      all.set(property.name, known)
    }
  }
  return [...all.values()].map(({ first, having, values }) => ({
    ...first,
    schema: values.length ? { ...first.schema, enum: values } : first.schema,
    only: having.length < alternatives.length ? having.map(labelOf) : [],
  }))
}

/** An alternative is called by the one value that only it may have. */
function labelOf(alternative: Property[]): string {
  const tag = alternative.find(({ schema }) => schema.enum?.length === 1)
  return String(tag?.schema.enum?.[0] ?? alternative.map(({ name }) => name).join(' + '))
}

function kindOf(schema: Schema): string {
  const kinds = [schema.type ?? []].flat().filter((kind) => kind !== 'null')
  if (kinds.length) return kinds.join(' / ')
  return schema.properties || schema.allOf || schema.oneOf || schema.anyOf ? 'object' : 'any'
}

function isSchema(schema: Schema | boolean | undefined): schema is Schema {
  return typeof schema === 'object'
}

function plainExample(kind: string, format: string | undefined): unknown {
  if (kind === 'boolean') return false
  if (kind === 'integer' || kind === 'number') return 0
  if (format === 'date-time') return '2026-01-31T08:00:00Z'
  return format === 'date' ? '2026-01-31' : '…'
}

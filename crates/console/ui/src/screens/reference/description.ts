// The parts of an OpenAPI 3.1 document that the reference shows, as the server writes it at `/api/openapi.json`.

export interface Description {
  info: { title: string; version: string; description?: string }
  paths: Record<string, Record<string, OperationObject>>
  components?: { schemas?: Record<string, Schema>; responses?: Record<string, ResponseObject>; securitySchemes?: Record<string, SecurityScheme> }
}

export interface OperationObject {
  operationId?: string
  tags?: string[]
  summary?: string
  description?: string
  parameters?: ParameterObject[]
  requestBody?: { description?: string; required?: boolean; content?: Contents }
  responses?: Record<string, ResponseObject>
  /** Each entry is one way in; none at all = for anybody. */
  security?: Record<string, string[]>[]
  /** Ours: what the caller has to have. */
  'x-right'?: string
}

export interface ParameterObject {
  name: string
  in: 'path' | 'query' | 'header' | 'cookie'
  required?: boolean
  description?: string
  schema?: Schema
}

export interface ResponseObject {
  $ref?: string
  description?: string
  content?: Contents
}

export type Contents = Record<string, { schema?: Schema }>

export interface SecurityScheme {
  type: string
  in?: string
  name?: string
}

export interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema | boolean
  prefixItems?: Schema[]
  additionalProperties?: Schema | boolean
  enum?: unknown[]
  default?: unknown
  allOf?: Schema[]
  oneOf?: Schema[]
  anyOf?: Schema[]
}

/** `#/components/schemas/AlertRow` → `AlertRow`. */
export function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}

// One way to ask the server: JSON in and out, errors as `ApiError`, with what the contract demands in headers.
//
// Cookie session; `X-CSRF-Token` and `Idempotency-Key` on whatever changes something, `X-Purpose` on what returns coordinates,
// `If-Match` on edits. A body of `application/problem+json` becomes an error with its code and request id. RFC 9457.

import { purposeOf } from './purpose.svelte'
import type { Pending } from './types/terms'

const BASE = '/api/v1'
/** Longer than the server's own deadline (10 s), so that its answer arrives. */
export const USUAL_MS = 30_000
/** For a large file, either way: the server takes 10 min for a book of 100,000 loans over a slow line, and its answer is to arrive. */
export const LONG_MS = 10.5 * 60_000

export interface Pointer {
  pointer: string
  code: string
  detail: string
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly requestId: string | null,
    readonly errors: Pointer[] = [],
    /** Seconds after which it is worth to ask again. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail || title)
  }
}

export type Query = Record<string, string | number | boolean | null | undefined | (string | number)[]>

export interface Asking {
  query?: Query
  /** Whose coordinates these are (a vehicle's id, `fleet`, …): the purpose is asked for once for each, then sent along. */
  subject?: string
  /** The version that was seen. */
  ifMatch?: string | number
  /** The same key for a repeated attempt of the same action; a fresh one otherwise. */
  key?: string
  signal?: AbortSignal
  /** How long the answer is waited for, its last byte included; `USUAL_MS` unless said. Begins when the purpose is known. */
  patience_ms?: number
  headers?: Record<string, string>
  /** The request outlives the page. */
  keepalive?: boolean
}

let csrf = ''
let onSignedOut: () => void = () => {}

export function useCsrf(token: string): void {
  csrf = token
}

/** The server does not know us any more. */
export function signedOut(): void {
  onSignedOut()
}

export function whenSignedOut(then: () => void): void {
  onSignedOut = then
}

export const api = {
  get: <T>(path: string, asking: Asking = {}) => ask<T>('GET', path, undefined, asking),
  post: <T>(path: string, body?: unknown, asking: Asking = {}) => ask<T>('POST', path, body, asking),
  put: <T>(path: string, body?: unknown, asking: Asking = {}) => ask<T>('PUT', path, body, asking),
  patch: <T>(path: string, body?: unknown, asking: Asking = {}) => ask<T>('PATCH', path, body, asking),
  delete: <T>(path: string, body?: unknown, asking: Asking = {}) => ask<T>('DELETE', path, body, asking),
  /** With headers (`ETag`, …), for the few who need them. */
  raw: (method: string, path: string, body?: unknown, asking: Asking = {}) => answer(method, path, body, asking, async (response) => response),
  /** A file for the person: its bytes are fetched with the purpose and handed to the browser. Large ones take their time. */
  save: async (path: string, { name, ...asking }: Asking & { name: string }) =>
    hand(await answer('GET', path, undefined, { patience_ms: LONG_MS, ...asking }, fileOf), name),
}

/** Recorded, but its outcome is not known yet (HTTP 202). */
export function isPending(answer: unknown): answer is Pending {
  return typeof answer === 'object' && answer !== null && (answer as Pending).status === 'pending'
}

export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '' || value === false) continue
    const text = Array.isArray(value) ? value.join(',') : String(value)
    if (text) search.set(name, text)
  }
  const tail = search.size ? `?${search}` : ''
  return path.startsWith('/api/') ? path + tail : BASE + path + tail
}

export function newKey(): string {
  // `randomUUID` exists on HTTPS and loopback only.
  if (crypto.randomUUID) return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function ask<T>(method: string, path: string, body: unknown, asking: Asking): Promise<T> {
  return answer(method, path, body, asking, async (response) => {
    if (response.status === 204) return undefined as T
    const kind = response.headers.get('content-type') ?? ''
    return (kind.includes('json') ? await response.json() : await response.text()) as T
  })
}

/** `read` takes what is needed of an answer: until it has ended the same patience holds, for a body may stop half-way. */
async function answer<T>(method: string, path: string, body: unknown, asking: Asking, read: (response: Response) => Promise<T>): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json', ...asking.headers }
  if (asking.subject) headers['x-purpose'] = await purposeOf(asking.subject)
  if (asking.ifMatch !== undefined) headers['if-match'] = `"${String(asking.ifMatch).replaceAll('"', '')}"`
  if (method !== 'GET') {
    headers['x-csrf-token'] = csrf
    if (method !== 'DELETE') headers['idempotency-key'] = asking.key ?? newKey()
  }
  const patience = AbortSignal.timeout(asking.patience_ms ?? USUAL_MS)
  const request: RequestInit = {
    method,
    headers,
    body: encoded(body, headers),
    credentials: 'same-origin',
    cache: 'no-store',
    keepalive: asking.keepalive ?? false,
    signal: asking.signal ? AbortSignal.any([asking.signal, patience]) : patience,
  }
  try {
    const response = await fetch(address(path, asking.query), request)
    if (response.ok) return await read(response)
    throw await problemOf(response)
  } catch (cause) {
    if (cause instanceof ApiError && cause.code === 'unauthenticated') onSignedOut()
    // An answer that is no JSON is a fault of the server's, as it stands.
    if (cause instanceof ApiError || cause instanceof SyntaxError || asking.signal?.aborted) throw cause
    // Browsers name a body that was cut off differently: what cut it off is asked.
    throw new ApiError(0, patience.aborted ? 'timeout' : 'unreachable', '', '', null)
  }
}

function encoded(body: unknown, headers: Record<string, string>): BodyInit | null {
  if (body === undefined) return null
  if (body instanceof Blob || body instanceof ArrayBuffer) {
    headers['content-type'] ??= 'application/octet-stream'
    return body
  }
  if (typeof body === 'string') {
    headers['content-type'] ??= 'text/plain; charset=utf-8'
    return body
  }
  headers['content-type'] ??= 'application/json'
  return JSON.stringify(body)
}

async function problemOf(response: Response): Promise<ApiError> {
  // What stands between us and the server may answer in HTML; what is cut off is for the caller.
  const body = await response.json().catch((cause) => (cause instanceof SyntaxError ? {} : Promise.reject(cause)))
  const requestId = body.request_id ?? response.headers.get('x-request-id')
  const retry = Number(response.headers.get('retry-after')) || null
  const { code = 'internal', title = response.statusText, detail = '', errors = [] } = body
  return new ApiError(response.status, code, title, detail, requestId, errors, retry)
}

interface SavedFile {
  bytes: Blob
  /** As the server calls it. */
  stated: string | undefined
}

async function fileOf(response: Response): Promise<SavedFile> {
  const stated = /filename="?([^";]+)"?/.exec(response.headers.get('content-disposition') ?? '')?.[1]
  return { bytes: await response.blob(), stated }
}

function hand({ bytes, stated }: SavedFile, name: string): void {
  const url = URL.createObjectURL(bytes)
  const link = Object.assign(document.createElement('a'), { href: url, download: stated ?? name })
  link.click()
  URL.revokeObjectURL(url)
}

import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { api, ApiError, LONG_MS, USUAL_MS } from '../src/lib/api'

/** A clock of ours in the place of the browser's: what was waited for, and an end to the patience when we say so. */
function patienceOf(t: TestContext): { asked: number[]; end: () => void } {
  const [asked, all]: [number[], AbortController[]] = [[], []]
  t.mock.method(AbortSignal, 'timeout', (ms: number) => {
    const one = new AbortController()
    asked.push(ms)
    all.push(one)
    return one.signal
  })
  return { asked, end: () => all.forEach((one) => one.abort(new DOMException('signal timed out', 'TimeoutError'))) }
}

function answersWith(t: TestContext, answer: (signal: AbortSignal) => Promise<Response> | Response): void {
  t.mock.method(globalThis, 'fetch', async (_: string, { signal }: RequestInit) => answer(signal!))
}

/** A body that ends with the patience only, as some browsers tell it: by a name of their own. */
function endless(signal: AbortSignal, type: string): Response {
  const bytes = new ReadableStream({ start: (stream) => signal.addEventListener('abort', () => stream.error(new DOMException('BodyStreamBuffer was aborted', 'AbortError'))) })
  return new Response(bytes, { headers: { 'content-type': type } })
}

const code = (wanted: string) => (cause: unknown) => cause instanceof ApiError && cause.code === wanted

test('a file is waited for longer than an answer', async (t) => {
  const patience = patienceOf(t)
  answersWith(t, () => new Response(null, { status: 204 }))
  await api.get('/me')
  await api.post('/imports', 'rows', { patience_ms: LONG_MS })
  answersWith(t, () => new Response('{"code":"forbidden"}', { status: 403 }))
  await assert.rejects(api.save('/audit', { name: 'audit.csv' }), code('forbidden'))
  assert.deepEqual(patience.asked, [USUAL_MS, LONG_MS, LONG_MS])
})

test('an answer that stops half-way is late, whether it is shown or saved', async (t) => {
  for (const ask of [() => api.get('/me'), () => api.save('/audit', { name: 'audit.csv' })]) {
    const patience = patienceOf(t)
    answersWith(t, (signal) => (setTimeout(patience.end), endless(signal, 'application/json')))
    await assert.rejects(ask(), code('timeout'))
    t.mock.restoreAll()
  }
})

test('a server that is not there is told apart from one that is late, and from who asks no more', async (t) => {
  answersWith(t, () => Promise.reject(new TypeError('Failed to fetch')))
  await assert.rejects(api.get('/me'), code('unreachable'))
  const left = new AbortController()
  answersWith(t, (signal) => (setTimeout(() => left.abort()), endless(signal, 'application/json')))
  await assert.rejects(api.get('/me', { signal: left.signal }), { name: 'AbortError' })
})

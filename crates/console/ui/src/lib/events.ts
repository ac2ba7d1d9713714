// Reads `text/event-stream` with fetch: unlike EventSource it can name the event from which to go on.
//
// Shape: bytes → (event, data, id) callbacks; each chunk, a comment (`: beat`) included, is a sign of life. Errors: throws when the
// stream ends, is refused, or is silent for longer than it may be. Source: WHATWG HTML, server-sent events.

import { signedOut } from './api'

type Take = (event: string, data: string, id: string) => void

export async function readEvents(
  url: string, lastId: string, until: AbortSignal, silence_ms_max: number, alive: () => void, take: Take,
): Promise<void> {
  const silent = new AbortController()
  let timer = setTimeout(() => silent.abort(), silence_ms_max)
  try {
    const headers: Record<string, string> = { accept: 'text/event-stream' }
    if (lastId) headers['last-event-id'] = lastId
    const signal = AbortSignal.any([until, silent.signal])
    const response = await fetch(url, { headers, signal, credentials: 'same-origin', cache: 'no-store' })
    if (response.status === 401) signedOut()
    if (!response.ok || !response.body) throw new Error(`stream refused: ${response.status}`)
    alive()
    const parse = parser(take)
    const text = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await text.read()
      if (done) throw new Error('stream ended')
      clearTimeout(timer)
      timer = setTimeout(() => silent.abort(), silence_ms_max)
      alive()
      parse(value)
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Takes pieces of the stream as they come, wherever they are cut. */
export function parser(take: Take): (piece: string) => void {
  let rest = ''
  let [event, data, id] = ['', [] as string[], '']
  const line = (text: string) => {
    if (text === '') {
      if (data.length || event) take(event || 'message', data.join('\n'), id)
      ;[event, data, id] = ['', [], '']
      return
    }
    const colon = text.indexOf(':')
    if (colon === 0) return
    const [name, value] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1).replace(/^ /, '')]
    if (name === 'event') event = value
    else if (name === 'data') data.push(value)
    else if (name === 'id') id = value
  }
  return (piece) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) line(text.replace(/\r$/, ''))
  }
}

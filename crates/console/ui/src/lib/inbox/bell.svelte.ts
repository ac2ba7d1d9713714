// A sound and a desktop notice for a new P1: off until somebody switches them on, and by one tab of a browser only.

import { keep, kept, said } from '../i18n.svelte'
import { stream } from '../stream.svelte'
import { serverNow } from '../time.svelte'
import type { AlertRow } from '../types/alerts'
import { inbox } from '../words/inbox'

/** An alert that is older was told before this page was open. */
const NEW_MS_MAX = 120_000

let on = $state(kept('lw.bell') === 'on')
let pushed = $state(kept('lw.push') === 'on' && 'Notification' in window && Notification.permission === 'granted')
let audio: AudioContext | null = null
const told = new Set<string>()

export const bell = {
  get on(): boolean {
    return on
  },
  set on(next: boolean) {
    on = next
    keep('lw.bell', next ? 'on' : 'off')
    // Browsers let a page sound only after a person pressed something: so it sounds once now, which also lets them hear it.
    if (next) ring()
  },
  get push(): boolean {
    return pushed
  },
  /** False if the browser forbids it. */
  async set_push(next: boolean): Promise<boolean> {
    const allowed = !next || ('Notification' in window && (await Notification.requestPermission()) === 'granted')
    pushed = next && allowed
    keep('lw.push', pushed ? 'on' : 'off')
    return allowed
  },
}

stream.on<AlertRow>('alert', (row) => {
  const is_new = row.severity === 'P1' && row.state === 'open' && serverNow() - Date.parse(row.opened_at) < NEW_MS_MAX
  if (!is_new || told.has(row.id) || !stream.leads) return
  told.add(row.id)
  if (on) ring()
  // No plate: a desktop notice is read by whoever stands behind.
  if (pushed) new Notification(inbox.push_title, { body: said(row.text), tag: row.id })
})

/** Two short tones, a third apart. */
function ring(): void {
  audio ??= new AudioContext()
  void audio.resume()
  for (const [index, hertz] of [660, 830].entries()) {
    const at = audio.currentTime + index * 0.18
    const [tone, volume] = [audio.createOscillator(), audio.createGain()]
    tone.frequency.value = hertz
    volume.gain.setValueAtTime(0, at)
    volume.gain.linearRampToValueAtTime(0.18, at + 0.02)
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16)
    tone.connect(volume).connect(audio.destination)
    tone.start(at)
    tone.stop(at + 0.17)
  }
}

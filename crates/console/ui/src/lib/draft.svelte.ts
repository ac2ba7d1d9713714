// What somebody was writing when they left a dialog: it is there when the same dialog opens again, until it is sent or thrown away.
// It is kept in this page's memory alone, and no longer than the login: notes of borrowers belong in no browser's store.

const kept = new Map<string, string>()

export class Draft {
  readonly #key: string
  #text = $state('')
  /** It began with what was left before. */
  readonly isOld: boolean

  constructor(key: string) {
    this.#key = key
    this.#text = kept.get(key) ?? ''
    this.isOld = this.#text !== ''
  }

  get text(): string {
    return this.#text
  }

  set text(next: string) {
    this.#text = next
    if (next.trim()) kept.set(this.#key, next)
    else kept.delete(this.#key)
  }

  /** Sent, or not wanted. */
  drop(): void {
    this.text = ''
  }

  /** What could not be sent, or was taken back; behind it what has been written since. */
  restore(text: string): void {
    const since = kept.get(this.#key) ?? ''
    this.text = since && since !== text ? `${text}\n${since}` : text
  }
}

export function forgetDrafts(): void {
  kept.clear()
}

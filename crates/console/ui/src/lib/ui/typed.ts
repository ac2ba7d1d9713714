// Whether somebody has typed into a dialog what would be lost with it.
//
// Shape: fields as they get the focus in, a claim out. What is searched for and what is chosen is not text of anybody's. Errors: none.

type Field = HTMLInputElement | HTMLTextAreaElement

const TEXTS: ReadonlySet<string> = new Set(['text', 'textarea', 'number', 'url', 'tel', 'email'])

export class Typed {
  readonly #before = new Map<Field, string>()

  /** To be told of each field before it is typed into. */
  sees(target: EventTarget | null): void {
    const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
    if (isField && TEXTS.has(target.type) && !this.#before.has(target)) this.#before.set(target, target.value)
  }

  get isChanged(): boolean {
    return [...this.#before].some(([field, before]) => field.isConnected && field.value.trim() !== before.trim())
  }
}

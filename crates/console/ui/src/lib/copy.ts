// Puts a text on the clipboard, also over plain HTTP, where browsers have no clipboard API.
//
// Shape: text → whether it is there. Errors: none; false = the browser forbids it.

export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copiedByHand(text)
  }
}

/** The old way: a field out of sight, within the open dialog if there is one, since what is behind it cannot be selected. */
function copiedByHand(text: string): boolean {
  const place = document.querySelector('dialog[open]') ?? document.body
  const field = Object.assign(document.createElement('textarea'), { value: text, readOnly: true, className: 'unseen' })
  const before = document.activeElement
  place.append(field)
  field.select()
  const done = document.execCommand('copy')
  field.remove()
  if (before instanceof HTMLElement) before.focus()
  return done
}

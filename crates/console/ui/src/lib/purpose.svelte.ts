// Why somebody wants to see where a car is: asked once a browser session for each subject, then remembered.
//
// The server demands it with every read of coordinates and writes it into the audit log before it answers.

import { untrack } from 'svelte'
import { ApiError } from './api'
import type { Purpose } from './types/terms'

interface Prompt {
  subject: string
  answer: (purpose: Purpose | null) => void
}

const remembered = new Map<string, Purpose>(restored())
const waiting = new Map<string, Promise<Purpose | null>>()
let prompts = $state<Prompt[]>([])

export const purposes = {
  /** The question that `PurposePrompt` shows. */
  get asked(): Prompt | null {
    return prompts[0] ?? null
  },
  known: (subject: string): Purpose | null => remembered.get(subject) ?? null,
  /** What was said for any subject last: a sensible first choice. */
  get last(): Purpose | null {
    return [...remembered.values()].at(-1) ?? null
  },
  remember(subject: string, purpose: Purpose): void {
    remembered.set(subject, purpose)
    store()
  },
  forget(): void {
    remembered.clear()
    store()
  },
}

/** The purpose for a subject; asks the person if it was not said yet. An `ApiError` of code `purpose_declined` if they say none. */
export async function purposeOf(subject: string): Promise<Purpose> {
  const known = remembered.get(subject)
  if (known) return known
  const purpose = await (waiting.get(subject) ?? prompt(subject))
  if (!purpose) throw new ApiError(403, 'purpose_declined', '', '', null)
  return purpose
}

function prompt(subject: string): Promise<Purpose | null> {
  const asked = new Promise<Purpose | null>((resolve) => {
    const question: Prompt = {
      subject,
      answer(purpose) {
        if (purpose) purposes.remember(subject, purpose)
        prompts = prompts.filter((other) => other.subject !== subject)
        waiting.delete(subject)
        resolve(purpose)
      },
    }
    // Whoever asks from within an effect must not be run again by the answer.
    untrack(() => (prompts = [...prompts, question]))
  })
  waiting.set(subject, asked)
  return asked
}

function restored(): [string, Purpose][] {
  try {
    return JSON.parse(sessionStorage.getItem('lw.purposes') ?? '[]')
  } catch {
    return []
  }
}

function store(): void {
  try {
    sessionStorage.setItem('lw.purposes', JSON.stringify([...remembered]))
  } catch {
    // Storage may be forbidden; then it holds as long as the page.
  }
}

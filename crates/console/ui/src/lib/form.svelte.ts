// A form that is sent: busy meanwhile, with its error, never twice at once.

import { ApiError } from './api'
import { problem } from './load.svelte'

export class Form {
  busy = $state(false)
  error = $state<ApiError | null>(null)

  /** True if it went through. */
  async send(what: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.error = null
    try {
      await what()
      return true
    } catch (cause) {
      this.error = problem(cause)
      return false
    } finally {
      this.busy = false
    }
  }

  /** As a listener of `submit`. */
  submitting = (what: () => Promise<unknown>) => (event: SubmitEvent) => {
    event.preventDefault()
    void this.send(what)
  }
}

// The fleet as it is now: asked once, then moved by the stream, told to the map in one go a second.
//
// Shape: rows of the stream gather; `take` hands on which cars changed. Errors: a lost stream changes nothing here, the screen says how
// old everything is; `resync` asks for all cars again.

import { untrack } from 'svelte'
import { stream } from '../stream.svelte'
import { serverNow } from '../time.svelte'
import type { Purpose } from '../types/terms'
import type { Fleet } from '../types/vehicles'
import { type Car, Cars } from './cars'

export class LiveFleet {
  readonly cars = new Cars()
  /** Moves on with each change: whoever reads it in markup is drawn again. */
  version = $state(0)
  #waiting: unknown[] = []
  #changed = new Map<string, Car>()

  replace(fleet: Fleet): void {
    this.cars.replace(fleet)
    this.#waiting = []
    this.#changed.clear()
    this.#moveOn()
  }

  /** Hears the stream, until the returned function is called. */
  hear(purpose: Purpose, onresync: () => void): () => void {
    const release = stream.want('positions', purpose)
    const stops = [
      stream.on<unknown>('position', (row) => {
        // A page in the background draws nothing; it asks for all cars again rather than keep an hour of rows.
        if (this.#waiting.length < WAITING_MAX) this.#waiting.push(row)
        else onresync()
      }),
      stream.on('resync', onresync),
    ]
    return () => {
      release()
      for (const stop of stops) stop()
    }
  }

  /** What came since the last call. */
  take(): Car[] {
    const [rows, asOf] = [this.#waiting, serverNow()]
    this.#waiting = []
    this.#changed.clear()
    for (const row of rows) {
      const car = this.cars.take(row, asOf)
      if (car) this.#changed.set(car.id, car)
    }
    if (this.#changed.size > 0) this.#moveOn()
    return [...this.#changed.values()]
  }

  /** An effect that replaces the fleet does not depend on it. */
  #moveOn(): void {
    this.version = untrack(() => this.version) + 1
  }
}

/** Two rows of each of 20,000 cars. */
const WAITING_MAX = 40_000
/** Shorter than this nobody sees a difference, and each turn costs a new index of all clusters. */
export const TURN_MS = 1_500

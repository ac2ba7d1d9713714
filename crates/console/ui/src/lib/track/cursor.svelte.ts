// The moment that map, strip, graph and list look at together, and its playing.
//
// Shape: reactive; the points it runs over are handed in by `over`. Milliseconds since 1970. Errors: without points nothing plays.

import type { TrackPoint } from '../types/vehicles'
import { lastBefore } from './moments'
import { advance, type Factor, stepped } from './playback'

export class Cursor {
  /** Null where nothing is pointed at. */
  moment = $state<number | null>(null)
  playing = $state(false)
  factor = $state<Factor>(60)
  #points = $state.raw<readonly TrackPoint[]>([])
  #frame = 0

  over(points: readonly TrackPoint[]): void {
    this.#points = points
  }

  /** The last fix at or before the moment: what is known of it. */
  readonly point = $derived.by(() => (this.moment === null ? null : (this.#points[lastBefore(this.#points, this.moment)] ?? null)))

  at(moment: number | null): void {
    this.stop()
    this.moment = moment
  }

  step(by: 1 | -1): void {
    const from = this.moment ?? (by === 1 ? -Infinity : Infinity)
    const [first, last] = [this.#points[0], this.#points.at(-1)]
    if (!first || !last) return
    this.at(stepped(this.#points, Math.max(first[0] - 1, Math.min(from, last[0] + 1)), by))
  }

  toggle(): void {
    if (this.playing) return this.stop()
    const [first, last] = [this.#points[0], this.#points.at(-1)]
    if (!first || !last) return
    if (this.moment === null || this.moment >= last[0]) this.moment = first[0]
    this.playing = true
    this.#run(performance.now())
  }

  stop(): void {
    this.playing = false
    cancelAnimationFrame(this.#frame)
  }

  #run(before: number): void {
    this.#frame = requestAnimationFrame((now) => {
      const next = this.moment === null ? null : advance(this.#points, this.moment, now - before, this.factor)
      if (next === null) return this.stop()
      this.moment = next
      this.#run(now)
    })
  }
}

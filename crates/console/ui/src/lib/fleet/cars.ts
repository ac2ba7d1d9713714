// The cars of the fleet map, as the API's rows of columns say, kept current by the live stream.
//
// Shape: `Fleet` rows in, `Car` objects out; each keeps one number for the map library for as long as the page lives. Times in
// milliseconds, degrees of WGS-84. Errors: a row without an id or a place is no car on a map and is left out.

import type { Severity, VehicleState } from '../types/terms'
import type { Fleet } from '../types/vehicles'

export interface Car {
  /** The map library's id: small, stable, never reused. */
  number: number
  id: string
  plate: string
  lat: number
  lon: number
  state: VehicleState
  course: number | null
  fixAt: number
  dpd: number | null
  severity: Severity | null
}

export class Cars {
  readonly #byId = new Map<string, Car>()
  readonly #byNumber: Car[] = []
  #fields: readonly string[] = FIELDS

  /** All cars anew, as of a moment. Those that are gone from the answer are gone from the map. */
  replace(fleet: Fleet): void {
    this.#fields = fleet.fields
    const asOf = Date.parse(fleet.as_of)
    const former = new Map(this.#byId)
    this.#byId.clear()
    for (const row of fleet.rows) {
      const car = carOf(columnsOf(this.#fields, row), asOf)
      if (car) this.#keep(car, former.get(car.id))
    }
  }

  /** One car of the live stream. Null where it says nothing that a map can show. */
  take(row: unknown, asOf: number): Car | null {
    const columns = Array.isArray(row) ? columnsOf(this.#fields, row) : isColumns(row) ? row : null
    const known = columns && this.#byId.get(String(columns.id))
    const car = columns && carOf({ ...(known ? columnsOfCar(known, asOf) : {}), ...columns }, asOf)
    if (!car) return null
    // A late fix changes history, never now.
    if (known && car.fixAt < known.fixAt) return null
    return this.#keep(car, known ?? undefined)
  }

  byId(id: string): Car | undefined {
    return this.#byId.get(id)
  }

  byNumber(number: number): Car | undefined {
    return this.#byNumber[number]
  }

  all(): IterableIterator<Car> {
    return this.#byId.values()
  }

  get size(): number {
    return this.#byId.size
  }

  #keep(car: Omit<Car, 'number'>, former: Car | undefined): Car {
    const number = former?.number ?? this.#byNumber.length
    const kept = { ...car, number }
    this.#byNumber[number] = kept
    this.#byId.set(kept.id, kept)
    return kept
  }
}

type Columns = Record<string, unknown>

function columnsOf(fields: readonly string[], row: readonly unknown[]): Columns {
  return Object.fromEntries(fields.map((field, place) => [field, row[place]]))
}

function columnsOfCar(car: Car, asOf: number): Columns {
  return { ...car, fix_age_s: (asOf - car.fixAt) / 1000 }
}

function carOf(columns: Columns, asOf: number): Omit<Car, 'number'> | null {
  const [lat, lon] = [numberOf(columns.lat), numberOf(columns.lon)]
  if (typeof columns.id !== 'string' || lat === null || lon === null) return null
  return {
    id: columns.id,
    plate: typeof columns.plate === 'string' ? columns.plate : columns.id,
    lat,
    lon,
    state: oneOf(STATES, columns.state) ?? 'unseen',
    course: numberOf(columns.course),
    fixAt: asOf - (numberOf(columns.fix_age_s) ?? 0) * 1000,
    dpd: numberOf(columns.dpd),
    severity: oneOf(SEVERITIES, columns.severity),
  }
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)

const isColumns = (row: unknown): row is Columns => typeof row === 'object' && row !== null

function oneOf<T extends string>(known: readonly T[], value: unknown): T | null {
  return known.find((one) => one === value) ?? null
}

export const STATES: readonly VehicleState[] = ['moving', 'parked', 'parked_unseen', 'unseen', 'dark', 'never']
export const SEVERITIES: readonly Severity[] = ['P1', 'P2', 'P3', 'P4']
const FIELDS = ['id', 'plate', 'lat', 'lon', 'state', 'course', 'fix_age_s', 'dpd', 'severity']

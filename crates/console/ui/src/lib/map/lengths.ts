// Lengths as people read them: metres below a kilometre, kilometres above.
//
// Shape: metres in, a text of the viewer's language out. Errors: none.

import { units } from '../words/units'

export function lengthText(metres: number): string {
  if (metres < 1000) return units.metres(String(Math.round(metres)))
  const kilometres = metres / 1000
  return units.kilometres(kilometres < 10 && kilometres % 1 !== 0 ? kilometres.toFixed(1) : String(Math.round(kilometres)))
}

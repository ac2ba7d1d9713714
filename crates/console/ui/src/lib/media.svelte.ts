// Window widths that change what is drawn, not only how.

const query = matchMedia('(max-width: 700px)')
let narrow = $state(query.matches)
query.addEventListener('change', () => (narrow = query.matches))

export const media = {
  /** A telephone. */
  get narrow(): boolean {
    return narrow
  },
}

// Which units make up sets of several parts, where a unit may fit more than one of them. Pure.

/** Units worth the same, and which parts of a set one of them may stand for: a bit each. */
export type Fitting = { readonly at: number; readonly quantity: number; readonly parts: number }
export type Picked = { readonly at: number; readonly quantity: number }

const neededFor = (quantities: readonly number[], parts: number): number =>
  quantities.reduce((all, quantity, i) => (parts & (1 << i) ? all + quantity : all), 0)

/** Each union of what units fit: together they get no more units than these parts ask for. */
function unionsOf(units: readonly Fitting[]): number[] {
  const unions = new Set<number>()
  for (const parts of new Set(units.map((unit) => unit.parts))) {
    for (const union of [...unions]) unions.add(union | parts)
    unions.add(parts)
  }
  return [...unions]
}

/**
 * The dearest units that make up so many sets, `units` being given dearest first; null when there
 * are not enough. By Hall's theorem units can be told off to parts exactly when no group of parts
 * gets more of those that fit nowhere else than it asks for. Choices of units for which this holds
 * are a matroid: to take the dearest that still fits is best.
 */
export function openPicker(units: readonly Fitting[], quantities: readonly number[]) {
  const unions = unionsOf(units)
  const needed = unions.map((parts) => neededFor(quantities, parts))
  const within = new Map<number, number[]>()
  for (const { parts } of units) {
    if (within.has(parts)) continue
    within.set(
      parts,
      [...unions.keys()].filter((i) => (parts & ~unions[i]!) === 0),
    )
  }
  return (times: number): Picked[] | null => {
    const room = needed.map((quantity) => times * quantity)
    const picked: Picked[] = []
    let wanted = times * neededFor(quantities, -1)
    for (const { at, quantity, parts } of units) {
      const asked = within.get(parts)!
      const taken = asked.reduce((least, i) => Math.min(least, room[i]!), quantity)
      if (taken === 0) continue
      for (const i of asked) room[i]! -= taken
      wanted -= taken
      picked.push({ at, quantity: taken })
    }
    return wanted === 0 ? picked : null
  }
}

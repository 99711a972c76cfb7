// What options and their values are called in other languages. Goods may call one value
// differently: a facet of all of them calls it as most do. Nothing here asks the database.

export type OptionLabel = {
  readonly locale: string
  readonly facet: string
  /** Empty for the option itself. */
  readonly value: string
  readonly label: string
}
export type OptionLabels = {
  /** What one product calls them, instead of what it called them before. */
  put(n: number, labels: readonly OptionLabel[]): void
  /** Null where no product says anything in that language. */
  labelOf(locale: string, facet: string, value: string): string | null
}

type Known = { readonly label: string; goods: number; readonly among: Map<string, Known> }

const keyOf = (locale: string, facet: string, value: string): string =>
  `${locale}\0${facet}\0${value}`

export function createOptionLabels(): OptionLabels {
  const labels = new Map<string, Map<string, Known>>()
  const of_goods = new Map<number, readonly Known[]>()

  const take = ({ locale, facet, value, label }: OptionLabel): Known => {
    const key = keyOf(locale, facet, value)
    const among = labels.get(key) ?? new Map<string, Known>()
    labels.set(key, among)
    const known = among.get(label) ?? { label, goods: 0, among }
    among.set(label, known)
    known.goods += 1
    return known
  }
  const leave = (known: Known): void => {
    known.goods -= 1
    if (known.goods === 0) known.among.delete(known.label)
  }

  return {
    put: (n, given) => {
      const before = of_goods.get(n) ?? []
      if (given.length === 0) of_goods.delete(n)
      else of_goods.set(n, given.map(take))
      for (const known of before) leave(known)
    },
    labelOf: (locale, facet, value) => {
      let best: Known | null = null
      for (const known of labels.get(keyOf(locale, facet, value))?.values() ?? []) {
        const is_ahead =
          best === null ||
          known.goods > best.goods ||
          (known.goods === best.goods && known.label < best.label)
        if (is_ahead) best = known
      }
      return best?.label ?? null
    },
  }
}

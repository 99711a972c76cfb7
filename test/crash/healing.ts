// How long it takes to heal: from a kill until everything that was undone at that moment is done
// and another process stands where the killed one stood, whatever began meanwhile.
import { snapshot } from '#src/db/transaction.ts'
import { readUndone } from '#test/books.sql.ts'
import { until, type World } from '#test/world.ts'

export type Healed = { readonly point: string; readonly hits: number; readonly healed_ms: number }
export type Healing = {
  /** Right after the kill; `replaced` ends when another process has taken the place. */
  begin(point: string, replaced: Promise<unknown>): Promise<void>
  /** Waits until all is healed: the longest time of each place since the last report. */
  report(): Promise<Healed[]>
}

export function openHealing({ db }: World, patience_ms: number): Healing {
  const begun = new Map<string, Promise<number>[]>()

  async function heal(undone: ReadonlySet<string>, replaced: Promise<unknown>): Promise<number> {
    const from = performance.now()
    await replaced
    const isDone = async () => {
      const left = await snapshot(db, readUndone)
      return !left.some((id) => undone.has(id))
    }
    await until('what was undone at a kill', isDone, patience_ms, 200)
    return performance.now() - from
  }
  return {
    begin: async (point, replaced) => {
      const undone = new Set(await snapshot(db, readUndone))
      const healed = heal(undone, replaced)
      // Whoever asks for the report hears of it.
      healed.catch(() => {})
      begun.set(point, [...(begun.get(point) ?? []), healed])
    },
    report: async () => {
      const places = [...begun]
      begun.clear()
      return Promise.all(
        places.map(async ([point, all]) => ({
          point,
          hits: all.length,
          healed_ms: Math.max(...(await Promise.all(all))),
        })),
      )
    },
  }
}

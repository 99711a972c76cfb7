// How long it takes to heal after a kill, when nobody kills meanwhile in the same place.
import { snapshot } from '#src/db/transaction.ts'
import { readUndone } from '#test/books.sql.ts'
import { until, type World } from '#test/world.ts'

/**
 * From now until another process stands where the killed one stood and everything is done that is
 * undone at this moment, whatever begins meanwhile.
 */
export async function healingTime(
  { db }: World,
  replaced: Promise<unknown>,
  patience_ms: number,
): Promise<number> {
  const from = performance.now()
  const undone = new Set(await snapshot(db, readUndone))
  await replaced
  const isHealed = async () => {
    const left = await snapshot(db, readUndone)
    return !left.some((id) => undone.has(id))
  }
  await until('what was undone at a kill', isHealed, patience_ms, 100)
  return performance.now() - from
}

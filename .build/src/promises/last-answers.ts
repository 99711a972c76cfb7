// What the promises said when the clock asked them last.
import type { Tx } from '../db/sql.ts'
import { openCauses } from '../jobs/exceptions.sql.ts'
import { type Asking, readAskings } from './askings.sql.ts'
import { kindOf } from './promised.ts'
import { type PromiseResult, promises, rows_max } from './promises.sql.ts'

export type LastAnswer = PromiseResult & { readonly asked: readonly Asking[] }

/** Broken is what stands in the exception inbox; when it was looked at is told beside it. */
export async function readLastAnswers(tx: Tx): Promise<LastAnswer[]> {
  const askings = Map.groupBy(await readAskings(tx), ({ promise }) => promise)
  const open = Map.groupBy(await openCauses(tx, 'promise_'), ({ kind }) => kind)
  return Object.keys(promises).map((name) => {
    const broken = open.get(kindOf(name)) ?? []
    const rows = broken
      .slice(0, rows_max)
      .map(({ cause_id: thing, order_id, detail }) => ({ thing, order_id, ...detail }))
    return { name, violations: broken.length, rows, asked: askings.get(name) ?? [] }
  })
}

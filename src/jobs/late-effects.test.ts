// An effect that is late is shown to a person, unless it is finished at that very moment.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transaction } from '#src/db/transaction.ts'
import { plusMs } from '#src/lib/clock.ts'
import { type EffectId, newId } from '#src/lib/ids.ts'
import { readExceptions } from '#test/books.sql.ts'
import { testDatabase } from '#test/database.ts'
import { until } from '#test/world.ts'
import { addEffects, finishEffects, openException, overdueEffects } from './effects.sql.ts'

const { db } = await testDatabase()
const now = new Date()
const hour_ms = 3_600_000

async function lateEffect(): Promise<EffectId> {
  const cause_id = newId()
  const effect = { kind: 'label', cause_id, order_id: null } as const
  await transaction(db, (tx) => addEffects(tx, [effect], plusMs(now, -hour_ms)))
  const { rows } = await db.query('select id from effect where cause_id = $1', [cause_id])
  return rows[0].id
}

const somebodyWaits = async (): Promise<boolean> => {
  const { rowCount } = await db.query(
    `select from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rowCount !== 0
}

test('finished while it is being put into the inbox: it does not stay there', async () => {
  const id = await lateEffect()
  let finished = false
  let finishing: Promise<void> | undefined
  await transaction(db, async (tx) => {
    const [late] = await overdueEffects(tx, now, 10)
    assert.equal(late!.id, id)
    finishing ??= transaction(db, (other) => finishEffects(other, [id], now)).then(() => {
      finished = true
    })
    await until('the worker', async () => finished || (await somebodyWaits()))
    const { kind, cause_id, order_id } = late!
    const found = { kind, cause_id, order_id, effect_id: id, message: 'late' }
    await openException(tx, found, now)
  })
  await finishing
  assert.deepEqual(await transaction(db, readExceptions), [])
})

test('being finished at this moment: it is not put into the inbox', async () => {
  const id = await lateEffect()
  await transaction(db, async (tx) => {
    await finishEffects(tx, [id], now)
    assert.deepEqual(await transaction(db, (other) => overdueEffects(other, now, 10)), [])
  })
})

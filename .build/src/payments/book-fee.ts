// The fee of a capture that was told without it, as webhooks do: the provider is asked until it
// says what it has kept.
import { transaction } from '../db/transaction.ts'
import type { EffectOutcome } from '../jobs/effects.ts'
import { addEntries } from '../ledger/ledger.sql.ts'
import type { CaptureId } from '../lib/ids.ts'
import type { Money } from '../lib/money.ts'
import { lockOrders } from '../orders/orders.sql.ts'
import { type Capture, readAttempts, readFeeless, setFee } from './payments.sql.ts'
import { feeJournal } from './steps.ts'
import { at, missingProvider, type Till } from './transfers.ts'

/** For the effect `fee`. */
export async function bookFee(till: Till, id: CaptureId): Promise<EffectOutcome> {
  const found = await transaction(till.db, async (tx) => {
    const capture = await readFeeless(tx, id)
    if (!capture) return null
    const [attempt] = await readAttempts(tx, [capture.attempt_id])
    return { capture, attempt: attempt! }
  })
  if (!found) return { kind: 'done' }
  const { capture, attempt } = found
  const provider = till.payments.get(attempt.provider)
  if (!provider) return { kind: 'retry', reason: missingProvider(attempt.provider) }
  const outcome = await provider.lookup(at(attempt))
  if (outcome.kind !== 'captured' || outcome.fee === null || outcome.fee === 'later') {
    return { kind: 'retry', reason: 'The provider does not tell its fee yet.' }
  }
  if (outcome.amount.amount !== capture.amount) {
    // The fee is that of the whole payment: which part of it is this capture's nobody tells.
    return { kind: 'stuck', reason: 'The payment was captured in parts: book its fee by hand.' }
  }
  await writeFee(till, capture, outcome.fee)
  return { kind: 'done' }
}

const writeFee = (till: Till, capture: Capture, fee: Money): Promise<void> =>
  transaction(till.db, async (tx) => {
    const { now } = await till.recording(tx)
    const [order] = await lockOrders(tx, [capture.order_id])
    if (!(await setFee(tx, capture.id, fee.amount))) return
    await addEntries(tx, [feeJournal(capture, order!, fee)], now)
  })

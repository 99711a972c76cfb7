// The desk where carts and payments are served: one of these per process. Requests that arrive
// together share a transaction.

import { readCartSnapshots } from '#src/carts/cart-snapshots.sql.ts'
import { readCarts } from '#src/carts/carts.sql.ts'
import { type Cart, codesOf } from '#src/carts/carts.ts'
import {
  type CartChange,
  type CartResult,
  createCarts,
  editCarts,
  type NewCart,
} from '#src/carts/edit-carts.ts'
import { type PricedSnapshot, priceSnapshot } from '#src/carts/price-snapshot.ts'
import { type ReadShopBook, type ShopBook, shopBookReader } from '#src/carts/shop-book.ts'
import { no_rules, type ShopRules } from '#src/carts/shop-rules.ts'
import { type Batcher, createBatcher } from '#src/db/batch.ts'
import type { RequestKey } from '#src/db/idempotency.sql.ts'
import type { Db } from '#src/db/pool.ts'
import { type Tx, together } from '#src/db/sql.ts'
import { snapshotByKey, transactionByKey } from '#src/db/transaction.ts'
import type { Clock } from '#src/lib/clock.ts'
import type { CartId } from '#src/lib/ids.ts'
import type { Refusal } from '#src/lib/refusal.ts'
import { type PaidPrices, readPaidPrices } from '#src/orders/paid-prices.sql.ts'
import { type Recording, recordOutcomes } from '#src/payments/record-outcomes.ts'
import type { Report } from '#src/payments/steps.ts'
import { hearPaymentEvents, type Told, tellsOnlyPayments } from '#src/payments/webhooks.ts'
import type { PaymentProvider } from '#src/ports/payment-provider.ts'
import type { TaxSource } from '#src/ports/tax-source.ts'
import { readCodes } from '#src/pricing/promotions.sql.ts'
import { findEarlier, readOrderBriefs } from './checkout.sql.ts'
import type { Standing, Timings } from './checkout.ts'
import { writeIntents } from './intents.ts'
import type { Wanted } from './plan-intents.ts'

/** A cart (or one made up from the request) to be read and priced at one moment. */
export type ToRead = {
  readonly cart: CartId | Cart
  /** Whether this request was carried out before. Null when it has no key. */
  readonly request: RequestKey | null
  /** For people to look at: what is paid or being paid shows the prices it is charged for. */
  readonly to_show?: boolean
}
export type ReadResult = {
  readonly book: ShopBook
  readonly priced: PricedSnapshot | null
  /** Of a cart `to_show`: the prices it is paid at, or has been. */
  readonly paid: PaidPrices | null
  readonly earlier: { readonly request_hash: Buffer; readonly resource_id: string } | null
}
export type IntentResult =
  | Refusal
  | { readonly kind: 'repeat'; readonly resource_id: string }
  /** `settled` when nobody outside is needed any more. */
  | { readonly kind: 'written'; readonly standing: Standing; readonly settled: boolean }

export type Desk = {
  readonly db: Db
  readonly clock: Clock
  readonly timings: Timings
  readonly payments: ReadonlyMap<string, PaymentProvider>
  readonly tax_sources: ReadonlyMap<string, TaxSource>
  /** Engines that did not answer, and until when nobody waits for them. */
  readonly tax_pauses: Map<string, Date>
  readonly readBook: ReadShopBook
  readonly read: Batcher<ToRead, ReadResult>
  readonly edit: Batcher<CartChange, CartResult>
  readonly create: Batcher<NewCart, CartResult>
  readonly intend: Batcher<Wanted, IntentResult>
  readonly record: Batcher<Report, Standing | null>
  /** What providers have told by themselves, verified. */
  readonly hear: Batcher<Told, void>
}

/** A cart that is paid cannot be changed; one of another version has been, before. */
function paidOf(paid: ReadonlyMap<CartId, PaidPrices>, { id, version }: Cart): PaidPrices | null {
  const found = paid.get(id)
  return found?.cart_version === version ? found : null
}

async function readAll(
  tx: Tx,
  readBook: ReadShopBook,
  asked: readonly ToRead[],
  now: Date,
): Promise<ReadResult[]> {
  const keyed = asked.flatMap((one, at) => (one.request ? [{ request: one.request, at }] : []))
  const requests = keyed.map(({ request }) => request)
  const ids = asked.flatMap(({ cart }) => (typeof cart === 'string' ? [cart] : []))
  const codes = asked.flatMap(({ cart }) => (typeof cart === 'string' ? [] : codesOf(cart)))
  const shown = asked.flatMap(({ cart, to_show }) =>
    to_show && typeof cart === 'string' ? [cart] : [],
  )
  const [book, found, stored, coded, paid] = await together(
    readBook(tx),
    requests.length > 0 ? findEarlier(tx, requests) : Promise.resolve([]),
    readCarts(tx, [...new Set(ids)]),
    readCodes(tx, codes, ids),
    readPaidPrices(tx, shown),
  )
  const earlier = new Map(found.map((row) => [keyed[row.position]!.at, row]))
  const carts = asked.map(({ cart }): Cart | null =>
    typeof cart === 'string' ? (stored.get(cart) ?? null) : cart,
  )
  const known = carts.filter((cart) => cart !== null)
  // Gifts stay after their promotion has ended.
  const also = [...paid.values()].flatMap(({ lines }) => lines.map((line) => line.variant_id))
  const snapshots = await readCartSnapshots(tx, book, known, { coded, now, also })
  let next = 0
  return carts.map((cart, at) => ({
    book,
    priced: cart === null ? null : priceSnapshot(snapshots[next++]!, book, now),
    paid: cart === null || !asked[at]!.to_show ? null : paidOf(paid, cart),
    earlier: earlier.get(at) ?? null,
  }))
}

export const recordingOf = (book: ShopBook, timings: Timings, now: Date): Recording => ({
  now,
  entities: book.legal_entities,
  channels: book.channels,
  lookup_ms: timings.lookup_ms,
})

async function recordAll(
  tx: Tx,
  reports: readonly Report[],
  recording: Recording,
): Promise<(Standing | null)[]> {
  const attempts = await recordOutcomes(tx, reports, recording)
  const briefs = await readOrderBriefs(tx, [
    ...new Set([...attempts.values()].map(({ order_id }) => order_id)),
  ])
  return reports.map(({ attempt_id }) => {
    const attempt = attempts.get(attempt_id)
    return attempt ? { order: briefs.get(attempt.order_id)!, attempt } : null
  })
}

/** Intents, and in the same transaction the outcome of methods that need nobody outside. */
async function intendAll(
  tx: Tx,
  wanted: readonly Wanted[],
  { readBook, payments, timings }: Pick<Desk, 'readBook' | 'payments' | 'timings'>,
  now: Date,
): Promise<IntentResult[]> {
  const written = await writeIntents(tx, wanted, { readBook, timings, payments, now })
  const reports = written.flatMap((one) =>
    'report' in one && one.report !== null ? [one.report] : [],
  )
  if (reports.length === 0) return written
  const recorded = await recordAll(tx, reports, recordingOf(await readBook(tx), timings, now))
  const standings = new Map(reports.map((report, i) => [report, recorded[i]!]))
  return written.map((one) =>
    'report' in one && one.report !== null ? { ...one, standing: standings.get(one.report)! } : one,
  )
}

export type DeskParts = Pick<Desk, 'db' | 'clock' | 'timings' | 'payments' | 'tax_sources'>

/** Batches that lock rows run one at a time: two would only queue on each other's locks. */
const writing = (name: string) => ({ name, size_max: 500, parallel: 1, waiting_max: 10_000 })
/**
 * Webhooks share few connections: thousands at once must not take those of shoppers. Whom we
 * cannot hear now tells us again later.
 */
const hearing = (name: string) => ({ name, size_max: 100, parallel: 2, waiting_max: 5_000 })
const reading = (name: string) => ({ name, size_max: 200, parallel: 2, waiting_max: 10_000 })

export function openDesk(parts: DeskParts, rules: ShopRules = no_rules): Desk {
  const { db, clock, timings } = parts
  const readBook = shopBookReader(rules)
  const frame = { ...parts, readBook, tax_pauses: new Map<string, Date>() }
  return {
    ...frame,
    read: createBatcher(
      (asked) => snapshotByKey(db, (tx) => readAll(tx, readBook, asked, clock())),
      reading('read'),
    ),
    edit: createBatcher(
      (changes) => transactionByKey(db, (tx) => editCarts(tx, readBook, changes, clock())),
      writing('edit'),
    ),
    create: createBatcher(
      (created) => transactionByKey(db, (tx) => createCarts(tx, readBook, created, clock())),
      writing('create'),
    ),
    intend: createBatcher(
      (wanted) => transactionByKey(db, (tx) => intendAll(tx, wanted, frame, clock())),
      writing('intend'),
    ),
    record: createBatcher(
      (reports) =>
        transactionByKey(db, async (tx) =>
          recordAll(tx, reports, recordingOf(await readBook(tx), timings, clock())),
        ),
      writing('record'),
    ),
    hear: createBatcher(async (told) => {
      const together = told.filter(tellsOnlyPayments)
      const alone = told.filter((one) => !tellsOnlyPayments(one))
      for (const some of [together, ...alone.map((one) => [one])]) {
        if (some.length === 0) continue
        await transactionByKey(db, async (tx) =>
          hearPaymentEvents(tx, some, recordingOf(await readBook(tx), timings, clock())),
        )
      }
      return told.map(() => undefined)
    }, hearing('hear')),
  }
}

/** Resolves when nothing is in flight: for a clean stop. */
export async function deskIdle(desk: Desk): Promise<void> {
  await Promise.all([
    desk.read.idle(),
    desk.edit.idle(),
    desk.create.idle(),
    desk.intend.idle(),
    desk.record.idle(),
    desk.hear.idle(),
  ])
}

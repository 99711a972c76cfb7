// Buying a label once: the attempt row, then the carrier's reference, then the money. Whatever
// answer is lost, the next try finds what was stored and asks before it buys.
import type { Db } from '#src/db/pool.ts'
import { transaction } from '#src/db/transaction.ts'
import { addEvents } from '#src/events/events.sql.ts'
import { addEffects } from '#src/jobs/effects.sql.ts'
import type { EffectOutcome } from '#src/jobs/effects.ts'
import { addEntries } from '#src/ledger/ledger.sql.ts'
import { postageEntry, reverse } from '#src/ledger/ledger.ts'
import type { Address } from '#src/lib/addresses.ts'
import { type Clock, plusMs } from '#src/lib/clock.ts'
import type { LabelId, ShipmentId } from '#src/lib/ids.ts'
import type { Money } from '#src/lib/money.ts'
import { lockOrders } from '#src/orders/orders.sql.ts'
import type { OrderRow } from '#src/orders/orders.ts'
import { takeEarlyTracking } from '#src/payments/webhooks.sql.ts'
import type {
  BoughtLabel,
  PrepareShipment,
  Rate,
  ShippingAddress,
  ShippingProvider,
} from '#src/ports/shipping-provider.ts'
import { chooseRate, parcelFor, type Shipment } from './shipments.ts'
import {
  claimLabel,
  type Label,
  liveLabels,
  lockTrackingCode,
  moveLabel,
  moveShipment,
  orderOfShipment,
  readCustoms,
  readDestination,
  readLabel,
  readPostage,
  readShipment,
  setTracking,
  storeBought,
  storeLabelFile,
  storeOffer,
} from './shipping.sql.ts'

export type ShippingDesk = {
  readonly db: Db
  readonly clock: Clock
  readonly shipping: ReadonlyMap<string, ShippingProvider>
  /** The carrier is asked after this long when no scan has come. */
  readonly track_ms: number
}

const retry = (reason: string): EffectOutcome => ({ kind: 'retry', reason })
const stuck = (reason: string): EffectOutcome => ({ kind: 'stuck', reason })
/** Another worker may have its keys; a person is told when none of them does. */
const missing = (provider: string): EffectOutcome =>
  retry(`The carrier plug-in ${provider} is not configured.`)

const toShippingAddress = (
  address: Address,
  contact: { readonly phone: string | null; readonly email: string | null },
): ShippingAddress => ({
  name: address.name,
  company: address.company,
  line1: address.line1,
  line2: address.line2,
  city: address.city,
  region: address.region,
  postal_code: address.postal_code,
  country: address.country,
  phone: address.phone ?? contact.phone,
  email: contact.email,
})

type Ready = {
  readonly shipment: Shipment
  readonly label: Label
  readonly request: PrepareShipment
  readonly services: readonly string[]
}

/** A label of a canceled parcel that may have been bought: the answer never came. */
type Unsure = { readonly unsure: Label }

async function readRequest(
  desk: ShippingDesk,
  id: ShipmentId,
): Promise<Ready | Unsure | EffectOutcome> {
  const now = desk.clock()
  const provider = [...desk.shipping.keys()][0]
  return transaction(desk.db, async (tx) => {
    const shipment = await readShipment(tx, id)
    if (shipment?.state === 'canceled') {
      const [label] = await liveLabels(tx, [id])
      return label?.state === 'buying' ? { unsure: label } : { kind: 'done' }
    }
    if (!shipment || (shipment.state !== 'waiting' && shipment.state !== 'labeled')) {
      return { kind: 'done' }
    }
    if (provider === undefined) return retry('No carrier is configured.')
    // Until the label is claimed nobody corrects the address: who does so later finds the claim.
    await lockOrders(tx, [shipment.order_id])
    const to = await readDestination(tx, id)
    if (to.to === null) return stuck('The order has no shipping address.')
    const customs = to.to.country === to.from.country ? [] : await readCustoms(tx, id)
    return {
      shipment,
      label: await claimLabel(tx, id, provider, now),
      services: to.services,
      request: {
        shipment: id,
        order_number: to.order_number,
        from: toShippingAddress(to.from, { phone: null, email: null }),
        to: toShippingAddress(to.to, to),
        parcel: parcelFor(shipment.weight_g),
        customs: customs.map((line) => ({
          description: line.description,
          quantity: line.quantity,
          value: { amount: line.value, currency: to.currency },
          weight_g: line.weight_g,
          hs_code: line.hs_code,
          origin_country: to.from.country,
        })),
      },
    }
  })
}

/** An offer from the carrier, stored before anything is bought. */
async function prepare(
  desk: ShippingDesk,
  provider: ShippingProvider,
  { shipment, label, request, services }: Ready,
): Promise<Label | EffectOutcome> {
  if (label.reference !== null) return label
  const offer = await provider.prepare(request)
  if (offer.kind === 'unknown') return retry(`The carrier does not answer: ${offer.reason}`)
  if (offer.kind === 'refused') return stuck(`The carrier refuses the parcel: ${offer.message}`)
  const rate = chooseRate(offer.rates, services)
  if (rate === null) return stuck('No carrier offers to take this parcel.')
  return transaction(desk.db, async (tx) => {
    // From here on the address is printed: who corrects it now sees that, or has dropped the label.
    await lockOrders(tx, [shipment.order_id])
    await storeOffer(tx, label.id, { reference: offer.reference, rate })
    return (await readLabel(tx, label.id))!
  })
}

const rateOf = (label: Label): Rate => {
  const { cost, ...rate } = label.rate!
  return { ...rate, cost: { amount: BigInt(cost.amount), currency: cost.currency } }
}

const entryOf = (label: Label, order: OrderRow, { currency }: Money) => ({
  order_id: order.id,
  cause_id: label.id,
  legal_entity_id: order.legal_entity_id,
  currency,
  party_id: null,
})

/** Records the buy. A parcel that was canceled meanwhile gets its label voided. */
async function recordBought(
  { db, clock, track_ms }: ShippingDesk,
  { shipment, label }: { readonly shipment: Shipment; readonly label: Label },
  bought: BoughtLabel,
): Promise<void> {
  const now = clock()
  await transaction(db, async (tx) => {
    const { order_id } = (await orderOfShipment(tx, shipment.id))!
    const [order] = await lockOrders(tx, [order_id])
    if (!(await storeBought(tx, label.id, bought, now))) return
    const postings = postageEntry(bought.cost.amount)
    await addEntries(
      tx,
      [{ ...entryOf(label, order!, bought.cost), kind: 'postage', postings }],
      now,
    )
    const { tracking_code } = bought
    await lockTrackingCode(tx, tracking_code)
    const told = { provider: label.provider, tracking_code }
    const is_late = await takeEarlyTracking(tx, told, now)
    await setTracking(tx, shipment.id, bought, is_late ? now : plusMs(now, track_ms))
    const labeled = await moveShipment(tx, shipment.id, 'label', now)
    const current = await readShipment(tx, shipment.id)
    if (!labeled && current!.state === 'canceled') {
      await addEffects(tx, [{ kind: 'void_label', cause_id: label.id, order_id }], now)
    }
    await addEvents(tx, [
      {
        kind: 'label.bought',
        subject: 'shipment',
        subject_id: shipment.id,
        order_id,
        actor: `provider:${label.provider}`,
        cause_id: label.id,
        detail: {
          carrier: bought.carrier,
          service: bought.service,
          tracking_code: bought.tracking_code,
          cost: bought.cost.amount,
          currency: bought.cost.currency,
        },
        at: now,
      },
    ])
  })
}

async function fetchFile(
  { db }: ShippingDesk,
  provider: ShippingProvider,
  { id, label_url }: { readonly id: LabelId; readonly label_url: string },
): Promise<EffectOutcome> {
  const file = await provider.fetchLabel(label_url)
  if (file.kind === 'unknown') return retry(`The label cannot be fetched: ${file.reason}`)
  await transaction(db, (tx) => storeLabelFile(tx, id, file.bytes))
  return { kind: 'done' }
}

/** Whoever is still buying it at this moment records that, and then voids it. */
async function giveBack(desk: ShippingDesk, label: Label): Promise<EffectOutcome> {
  const { id, reference } = label
  const provider = desk.shipping.get(label.provider)
  if (!provider) return missing(label.provider)
  if (provider.capabilities.void !== true) return stuck(provider.capabilities.void.no)
  const outcome = await provider.voidLabel({ label: id, reference: reference! })
  if (outcome.kind === 'unknown') return retry(`The carrier does not answer: ${outcome.reason}`)
  const was_never_bought = outcome.kind === 'refused' && outcome.code === 'label_unknown'
  if (outcome.kind === 'refused' && !was_never_bought) {
    return stuck(`The carrier refuses to void the label: ${outcome.message}`)
  }
  const end = was_never_bought ? 'failed' : 'voided'
  await transaction(desk.db, (tx) => moveLabel(tx, id, ['buying'], end))
  return { kind: 'done' }
}

/** For the effect `label`, whose cause is a shipment. */
export async function buyLabel(desk: ShippingDesk, id: ShipmentId): Promise<EffectOutcome> {
  const ready = await readRequest(desk, id)
  if ('kind' in ready) return ready
  if ('unsure' in ready) return giveBack(desk, ready.unsure)
  const provider = desk.shipping.get(ready.label.provider)
  if (!provider) return missing(ready.label.provider)
  if (ready.label.state === 'bought') {
    const { id: label_id, has_file, label_url } = ready.label
    return has_file
      ? { kind: 'done' }
      : fetchFile(desk, provider, { id: label_id, label_url: label_url! })
  }
  const label = await prepare(desk, provider, ready)
  if ('kind' in label) return label
  if (label.state !== 'buying') return retry('The label is being changed.')
  const { reference } = label
  const outcome = await provider.buy({
    label: label.id,
    reference: reference!,
    rate: rateOf(label),
  })
  if (outcome.kind === 'unknown') return retry(`The carrier does not answer: ${outcome.reason}`)
  if (outcome.kind === 'refused') {
    const moved = await transaction(desk.db, (tx) => moveLabel(tx, label.id, ['buying'], 'failed'))
    // Its parcel was canceled, and somebody has given it back.
    if (moved === 0) return { kind: 'done' }
    return stuck(`The carrier refuses to sell the label: ${outcome.message}`)
  }
  await recordBought(desk, { shipment: ready.shipment, label }, outcome)
  return fetchFile(desk, provider, { id: label.id, label_url: outcome.label_url })
}

/** Records that the label is given back, and takes its postage out of the books, once. */
async function recordVoided({ db, clock }: ShippingDesk, label: Label): Promise<void> {
  await transaction(db, async (tx) => {
    const { order_id } = (await orderOfShipment(tx, label.shipment_id))!
    const [order] = await lockOrders(tx, [order_id])
    if ((await moveLabel(tx, label.id, ['voiding'], 'voided')) === 0) return
    const paid = await readPostage(tx, label.id)
    if (!paid) return
    const postings = reverse(postageEntry(paid.amount))
    const entry = { ...entryOf(label, order!, paid), kind: 'postage_back', postings }
    await addEntries(tx, [entry], clock())
  })
}

/** For the effect `void_label`, whose cause is a label. */
export async function voidLabel(desk: ShippingDesk, id: LabelId): Promise<EffectOutcome> {
  const label = await transaction(desk.db, async (tx) => {
    await moveLabel(tx, id, ['bought'], 'voiding')
    return readLabel(tx, id)
  })
  if (!label || label.state === 'voided' || label.reference === null) return { kind: 'done' }
  const provider = desk.shipping.get(label.provider)
  if (!provider) return missing(label.provider)
  if (provider.capabilities.void !== true) return stuck(provider.capabilities.void.no)
  const outcome = await provider.voidLabel({ label: id, reference: label.reference })
  switch (outcome.kind) {
    case 'voided':
    // Accepted: the carrier's money comes back later, the label is not usable any more.
    case 'pending':
      await recordVoided(desk, label)
      return { kind: 'done' }
    case 'refused':
      await transaction(desk.db, (tx) => moveLabel(tx, id, ['voiding'], 'bought'))
      return stuck(`The carrier refuses to void the label: ${outcome.message}`)
    case 'unknown':
      return retry(`The carrier does not answer: ${outcome.reason}`)
  }
}

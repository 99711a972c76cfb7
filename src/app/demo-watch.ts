// Follows an order of the demo live, until it is delivered and nothing is left to be done for it.
import { askStaff, money, type Reply, type Shop, type Step } from './demo-client.ts'

const units = (stock: readonly Reply[], of: 'held' | 'on_hand'): string =>
  stock.map((one) => `${Math.abs(one[of])} × ${one.sku} in ${one.location}`).join(', ')

const sentences: Readonly<Record<string, (detail: Reply) => string>> = {
  'order.created': ({ stock }) => `Stock is held: ${units(stock, 'held')}`,
  'payment.authorized': ({ provider }) => `${provider} has reserved the money`,
  'payment.captured': ({ amount, currency }) => `${money(amount, currency)} was captured`,
  'invoice.issued': ({ number }) => `Invoice ${number} was written`,
  'shipment.planned': ({ weight_g }) => `Parcel of ${weight_g} g planned, with its pick task`,
  'label.bought': ({ carrier, service, tracking_code, cost, currency }) =>
    `Label bought: ${carrier} ${service}, ${tracking_code}, ${money(cost, currency)}`,
  'shipment.scanned': ({ status }) => `Carrier: ${status}`,
  'shipment.shipped': ({ stock }) =>
    `The parcel is under way, out of stock went ${units(stock, 'on_hand')}`,
  'shipment.delivered': () => 'The parcel has arrived',
}

/** Tells each event once, whoever brings it. */
function eventTeller(step: Step): (event: Reply) => void {
  const told = new Set<string>()
  return ({ id, kind, detail }) => {
    if (told.has(id)) return
    told.add(id)
    if (kind.startsWith('message.')) {
      step(`mail_${detail.kind}`, `Mail to the buyer: ${detail.kind}`)
      return
    }
    const name = kind === 'order.created' ? 'stock_held' : kind.replace('.', '_')
    const sentence = sentences[kind]
    if (sentence) step(name, sentence(detail))
  }
}

/** Reads the live stream of the order. @throws when it ends before it is left */
async function follow(
  shop: Shop,
  order_id: string,
  { tell, gone }: { readonly tell: (event: Reply) => void; readonly gone: AbortSignal },
): Promise<never> {
  const beginning = '0-00000000-0000-0000-0000-000000000000'
  const address = `/admin/events/stream?order_id=${order_id}&after=${beginning}`
  const response = await fetch(`${shop.url}${address}`, {
    headers: { authorization: `Bearer ${shop.secret_key}` },
    signal: gone,
  })
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const messages = text.split('\n\n')
    text = messages.pop()!
    for (const message of messages) {
      const data = /^data: (.*)$/m.exec(message)?.[1]
      if (data !== undefined) tell(JSON.parse(data))
    }
  }
  throw new Error(`The live stream ended: ${response.status} ${text}`)
}

const patience_ms = 60_000
const look_ms = 50
/** States of a payment whose end is not known. */
const open_payments = ['created', 'unknown', 'requires_action', 'pending']

/** What is still to come for the order; empty when it has arrived and is at rest. */
async function findUnrest(shop: Shop, order_id: string): Promise<string[]> {
  const order = await askStaff(shop, `/admin/orders/${order_id}`)
  const { items, jobs } = await askStaff(shop, `/admin/orders/${order_id}/effects`)
  const stuck = items.find(({ state }: Reply) => state === 'failed')
  if (stuck) throw new Error(`${stuck.kind} got stuck: ${stuck.last_error}`)
  const unclear = order.payments.filter(({ state }: Reply) => open_payments.includes(state))
  return [
    ...(order.fulfillment_state === 'delivered' ? [] : [`order ${order.fulfillment_state}`]),
    ...unclear.map(({ state }: Reply) => `payment ${state}`),
    ...items.map(({ kind, last_error }: Reply) => `${kind} ${last_error ?? ''}`.trim()),
    ...(jobs > 0 ? [`${jobs} jobs`] : []),
  ]
}

async function untilRest(shop: Shop, order_id: string): Promise<void> {
  const end = Date.now() + patience_ms
  for (;;) {
    const unrest = await findUnrest(shop, order_id)
    if (unrest.length === 0) return
    if (Date.now() > end) throw new Error(`Not done in time: ${unrest.join(', ')}`)
    await new Promise((again) => setTimeout(again, look_ms))
  }
}

/** @throws when something gets stuck or takes too long */
export async function watchToRest(shop: Shop, order_id: string, step: Step): Promise<void> {
  const leave = new AbortController()
  const tell = eventTeller(step)
  try {
    await Promise.race([
      untilRest(shop, order_id),
      follow(shop, order_id, { tell, gone: leave.signal }),
    ])
  } finally {
    leave.abort()
  }
  // The last ones may not have come over the stream yet.
  const { items } = await askStaff(shop, `/admin/orders/${order_id}/timeline`)
  for (const event of items) tell(event)
}

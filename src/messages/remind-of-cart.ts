// The one mail about a cart that was left behind: to somebody who has asked for it, and who has
// neither come back nor bought in another way since.

import { lockLeft, stillLeft } from '#src/carts/abandoned.sql.ts'
import { readCartSnapshots } from '#src/carts/cart-snapshots.sql.ts'
import { readCarts } from '#src/carts/carts.sql.ts'
import { type PricedSnapshot, priceSnapshot } from '#src/carts/price-snapshot.ts'
import { channelOf, type ReadShopBook } from '#src/carts/shop-book.ts'
import { snapshot, transaction } from '#src/db/transaction.ts'
import type { Effect, EffectOutcome } from '#src/jobs/effects.ts'
import { plusMs } from '#src/lib/clock.ts'
import { localeChain, readLocale } from '#src/lib/format.ts'
import { type CartId, type MessageId, newId, type VariantId } from '#src/lib/ids.ts'
import type { Secret } from '#src/lib/secret.ts'
import { signToken } from '#src/lib/tokens.ts'
import { readCodes } from '#src/pricing/promotions.sql.ts'
import { type Channel, storefrontLink } from '#src/shop/shop.ts'
import { findMessage, insertMessage } from './messages.sql.ts'
import type { MessageFacts } from './messages.ts'
import { composeCart } from './order-facts.ts'
import { renderMessage } from './render-message.ts'
import { deliverMessage, type Messaging, noteMessage } from './send-message.ts'
import { findTemplate, type TemplateRow } from './templates.sql.ts'
import { defaultHtml, defaultTemplate } from './templates.ts'

const kind = 'cart_abandoned'
const link_ms = 30 * 86_400_000

/** The storefront's own page, which opens the cart by `POST /store/cart-recoveries`. */
export function recoveryOf(
  secret_key: Secret,
  channel: Pick<Channel, 'storefront_url'>,
  { id, now }: { readonly id: CartId; readonly now: Date },
): { readonly recovery_token: string; readonly url: string; readonly expires_at: Date } {
  const expires_at = plusMs(now, link_ms)
  const recovery_token = signToken(secret_key, 'recovery', id, expires_at)
  return { recovery_token, url: storefrontLink(channel, 'cart', recovery_token), expires_at }
}

function factsOf(
  { snapshot: { variants }, priced }: PricedSnapshot,
  channel: Channel,
  url: string,
): MessageFacts {
  const locale = readLocale(channel.locale)
  const wordsOf = (id: string) => {
    const facts = variants.get(id as VariantId)
    return { title: facts?.product_title ?? '', sku: facts?.sku ?? '' }
  }
  return {
    message: { kind, locale },
    shop: { name: channel.name, email: channel.reply_to, url: channel.storefront_url },
    seller: { name: channel.name },
    // Where it goes, and what that costs, may not be decided yet.
    order: { ...composeCart(priced, wordsOf, locale), url, has_shipping: false, taxes: [] },
    payment: null,
    invoice: null,
    shipment: null,
    refund: null,
    credit_note: null,
    pay: null,
  }
}

export type Reminding = Messaging & { readonly readBook: ReadShopBook }

type Material = {
  readonly email: string
  readonly priced: PricedSnapshot
  readonly channel: Channel
  readonly template: TemplateRow | null
}

/** Null when there is nobody to remind any more. */
const readMaterial = ({ db, readBook, clock }: Reminding, id: CartId): Promise<Material | null> =>
  snapshot(db, async (tx) => {
    const left = await stillLeft(tx, id)
    const cart = left && (await readCarts(tx, [id])).get(id)
    if (!cart) return null
    const now = clock()
    const book = await readBook(tx)
    const coded = await readCodes(tx, [], [id])
    const [found] = await readCartSnapshots(tx, book, [cart], { coded, now })
    const channel = channelOf(book, cart.channel_id)
    const template = await findTemplate(tx, kind, localeChain(readLocale(channel.locale)))
    return { email: left.email, priced: priceSnapshot(found!, book, now), channel, template }
  })

async function compose(app: Reminding, id: CartId, material: Material): Promise<string | null> {
  const { email, priced, channel, template } = material
  const now = app.clock()
  const { subject, text } = template ?? defaultTemplate(kind)
  const html = template?.html ?? defaultHtml(kind)
  const facts = factsOf(priced, channel, recoveryOf(app.secret_key, channel, { id, now }).url)
  const rendered = renderMessage({ subject, html, text }, facts)
  if (rendered.kind === 'failed') {
    const { field, line, message } = rendered.problem
    return `template ${kind} (${template?.locale ?? 'default'}), ${field} ${line}: ${message}`
  }
  await transaction(app.db, async (tx) => {
    // Bought, touched or erased since it was read: nothing is written.
    await lockLeft(tx, id)
    if ((await stillLeft(tx, id))?.email !== email) return
    const message = {
      id: newId<MessageId>(),
      kind,
      cause_id: id,
      order_id: null,
      channel_id: channel.id,
      recipient: email,
      ...rendered.parts,
      attachments: [],
      state: app.mailer ? 'sending' : 'mailbox',
      transport: app.mailer?.name ?? 'mailbox',
      created_at: now,
    } as const
    const ours = await insertMessage(tx, message)
    if (ours && !app.mailer) await noteMessage(tx, { ...message, last_error: null }, 'sent', now)
  })
  return null
}

/** Effect `message_cart_abandoned`. Safe to run twice, also at the same time. */
export async function remindOfCart(app: Reminding, { cause_id }: Effect): Promise<EffectOutcome> {
  const id = cause_id as CartId
  const find = () => transaction(app.db, (tx) => findMessage(tx, kind, id))
  let message = await find()
  if (!message) {
    const material = await readMaterial(app, id)
    // They are back, have bought, or the shop has switched this message off.
    if (material === null || material.template?.enabled === false) return { kind: 'done' }
    const reason = await compose(app, id, material)
    if (reason !== null) return { kind: 'stuck', reason }
    message = await find()
  }
  if (!message) return { kind: 'retry', reason: 'the message is not there yet' }
  if (message.state === 'sent' || message.state === 'mailbox') return { kind: 'done' }
  return deliverMessage(app, message.id)
}

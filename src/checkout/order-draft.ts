// A draft becomes an order: the buyer pays by the link, or staff take the money by hand. From here
// on it goes the way of every order.
import type { PricedSnapshot } from '#src/carts/price-snapshot.ts'
import type { ShopBook } from '#src/carts/shop-book.ts'
import { snapshot } from '#src/db/transaction.ts'
import type { CartId, ChannelId, DraftId } from '#src/lib/ids.ts'
import { Refusal, refuse } from '#src/lib/refusal.ts'
import { orderOfDraft, readDraft } from '#src/orders/drafts.sql.ts'
import type { Draft } from '#src/orders/drafts.ts'
import { withTax } from './ask-tax.ts'
import { findEarlier } from './checkout.sql.ts'
import type { Desk } from './desk.ts'
import { type Answered, type OrderRequest, orderPriced, repeat } from './place-order.ts'
import { priceDraft, readSentDraft } from './price-draft.ts'

export type OpenedDraft = {
  readonly draft: Draft
  readonly priced: PricedSnapshot
  readonly book: ShopBook
  /** The order that came of it, if it has one that counts. */
  readonly order: Awaited<ReturnType<typeof orderOfDraft>>
}

async function open(desk: Desk, id: DraftId, is_staff: boolean): Promise<OpenedDraft> {
  const opened = await snapshot(desk.db, async (tx) => {
    const now = desk.clock()
    const draft = await readDraft(tx, id)
    if (!draft) throw refuse('not_found', { draft_id: id })
    const book = await desk.readBook(tx)
    const priced =
      draft.state === 'sent' || !is_staff
        ? await readSentDraft(tx, book, draft, now)
        : await priceDraft(tx, book, draft, { now, tax_quote: null })
    return { draft, book, priced, order: await orderOfDraft(tx, id) }
  })
  return is_staff ? { ...opened, priced: await withTax(desk, opened.priced) } : opened
}

/** As staff see it: priced now until it was sent, as it was sent from then on. */
export const readDraftForStaff = (desk: Desk, id: DraftId): Promise<OpenedDraft> =>
  open(desk, id, true)

/**
 * As whoever has the link sees it. One that has become an order is shown for good.
 * @throws not_found, draft_is_closed, draft_not_sent, draft_expired
 */
export async function readDraftForBuyer(desk: Desk, id: DraftId): Promise<OpenedDraft> {
  const opened = await open(desk, id, false)
  const { draft, order } = opened
  if (order !== null && order.state !== 'pending') return opened
  if (draft.state === 'canceled') throw refuse('draft_is_closed', {})
  if (draft.state !== 'sent') throw refuse('draft_not_sent', {})
  if (draft.expires_at! <= desk.clock()) throw refuse('draft_expired', {})
  return opened
}

type Asked = Omit<OrderRequest, 'origin' | 'channel_id' | 'buyer_note'> & {
  /** Of the key that came along; null where the link itself says it. */
  readonly channel_id: ChannelId | null
}

/** The same request again: what came of the first one. @throws idempotency_key_reused */
async function findAnswer(desk: Desk, { request }: Asked): Promise<Answered | null> {
  const [earlier] = await snapshot(desk.db, (tx) => findEarlier(tx, [request]))
  if (!earlier) return null
  if (!earlier.request_hash.equals(request.request_hash)) throw refuse('idempotency_key_reused')
  return repeat(desk, earlier.resource_id)
}

/** What a checkout says of a cart, said of the draft. */
function ofDraft(refused: Refusal, draft_id: DraftId): Refusal {
  if (refused.code === 'cart_has_changed') return refuse('draft_not_sent', {})
  return refused.code === 'cart_is_completed' ? refuse('draft_is_closed', { draft_id }) : refused
}

async function orderOpened(
  desk: Desk,
  { draft, book, priced, order }: OpenedDraft,
  asked: Asked,
): Promise<Answered> {
  if (order !== null && order.state !== 'pending') {
    throw refuse('draft_is_closed', { order_id: order.id })
  }
  const answered = await orderPriced(
    desk,
    {
      book,
      priced,
      of: { kind: 'cart', cart_id: draft.id as string as CartId, is_draft: true },
    },
    {
      ...asked,
      channel_id: asked.channel_id ?? draft.channel_id,
      origin: 'staff',
      buyer_note: draft.buyer_note,
    },
  )
  if (answered instanceof Refusal) throw ofDraft(answered, draft.id)
  return answered
}

/** One request is answered once: also the second of two that came at the same moment. */
async function answerOnce(
  desk: Desk,
  asked: Asked,
  act: () => Promise<Answered>,
): Promise<Answered> {
  const earlier = await findAnswer(desk, asked)
  if (earlier) return earlier
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'draft_is_closed') throw error
    const meanwhile = await findAnswer(desk, asked)
    if (meanwhile) return meanwhile
    throw error
  }
}

/** The buyer pays. @throws what a checkout does, and as `readDraftForBuyer` */
export const payDraft = (desk: Desk, id: DraftId, asked: Asked): Promise<Answered> =>
  answerOnce(desk, asked, async () => orderOpened(desk, await readDraftForBuyer(desk, id), asked))

/** Staff have the money in hand, also before it was sent. @throws draft_is_closed, and as above */
export const placeDraft = (desk: Desk, id: DraftId, asked: Asked): Promise<Answered> =>
  answerOnce(desk, asked, async () => {
    const opened = await readDraftForStaff(desk, id)
    if (opened.draft.state === 'canceled') throw refuse('draft_is_closed', { draft_id: id })
    return orderOpened(desk, opened, { ...asked, by_hand: true })
  })

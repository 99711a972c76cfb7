// How often everything happened: as the shop's API tells it, and as the outside systems do.
import type { Books } from './demo-books.ts'
import { askStaff, type Reply, type Shop } from './demo-client.ts'

const mail_kinds = ['confirmation', 'receipt', 'shipped', 'delivered'] as const
type MailKind = (typeof mail_kinds)[number]
export type EffectName = 'payment' | 'invoice' | 'label' | 'pick_task' | `mail_${MailKind}`
export type Effects = Readonly<Record<EffectName, number>>

export type Told = {
  readonly order: Reply
  readonly effects: Effects
  readonly mails: readonly { readonly id: string; readonly kind: string }[]
}

export async function askEffects(shop: Shop, order_id: string): Promise<Told> {
  const order = await askStaff(shop, `/admin/orders/${order_id}`)
  const timeline = await askStaff(shop, `/admin/orders/${order_id}/timeline`)
  const mails = await askStaff(shop, `/admin/messages?order_id=${order_id}&limit=100`)
  const tasks = await askStaff(shop, `/admin/pick-tasks?order_id=${order_id}`)
  const happened = (kind: string): number =>
    timeline.items.filter((event: Reply) => event.kind === kind).length
  const mailsOf = (kind: MailKind): number =>
    mails.items.filter((mail: Reply) => mail.kind === kind).length
  const effects: Effects = {
    payment: happened('payment.captured'),
    invoice: order.invoices.filter((invoice: Reply) => invoice.kind === 'invoice').length,
    label: happened('label.bought'),
    pick_task: tasks.items.length,
    mail_confirmation: mailsOf('confirmation'),
    mail_receipt: mailsOf('receipt'),
    mail_shipped: mailsOf('shipped'),
    mail_delivered: mailsOf('delivered'),
  }
  return { order, effects, mails: mails.items }
}

/** Once is once only when both sides say so. */
const both = (ours: number, theirs: number): number => (ours === 1 ? theirs : ours)

/** The counts that hold when the outside systems, which served nobody else, are believed too. */
export function compare({ effects, mails }: Told, books: Books): Effects {
  const mailsOf = (kind: MailKind): number => {
    const ids = mails.filter((mail) => mail.kind === kind).map(({ id }) => id)
    return books.mails.filter((message_id) => ids.some((id) => message_id.startsWith(id))).length
  }
  return {
    ...effects,
    payment: both(effects.payment, books.payments),
    label: both(effects.label, books.labels),
    mail_confirmation: both(effects.mail_confirmation, mailsOf('confirmation')),
    mail_receipt: both(effects.mail_receipt, mailsOf('receipt')),
    mail_shipped: both(effects.mail_shipped, mailsOf('shipped')),
    mail_delivered: both(effects.mail_delivered, mailsOf('delivered')),
  }
}

/** Everything that did not happen exactly once, in words; empty when all is well. */
export function findFaults(effects: Effects, { order, mails }: Told, books: Books | null) {
  const faults = Object.entries(effects)
    .filter(([, count]) => count !== 1)
    .map(([name, count]) => `${name}: ${count} times`)
  const refunded = (payment: Reply): number => payment.captured - payment.refunded
  const kept: number = order.payments.reduce((sum: number, p: Reply) => sum + refunded(p), 0)
  if (kept !== order.total) faults.push(`captured ${kept} of ${order.total}`)
  if (books === null) return faults
  if (books.kept !== order.total) {
    faults.push(`the providers keep ${books.kept} of ${order.total}`)
  }
  const strange = books.mails.filter((found) => !mails.some(({ id }) => found.startsWith(id)))
  if (strange.length > 0) faults.push(`${strange.length} mails that the shop does not know`)
  return faults
}

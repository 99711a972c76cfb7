import type { TaxFacts } from '#src/carts/cart-tax.ts'
import { asRows, asTable } from '#src/db/as-table.ts'
import type { Tx } from '#src/db/sql.ts'
import type { ChangeId, OrderId, OrderLineId, ShippingOptionId, VariantId } from '#src/lib/ids.ts'
import type { Discount, TaxAmount } from '#src/pricing/pricing.ts'
import type { ItemOf, LineKind, NewOrderLine } from './orders.ts'

export type NewChange = {
  readonly id: string
  readonly order_id: OrderId
  readonly kind: 'cancel' | 'edit'
  readonly reason: string
  readonly actor: string
  /** What it takes off what is owed; negative when it adds more than it takes. */
  readonly amount: bigint
  readonly at: Date
}
export type ChangeLine = {
  /** Null stands for the shipping charge. */
  readonly order_line_id: OrderLineId | null
  /** Units that are taken off; negative when they are put back. */
  readonly quantity: number
  readonly amount: bigint
  readonly tax: bigint
}

/** Writes what was changed on an order and raises its version. The order must be locked. */
export async function insertChange(
  tx: Tx,
  change: NewChange,
  lines: readonly ChangeLine[],
): Promise<void> {
  const { id, order_id, kind, reason, actor, amount, at } = change
  await tx.run`
    with raised as (
      update orders set version = version + 1 where id = ${order_id} returning version
    )
    insert into order_change (id, order_id, version, kind, reason, actor, amount, at)
    select ${id}, ${order_id}, version, ${kind}, ${reason}, ${actor}, ${amount}, ${at} from raised`
  await tx.run`
    insert into order_change_line (change_id, order_line_id, quantity, amount, tax)
    select ${id}, order_line_id, quantity, amount, tax
    from ${asTable(
      lines,
      `row (
      order_line_id uuid, quantity int, amount bigint, tax bigint)`,
    )}`
}

/** Why an order was changed, by the change: it may name people, so no event says it. */
export async function readChangeReasons(
  tx: Tx,
  order_id: OrderId,
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.many<{ id: string; reason: string }>`
    select id, reason from order_change where order_id = ${order_id} and reason <> ''`
  return new Map(rows.map(({ id, reason }) => [id, reason]))
}

/** A line that an edit adds: what was ordered stays as it is. */
export type AddedLine = NewOrderLine & {
  readonly change_id: ChangeId
  readonly kind: LineKind
  readonly replaces: OrderLineId | null
  readonly price_reason: string | null
}

export async function insertAddedLines(tx: Tx, lines: readonly AddedLine[]): Promise<void> {
  if (lines.length === 0) return
  await tx.run`
    insert into order_line ${asRows(
      lines,
      `id uuid, order_id uuid, position int, variant_id uuid, sku text, title text, quantity int,
      unit_price bigint, per_units int, subtotal bigint, discount bigint, discounts jsonb,
      tax bigint, tax_included boolean, taxes jsonb, total bigint, tax_category text, hs_code text,
      weight_g int, requires_shipping boolean, items jsonb, change_id uuid, kind text,
      replaces uuid, price_reason text`,
    )}`
}

/** Amounts inside jsonb come as numbers; they are whole and fit. */
export type TaxJson = Omit<TaxAmount, 'amount' | 'base'> & {
  readonly amount: number
  readonly base?: number
}
export const readTaxes = (taxes: readonly TaxJson[]): TaxAmount[] =>
  taxes.map(({ base, ...tax }) => ({
    ...tax,
    amount: BigInt(tax.amount),
    ...(base === undefined ? {} : { base: BigInt(base) }),
  }))
export type DiscountJson = Omit<Discount, 'amount'> & { readonly amount: number }
export const readDiscounts = (discounts: readonly DiscountJson[]): Discount[] =>
  discounts.map((one) => ({ ...one, amount: BigInt(one.amount) }))

/** A line with all that was agreed on for it, and how many of its units are off. */
export type LineToEdit = {
  readonly id: OrderLineId
  readonly position: number
  readonly kind: LineKind
  readonly variant_id: VariantId
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly canceled: number
  readonly unit_price: bigint
  readonly per_units: number
  readonly subtotal: bigint
  readonly discount: bigint
  readonly discounts: readonly Discount[]
  readonly tax: bigint
  readonly tax_included: boolean
  readonly taxes: readonly TaxAmount[]
  readonly total: bigint
  readonly tax_category: string
  readonly hs_code: string | null
  readonly weight_g: number
  readonly requires_shipping: boolean
  readonly items: readonly ItemOf[]
  readonly change_id: ChangeId | null
  readonly replaces: OrderLineId | null
  /** Why it costs what no list says; null when it costs what lists said, or said before. */
  readonly price_reason: string | null
}
type LineRow = Omit<LineToEdit, 'taxes' | 'discounts'> & {
  readonly taxes: readonly TaxJson[]
  readonly discounts: readonly DiscountJson[]
}

export async function readLinesToEdit(tx: Tx, order_id: OrderId): Promise<LineToEdit[]> {
  const rows = await tx.many<LineRow>`
    select id, position, kind, variant_id, sku, title, quantity, unit_price, per_units, subtotal,
      discount, coalesce(discounts, '[]') as discounts, tax, tax_included, taxes, total,
      tax_category, hs_code, weight_g, requires_shipping, items, change_id, replaces, price_reason,
      coalesce((select sum(order_change_line.quantity)
        from order_change_line where order_line_id = order_line.id), 0)::int as canceled
    from order_line where order_id = ${order_id} order by position, id`
  return rows.map(({ taxes, discounts, ...line }) => ({
    ...line,
    taxes: readTaxes(taxes),
    discounts: readDiscounts(discounts),
  }))
}

/** The shipping charge that was ordered: what it was, and whether it is off now. */
export type OrderedShipping = {
  readonly option_id: ShippingOptionId | null
  readonly name: string | null
  readonly taxes: readonly TaxAmount[]
  readonly is_off: boolean
}

export async function readOrderedShipping(tx: Tx, order_id: OrderId): Promise<OrderedShipping> {
  const row = await tx.one<Omit<OrderedShipping, 'taxes'> & { taxes: readonly TaxJson[] }>`
    select shipping_option_id as option_id, shipping_name as name, shipping_taxes as taxes,
      coalesce((select sum(quantity) from order_change_line
        join order_change on order_change.id = change_id
        where order_change.order_id = orders.id and order_line_id is null), 0) > 0 as is_off
    from orders where id = ${order_id}`
  return { ...row, taxes: readTaxes(row.taxes) }
}

export const readOrderedTax = (
  tx: Tx,
  order_id: OrderId,
): Promise<{ readonly tax_facts: TaxFacts | null; readonly created_at: Date }> =>
  tx.one<{ tax_facts: TaxFacts | null; created_at: Date }>`
    select tax_facts, created_at from orders where id = ${order_id}`

/** The order goes where it is taxed otherwise. What it rested on before stays with the change. */
export async function writeTaxFacts(
  tx: Tx,
  { id, order_id }: { readonly id: ChangeId; readonly order_id: OrderId },
  facts: TaxFacts | null,
): Promise<void> {
  await tx.run`
    update order_change
    set taxed_before = (
      select jsonb_build_object('facts', tax_facts) from orders where orders.id = ${order_id})
    where id = ${id}`
  await tx.run`
    update orders set tax_facts = ${facts && JSON.stringify(facts)}::jsonb where id = ${order_id}`
}

/** Parcels that are planned from now on go this way. */
export async function writeShippingOption(
  tx: Tx,
  order_id: OrderId,
  option: ShippingOptionId,
): Promise<void> {
  await tx.run`update orders set shipping_option_id = ${option} where id = ${order_id}`
}

/** So much of what was paid stays with the shop: until then, or until staff settle it. */
export async function keepRefund(
  tx: Tx,
  order_id: OrderId,
  { amount, until }: { readonly amount: bigint; readonly until: Date | null },
): Promise<void> {
  await tx.run`update orders set settle_later = true where id = ${order_id} and not settle_later`
  await tx.run`delete from kept_refund where order_id = ${order_id}`
  await tx.run`
    insert into kept_refund (order_id, due_at, amount) values (${order_id}, ${until}, ${amount})`
}

export async function keepNothing(tx: Tx, order_id: OrderId): Promise<void> {
  await tx.run`update orders set settle_later = false where id = ${order_id} and settle_later`
  await tx.run`delete from kept_refund where order_id = ${order_id}`
}

/** When it goes back by itself; null when it does not. */
export const keptUntil = async (tx: Tx, order_id: OrderId): Promise<Date | null> => {
  const row = await tx.maybe<{ due_at: Date | null }>`
    select due_at from kept_refund where order_id = ${order_id}`
  return row?.due_at ?? null
}

/** How much an edit has left with the shop. Where an older version kept it: none, which is all. */
export async function keptAmounts(
  tx: Tx,
  orders: readonly OrderId[],
): Promise<ReadonlyMap<OrderId, bigint>> {
  if (orders.length === 0) return new Map()
  const rows = await tx.many<{ order_id: OrderId; amount: bigint }>`
    select order_id, amount from kept_refund
    where order_id = any(${orders}) and amount is not null`
  return new Map(rows.map(({ order_id, amount }) => [order_id, amount]))
}

/** It could not be given back: it is tried again then. */
export const putOffKept = (tx: Tx, order_id: OrderId, until: Date): Promise<number> =>
  tx.run`update kept_refund set due_at = ${until} where order_id = ${order_id}`

export const dueKept = (tx: Tx, now: Date, limit: number): Promise<{ order_id: OrderId }[]> =>
  tx.many<{ order_id: OrderId }>`
    select order_id from kept_refund where due_at <= ${now} order by due_at limit ${limit}`

/** The newest edit of an order that has one. */
export const lastEdit = (tx: Tx, order_id: OrderId): Promise<{ id: ChangeId }> =>
  tx.one<{ id: ChangeId }>`
    select id from order_change where order_id = ${order_id} and kind = 'edit'
    order by version desc limit 1`

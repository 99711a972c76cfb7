import type { Statement } from '#src/db/sql.ts'

/**
 * A query that returns the guilty rows. `now` is for deadlines: what is late must stand in the
 * exception inbox. Each row names the guilty `thing` by its uuid, and the `order_id` it belongs
 * to where that is another; what else it holds tells a person why. Queries sum each table once
 * and join the sums: a promise is asked of everything, and a subquery per row takes minutes in a
 * shop of a million orders.
 */
type Query = (now: Date) => Statement

/** What a promise can be asked of each hour: see touched.sql.ts. Every night it is all. */
export type Hourly = 'orders' | 'items' | 'coupons' | 'promotions' | 'everything' | 'nothing'

export type Promised = { readonly hourly: Hourly; readonly query: Query }
export type Promises = Readonly<Record<string, Promised>>

/** All that it reads belongs to one order, so it can be asked of some orders. */
export const ofOrders = (query: Query): Promised => ({ hourly: 'orders', query })
export const ofItems = (query: Query): Promised => ({ hourly: 'items', query })
export const ofCoupons = (query: Query): Promised => ({ hourly: 'coupons', query })
export const ofPromotions = (query: Query): Promised => ({ hourly: 'promotions', query })
/** An index leads to the few rows that could be guilty. */
export const quick = (query: Query): Promised => ({ hourly: 'everything', query })
/** The reason stands beside each of them. */
export const onlyNightly = (query: Query): Promised => ({ hourly: 'nothing', query })

/** Of the entry in the exception inbox. */
export const kindOf = (name: string): string => `promise_${name.replaceAll(/\W+/g, '_')}`

/** For logs, which take a long word with underscores for a secret. */
export const wordOf = (name: string): string => name.replaceAll(/\W+/g, '-')

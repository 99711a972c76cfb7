// What a shop's own project imports from 'onhand': all that onhand.config.ts and its rules,
// routes, jobs and plug-ins are made of. What is not named here may change at any time.
export { default as Type } from 'typebox'
export type { OwnData, Person } from './accounts/own-data.ts'
export type { OwnField, OwnFields } from './app/own-fields.ts'
export { defineShop, type Job, type JobContext, type ShopDefinition } from './app/shop-config.ts'
export type { CartLine } from './carts/carts.ts'
export type { CheckoutFacts, CheckoutRule } from './carts/checkout-rules.ts'
export { defineRules, type ShopRules } from './carts/shop-rules.ts'
export type { Db } from './db/pool.ts'
export { bumpRevision } from './db/revision.sql.ts'
export { and, type Statement, sql, type Tx } from './db/sql.ts'
export { snapshot, transaction } from './db/transaction.ts'
export { addEvents, type NewEvent } from './events/events.sql.ts'
export type { App } from './http/app.ts'
export { createOnce } from './http/create-once.ts'
export { actorOf, type Identity } from './http/identity.ts'
export { IdPageQuery, readPage } from './http/page.ts'
export {
  AnyMedia,
  type Asked,
  Closed,
  Id,
  Media,
  Minor,
  Moment,
  Nullable,
  Page,
  PageQuery,
  type RawReply,
  type Reply,
  type Route,
  route,
  Text,
  type Who,
} from './http/route.ts'
export { enqueueJob, type JobOptions } from './jobs/jobs.sql.ts'
export type { HttpAnswer, HttpRequest, NoAnswer, Send } from './lib/http-client.ts'
export { readJsonObject } from './lib/http-client.ts'
export * from './lib/ids.ts'
export { type Currency, type Money, share, split } from './lib/money.ts'
export {
  type FieldError,
  Refusal,
  type RefusalCode,
  type RefusalDetail,
  refuse,
} from './lib/refusal.ts'
export { Secret } from './lib/secret.ts'
export {
  checkApiBase,
  matches,
  openSetting,
  prefixed,
  type Setting,
  type SettingProblem,
  secretSetting,
  settingIn,
} from './lib/settings.ts'
export { hmacSha256 } from './lib/signature.ts'
export type * from './ports/mailer.ts'
export type * from './ports/payment-provider.ts'
export type { Plugin, PluginKind, PluginPorts } from './ports/plugin.ts'
export type { RawWebhook } from './ports/raw-webhook.ts'
export type * from './ports/reply.ts'
export type * from './ports/shipping-provider.ts'
export type * from './ports/tax-source.ts'
export type { Buyer as PricingBuyer } from './pricing/price-lists.ts'
export type { LineToPrice, PricedCart, PricedLine } from './pricing/pricing.ts'
export type {
  DiscountRule,
  LinesLeft,
  Listed,
  PriceRule,
  RuleValues,
  TaxRule,
} from './pricing/pricing-rules.ts'
export type { Permission } from './staff/staff.ts'

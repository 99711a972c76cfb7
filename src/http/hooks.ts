// Where providers tell us things. The plug-in verifies the raw bytes first; what it does not
// believe is refused, and what could not be recorded is not acknowledged.
import Type from 'typebox'
import { recordScans } from '#src/checkout/move-shipments.ts'
import type { Tx } from '#src/db/sql.ts'
import { transaction } from '#src/db/transaction.ts'
import { refuse } from '#src/lib/refusal.ts'
import { noteProviderEvent } from '#src/payments/webhooks.sql.ts'
import type { RawWebhook } from '#src/ports/raw-webhook.ts'
import type { ShippingWebhookEvent } from '#src/ports/shipping-provider.ts'
import { movesFor } from '#src/shipping/shipments.ts'
import { lockTrackingCode, shipmentsByTracking } from '#src/shipping/shipping.sql.ts'
import type { App } from './app.ts'
import { Closed, type Route, route, Text } from './route.ts'

const HookParams = Closed({ plugin: Text(40, 1) })
const Heard = Closed({ received: Type.Boolean() })

const definedHeaders = (headers: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  ) as Record<string, string>

async function hearPayments(app: App, provider: string, raw: RawWebhook): Promise<void> {
  const events = app.payments.get(provider)!.readWebhook(raw)
  if (events === null) throw refuse('webhook_not_authentic')
  // Providers tell much that changes nothing here: that costs no transaction.
  const news = events.filter(({ about }) => about !== 'nothing')
  if (news.length > 0) await app.desk.hear({ provider, events: news })
}

async function hearShipping(app: App, provider: string, raw: RawWebhook): Promise<void> {
  const events = app.shipping.get(provider)!.readWebhook(raw)
  if (events === null) throw refuse('webhook_not_authentic')
  for (const event of events) await hearShippingEvent(app, provider, event)
}

/** Unknown ones may belong to a label that is being bought at this moment. */
async function isParcelKnown(tx: Tx, tracking_code: string): Promise<boolean> {
  if ((await shipmentsByTracking(tx, tracking_code)).length > 0) return true
  await lockTrackingCode(tx, tracking_code)
  return (await shipmentsByTracking(tx, tracking_code)).length > 0
}

async function hearShippingEvent(
  app: App,
  provider: string,
  event: ShippingWebhookEvent,
): Promise<void> {
  await transaction(app.db, async (tx) => {
    const now = app.clock()
    const { event_id, about } = event
    // Most tell of a label that was just made, before its buyer has the answer: that is no news.
    const is_early =
      event.about === 'tracking' &&
      movesFor('labeled', event.scans).length > 0 &&
      !(await isParcelKnown(tx, event.tracking_code))
    const content = is_early ? { about, tracking_code: event.tracking_code } : { about }
    const is_news = await noteProviderEvent(tx, {
      provider,
      event_id,
      content,
      now,
      is_early,
    })
    if (!is_news || is_early || event.about !== 'tracking') return
    const moved = { actor: `provider:${provider}`, now, payments: app.payments }
    await recordScans(tx, event.tracking_code, event.scans, moved)
  })
}

const hook = route({
  method: 'POST',
  path: '/hooks/:plugin',
  who: 'anyone',
  summary: 'Webhooks of payment and shipping providers',
  raw_body: true,
  body_bytes_max: 1024 * 1024,
  rate_per_minute: 60_000,
  params: HookParams,
  replies: { 200: Heard },
  handle: async ({ app, params: { plugin }, headers, raw_body, now }) => {
    const raw = { headers: definedHeaders(headers), body: raw_body, received_at: now }
    if (app.payments.has(plugin)) await hearPayments(app, plugin, raw)
    else if (app.shipping.has(plugin)) await hearShipping(app, plugin, raw)
    else throw refuse('not_found', { plugin })
    return { status: 200, body: { received: true } }
  },
})

export const hook_routes: readonly Route[] = [hook]

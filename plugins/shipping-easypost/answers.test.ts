// Answers that EasyPost may give and the simulator does not: somebody buys between our two calls,
// a list holds other parcels too, rates have a form that is new to us.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type HttpRequest, send as realSend, type Send } from '#src/lib/http-client.ts'
import { type LabelId, newId, type ShipmentId } from '#src/lib/ids.ts'
import { Secret } from '#src/lib/secret.ts'
import type { PrepareShipment, ShippingAddress } from '#src/ports/shipping-provider.ts'
import { easypostShipping } from './easypost.ts'
import { startEasypostSimulator } from './simulator.ts'

const simulator = await startEasypostSimulator({
  port: 0,
  webhook_url: null,
  state_file: null,
  api_key: 'EZTKanswers0001',
  webhook_secret: 'answers-secret',
  scan_interval_ms: null,
  lists_per_s: 1_000,
})
after(simulator.close)

type Body = Record<string, unknown>
/** The adapter, told something else than the simulator says. */
function providerWith(rewrite: (request: HttpRequest, body: Body) => Body | null = () => null) {
  const send: Send = async (request) => {
    const answer = await realSend(request)
    if (answer.kind === 'no_answer') return answer
    const changed = rewrite(request, JSON.parse(answer.body.toString()))
    return changed ? { ...answer, body: Buffer.from(JSON.stringify(changed)) } : answer
  }
  const config = {
    api_key: new Secret('EZTKanswers0001'),
    webhook_secret: new Secret('answers-secret'),
    api_base: simulator.url,
  }
  return easypostShipping(config, send)
}

const address: ShippingAddress = {
  name: 'Ada Miller',
  company: null,
  line1: '77 Maple Street',
  line2: null,
  city: 'Brooklyn',
  region: 'NY',
  postal_code: '11201',
  country: 'US',
  phone: '5105550100',
  email: 'ada@example.com',
}
const shipment = (): PrepareShipment => ({
  shipment: newId<ShipmentId>(),
  order_number: 'ON-1001',
  from: {
    ...address,
    line1: '1200 Harbor Way',
    city: 'Oakland',
    region: 'CA',
    postal_code: '94607',
  },
  to: address,
  parcel: { weight_g: 870, length_mm: 305, width_mm: 229, height_mm: 102 },
  customs: [],
})

async function buyOne() {
  const provider = providerWith()
  const prepared = await provider.prepare(shipment())
  assert(prepared.kind === 'prepared')
  const { reference, rates } = prepared
  const request = { label: newId<LabelId>(), reference, rate: rates[0]! }
  const bought = await provider.buy(request)
  assert(bought.kind === 'bought')
  return { request, bought }
}

test('a label that somebody bought between our two calls is adopted', async () => {
  const { request, bought } = await buyOne()
  let looked = 0
  const late = providerWith(({ method }, body) =>
    method === 'GET' && looked++ === 0 ? { ...body, postage_label: null } : null,
  )
  assert.deepEqual(await late.buy(request), bought)
  assert.equal(simulator.labelsPaid(), 1)
})

test('other parcels in a list of trackers are not this one', async () => {
  const { bought } = await buyOne()
  const { tracking_code, carrier } = bought
  const scans = await providerWith().track({ tracking_code, carrier })
  const crowded = providerWith((_, body) => {
    const [ours] = body['trackers'] as Body[]
    const other = { ...ours, tracking_code: 'JD000000000000000000', status: 'delivered' }
    return { ...body, trackers: [other, ours] }
  })
  assert.deepEqual(await crowded.track({ tracking_code, carrier }), scans)
})

test('rates that cannot be read are in doubt, and not told as none', async () => {
  const strange = providerWith((_, body) => {
    const rates = (body['rates'] as Body[]).map((rate) => ({ ...rate, rate: 'on request' }))
    return { ...body, rates }
  })
  const outcome = await strange.prepare(shipment())
  assert.equal(outcome.kind, 'unknown')
})

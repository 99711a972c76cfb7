// Labels: quoted for free, bought once, fetched safely, given back once.
import assert from 'node:assert/strict'
import { type LabelId, newId } from '../lib/ids.ts'
import { toJson } from '../lib/json.ts'
import {
  answering,
  bought,
  type Cases,
  eventsOf,
  prepared,
  silent,
} from './shipping-bench.contract.ts'

export const preparing: Cases = {
  'preparing is free and can be repeated': async (bench) => {
    const request = bench.shipment()
    const first = await bench.provider.prepare(request)
    const again = await bench.provider.prepare(request)
    assert(first.kind === 'prepared' && again.kind === 'prepared')
    assert.deepEqual(
      first.rates.map(({ carrier, service, cost }) => [carrier, service, cost]),
      again.rates.map(({ carrier, service, cost }) => [carrier, service, cost]),
    )
    assert.equal(bench.labelsPaid(), 0)
  },
  'rates have names, whole money and days': async (bench) => {
    const outcome = await bench.provider.prepare(bench.shipment())
    assert(outcome.kind === 'prepared' && outcome.reference !== '')
    assert(outcome.rates.length > 0)
    assert.equal(new Set(outcome.rates.map((rate) => rate.reference)).size, outcome.rates.length)
    for (const { carrier, service, cost, delivery_days } of outcome.rates) {
      assert(carrier !== '' && service !== '')
      assert(typeof cost.amount === 'bigint' && cost.amount > 0n)
      assert.match(cost.currency, /^[A-Z]{3}$/)
      assert(delivery_days === null || (Number.isInteger(delivery_days) && delivery_days >= 0))
    }
  },
  'an address that does not exist is refused as such': async (bench) => {
    const outcome = await bench.provider.prepare({ ...bench.shipment(), to: bench.nowhere })
    assert(outcome.kind === 'refused', toJson(outcome))
    assert.equal(outcome.code, 'address_invalid')
    assert(outcome.message !== '')
  },
  'a place that nobody serves is refused as having no rates': async (bench) => {
    const outcome = await bench.provider.prepare({ ...bench.shipment(), to: bench.unserved })
    assert(outcome.kind === 'refused', toJson(outcome))
    assert.equal(outcome.code, 'no_rates')
    assert(outcome.message !== '')
  },
  'a parcel that nobody carries is refused': async (bench) => {
    const shipment = bench.shipment()
    const parcel = { ...shipment.parcel, weight_g: 900_000 }
    const outcome = await bench.provider.prepare({ ...shipment, parcel })
    assert(outcome.kind === 'refused' && outcome.message !== '', toJson(outcome))
  },
}

export const buying: Cases = {
  'buys the chosen rate': async (bench) => {
    const outcome = await bench.provider.prepare(bench.shipment())
    assert(outcome.kind === 'prepared')
    const rate = outcome.rates.at(-1)!
    const label = newId<LabelId>()
    const answer = await bench.provider.buy({ label, reference: outcome.reference, rate })
    assert(answer.kind === 'bought', toJson(answer))
    const { carrier, service, cost } = answer
    assert.deepEqual(
      { carrier, service, cost },
      { carrier: rate.carrier, service: rate.service, cost: rate.cost },
    )
    assert(answer.reference !== '' && answer.tracking_code !== '')
    assert(URL.canParse(answer.label_url))
    assert(answer.tracking_url === null || URL.canParse(answer.tracking_url))
    assert.equal(bench.labelsPaid(), 1)
  },
  'buys once when asked twice': async (bench) => {
    const request = await prepared(bench)
    const first = await bench.provider.buy(request)
    const again = await bench.provider.buy(request)
    assert.equal(first.kind, 'bought')
    assert.deepEqual(again, first)
    assert.equal(bench.labelsPaid(), 1)
  },
  'buys once when asked many times at once': async (bench) => {
    const request = await prepared(bench)
    const racing = await Promise.all(Array.from({ length: 8 }, () => bench.provider.buy(request)))
    const settled = await bench.provider.buy(request)
    assert.equal(settled.kind, 'bought', toJson(settled))
    for (const outcome of racing) {
      if (outcome.kind === 'bought') assert.deepEqual(outcome, settled)
      else assert.equal(outcome.kind, 'unknown', toJson(outcome))
    }
    assert.equal(bench.labelsPaid(), 1)
  },
  'says unknown when the answer to the buy is lost, and adopts the label then': async (bench) => {
    const request = await prepared(bench)
    bench.loseBuyAnswer()
    assert.equal((await bench.provider.buy(request)).kind, 'unknown')
    assert.equal(bench.labelsPaid(), 1)
    const adopted = await bench.provider.buy(request)
    assert(adopted.kind === 'bought', toJson(adopted))
    assert.deepEqual(adopted.cost, request.rate.cost)
    assert.equal(bench.labelsPaid(), 1)
  },
  'an empty wallet is refused as such, and buys nothing': async (bench) => {
    const request = await prepared(bench)
    bench.setWallet(false)
    const refused = await bench.provider.buy(request)
    assert(refused.kind === 'refused', toJson(refused))
    assert.equal(refused.code, 'wallet_empty')
    assert.equal(bench.labelsPaid(), 0)
    bench.setWallet(true)
    assert.equal((await bench.provider.buy(request)).kind, 'bought')
    assert.equal(bench.labelsPaid(), 1)
  },
  'buying what was never prepared is refused': async (bench) => {
    const { rate } = await prepared(bench)
    const reference = bench.unknown_reference
    const outcome = await bench.provider.buy({ label: newId<LabelId>(), reference, rate })
    assert(outcome.kind === 'refused', toJson(outcome))
    assert.equal(outcome.code, 'label_unknown')
    assert.equal(bench.labelsPaid(), 0)
  },
}

export const fetching: Cases = {
  'fetches the label as a PDF': async (bench) => {
    const file = await bench.provider.fetchLabel((await bought(bench)).label_url)
    assert(file.kind === 'file', toJson(file))
    assert.equal(file.media_type, 'application/pdf')
    const text = Buffer.from(file.bytes).toString('latin1')
    assert(text.startsWith('%PDF-') && text.trimEnd().endsWith('%%EOF'))
  },
  'fetches labels from the hosts of the provider only': async (bench) => {
    let asked = 0
    const provider = bench.over(async (request) => {
      asked += 1
      return answering(200, '%PDF-1.4 %%EOF', 'application/pdf')(request)
    })
    const own = new URL((await bought(bench)).label_url)
    const foreign = [
      'https://example.com/label.pdf',
      'http://169.254.169.254/latest/meta-data',
      'file:///etc/passwd',
      'data:application/pdf;base64,JVBERi0=',
      `http://${own.hostname}:1${own.pathname}`,
      `https://${own.hostname}.example.com${own.pathname}`,
      `https://user:password@${own.host}${own.pathname}`,
      'no address at all',
      '',
    ]
    for (const url of foreign) {
      assert.equal((await provider.fetchLabel(url)).kind, 'unknown', url)
    }
    assert.equal(asked, 0)
    assert.equal((await provider.fetchLabel(own.href)).kind, 'file')
  },
  'a label that is no PDF, gone or too large is unknown': async (bench) => {
    const { label_url } = await bought(bench)
    const huge = Buffer.concat([Buffer.from('%PDF-1.4'), Buffer.alloc(12 * 1024 * 1024)])
    const bad = [
      answering(200, '<html>please sign in</html>', 'application/pdf'),
      answering(200, '', 'application/pdf'),
      answering(200, huge, 'application/pdf'),
      answering(404, '%PDF-1.4 %%EOF', 'application/pdf'),
      answering(503, 'busy'),
      silent(true),
    ]
    for (const send of bad) {
      assert.equal((await bench.over(send).fetchLabel(label_url)).kind, 'unknown')
    }
  },
}

export const voiding: Cases = {
  'voids a label, at once or after a while': async (bench) => {
    const request = await bought(bench)
    const first = await bench.provider.voidLabel(request)
    assert(first.kind === 'voided' || first.kind === 'pending', toJson(first))
    bench.settleVoids()
    assert.deepEqual(await bench.provider.voidLabel(request), { kind: 'voided' })
    assert.equal(bench.labelsPaid(), 0)
  },
  'voids once when asked twice': async (bench) => {
    const request = await bought(bench)
    const first = await bench.provider.voidLabel(request)
    const again = await bench.provider.voidLabel(request)
    assert.notEqual(first.kind, 'refused')
    assert.deepEqual(again, first)
  },
  'voiding a label nobody knows is refused': async (bench) => {
    const reference = bench.unknown_reference
    const outcome = await bench.provider.voidLabel({ label: newId<LabelId>(), reference })
    assert(outcome.kind === 'refused', toJson(outcome))
    assert.equal(outcome.code, 'label_unknown')
  },
  'voiding what was not bought is refused': async (bench) => {
    const outcome = await bench.provider.voidLabel(await prepared(bench))
    assert(outcome.kind === 'refused' && outcome.message !== '', toJson(outcome))
  },
  'a parcel that travels already is not voided': async (bench) => {
    const request = await bought(bench)
    bench.scan(request.tracking_code, 'in_transit')
    await bench.provider.voidLabel(request)
    bench.settleVoids()
    const outcome = await bench.provider.voidLabel(request)
    assert(outcome.kind === 'refused' && outcome.message !== '', toJson(outcome))
    assert.equal(bench.labelsPaid(), 1)
  },
  'a voided label is not handed out again': async (bench) => {
    const request = await prepared(bench)
    const first = await bench.provider.buy(request)
    assert(first.kind === 'bought')
    await bench.provider.voidLabel({ label: request.label, reference: first.reference })
    const again = await bench.provider.buy(request)
    assert(again.kind === 'refused', toJson(again))
    assert.equal(again.code, 'label_voided')
  },
  'a webhook tells that a label was voided': async (bench) => {
    const { reference, label } = await bought(bench)
    await bench.provider.voidLabel({ label, reference })
    bench.settleVoids()
    const voids = (await eventsOf(bench)).filter((event) => event.about === 'void')
    assert.deepEqual(
      voids.map((event) => [event.reference, event.outcome.kind]),
      [[reference, 'voided']],
    )
  },
}

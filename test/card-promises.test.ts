// Promise 10 asked of the database: a card number is found wherever people can write, numbers
// that only look like one are not, and SQL and the guard of the requests agree.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findCardNumber, holdsCardNumber } from '#src/lib/card-guard.ts'
import { card_texts, ordinary_texts } from '#test/card-texts.ts'
import { brokenBy, copyOf } from '#test/plant.ts'
import { calm } from '#test/races/crowd.ts'
import { admin, assertPromises, complete, fillCart, openWorld } from '#test/world.ts'

const world = await openWorld()
const done = await complete(world, await fillCart(world))
assert.equal(done.status, 201, JSON.stringify(done.body))
await calm(world)
const path = `/admin/orders/${done.body.order.id}/cancel`
assert.equal((await admin(world, 'POST', path, { reason: 'test' })).status, 200)
await calm(world)

const card = '4242 4242 4242 4242'
const ours = `order_id = '${done.body.order.id}'`
const address = `shipping_address || '{"line2": "${card}"}'`
const detail = (name: string): string => `'{"a": [{"${name}": "my card is ${card}"}]}'`

const orders = 'no card number is stored with carts, orders and customers'
const staff = 'no card number is stored by staff'
const happened = 'no card number is stored of what happened'
const messages = 'no card number is stored in messages'
const planted: readonly (readonly [promise: string, statement: string])[] = [
  [orders, `update cart set email = '${card}@example.com'`],
  [orders, `update cart set shipping_address = ${address}`],
  [orders, `update orders set phone = '+${card}'`],
  [orders, `update orders set shipping_address = ${address}`],
  [orders, `update orders set billing_address = ${address}`],
  [orders, `update orders set cancel_reason = 'was ${card}' where state = 'canceled'`],
  [
    orders,
    `insert into customer (id, email, name, created_at)
     values (uuidv7(), 'a@example.com', '${card}', now())`,
  ],
  [orders, `update invoice set document = jsonb_set(document, '{buyer,name}', '"${card}"')`],
  [staff, `update order_change set reason = 'card ${card}'`],
  [staff, `update refund set reason = '${card.replaceAll(' ', '-')}'`],
  [staff, `update stock_movement set reason = '${card.replaceAll(' ', '')}'`],
  [staff, `update product set description = '<p>${card}</p>'`],
  [staff, `update product set tags = array['${card}']`],
  [staff, `update channel set name = '${card}'`],
  [staff, `update promotion set name = '${card}' where name = 'WELCOME10'`],
  [staff, `update location set address = address || '{"line2": "${card}"}'`],
  [staff, `update legal_entity set name = '3782 822463 10005'`],
  [
    staff,
    `insert into webhook_endpoint (id, url, description, kinds, created_at, updated_at)
     values (uuidv7(), 'https://a.example', '${card}', '{*}', now(), now())`,
  ],
  [
    staff,
    `insert into message_template (kind, locale, subject, mjml, html, text, updated_at, updated_by)
     values ('receipt', 'en', '', '', '', '${card}', now(), 'test')`,
  ],
  [happened, copyOf('event', 'true', { detail: `${detail('note')}::jsonb` })],
  [happened, copyOf('event', 'true', { detail: `'{"${card}": 1}'::jsonb` })],
  [happened, copyOf('event', 'true', { detail: `'{"amount": 4242424242424242}'::jsonb` })],
  [happened, `update provider_event set content = ${detail('reason')}`],
  [happened, `update payment_attempt set decline_reason = '${card}'`],
  [happened, `update effect set last_error = 'refused: ${card}'`],
  [
    happened,
    `insert into exception (id, kind, cause_id, message, detail, opened_at)
     values (uuidv7(), 'test', uuidv7(), '${card}', '{}', now())`,
  ],
  [
    happened,
    `insert into exception (id, kind, cause_id, message, detail, opened_at)
     values (uuidv7(), 'test', uuidv7(), '', ${detail('what')}, now())`,
  ],
  [
    happened,
    `insert into tracking_scan (id, shipment_id, status, detail, at, received_at)
     select uuidv7(), id, 'exception', '${card}', now(), now() from shipment where ${ours}`,
  ],
  [
    happened,
    `insert into webhook_attempt (id, delivery_id, at, duration_ms, response)
     values (uuidv7(), uuidv7(), now(), 1, 'we have ${card}')`,
  ],
  [messages, `update message set text = text || '${card}'`],
  [messages, `update message set recipient = '${card}@example.com'`],
]
for (const [promise, statement] of planted) {
  test(`found: ${statement.replaceAll(/\s+/g, ' ').slice(0, 90)}`, async () => {
    assert.deepEqual(await brokenBy(world.db, [statement]), [promise])
  })
}

test('tracking codes, bar codes, SKUs and serial numbers are free', async () => {
  const free = [
    copyOf('event', 'true', { detail: `'{"tracking_code": "${card}"}'::jsonb` }),
    copyOf('event', 'true', { detail: `'{"serial_numbers": ["${card}", "${card}"]}'::jsonb` }),
    `update variant set barcode = '4242424242424242' where sku = 'MUG-BLUE'`,
    `update shipment set tracking_code = '4242424242424242' where ${ours}`,
    `update shipment set tracking_url = 'http://trk.example/?4000056655665556' where ${ours}`,
    `update order_line set sku = '5555555555554444' where ${ours}`,
    `update message set text = 'Parcel 4242424242424242 with 5555555555554444, followed at '
       || 'http://trk.example/?4000056655665556' where ${ours}`,
  ]
  assert.deepEqual(await brokenBy(world.db, free), [])
  await assertPromises(world)
})

const digits = fc.stringMatching(/^[0-9]{1,8}$/)
const digest = `cafe${'4242'.repeat(4)}beef${'0'.repeat(8)}`
const pieces = fc.oneof(
  { weight: 3, arbitrary: digits },
  { weight: 4, arbitrary: fc.constantFrom('4242', '4242', '3782', '822463', '10005', '0004') },
  { weight: 4, arbitrary: fc.constantFrom('', ' ', '-', ' - ', '  ', '   ', '.', '–', '\u00a0') },
  { weight: 2, arbitrary: fc.constantFrom(', ', '/', '|', ':', '\u200b', '\ufeff', '/', ', ') },
  { weight: 1, arbitrary: fc.constantFrom('a', '/', '４２４２', '٤٢٤٢', '019a', '\n', 'x') },
  { weight: 1, arbitrary: fc.uuid() },
  {
    weight: 1,
    arbitrary: fc.constantFrom(digest, digest.slice(1), `x${digest}`, digest.repeat(2)),
  },
  { weight: 2, arbitrary: fc.constantFrom(card, '6011111111111117', '6205500000000000004') },
)
const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''))
const lines = fc.array(texts, { minLength: 2_000, maxLength: 2_000 })

type Verdict = { readonly guilty: boolean; readonly suspicious: boolean }
async function verdictsOf(all: readonly string[]): Promise<Verdict[]> {
  const { rows } = await world.db.query<Verdict>(
    `select holds_card_number(line) as guilty, may_hold_card_number(line) as suspicious
     from unnest($1::text[]) with ordinality as line_at (line, place) order by place`,
    [all],
  )
  return rows
}

/** Nothing is told apart, and nothing that is guilty is passed over at the first look. */
async function assertAgreed(all: readonly string[]): Promise<readonly Verdict[]> {
  const verdicts = await verdictsOf(all)
  const strange = all.filter((text, i) => {
    const { guilty, suspicious } = verdicts[i]!
    return holdsCardNumber(text) !== guilty || (guilty && !suspicious)
  })
  assert.deepEqual(strange, [])
  return verdicts
}

test('SQL and the guard of requests call the same texts card numbers', async () => {
  const property = fc.asyncProperty(lines, async (all) => {
    const verdicts = await assertAgreed(all)
    const found = verdicts.filter(({ guilty }) => guilty).length
    assert(found > 50 && found < 1_950, `${found} of ${verdicts.length}`)
  })
  await fc.assert(property, { numRuns: 5 })
})

test('SQL and the guard of requests agree on the list of both', async () => {
  const guilty = await assertAgreed(card_texts)
  assert.deepEqual(
    card_texts.filter((_, i) => !guilty[i]!.guilty),
    [],
  )
  const innocent = await assertAgreed(ordinary_texts)
  assert.deepEqual(
    ordinary_texts.filter((_, i) => innocent[i]!.guilty),
    [],
  )
  const json = card_texts.map((text) => JSON.stringify({ note: text }))
  const { rows } = await world.db.query<{ content: string }>(
    `select content::text from unnest($1::jsonb[]) as content
     where not (may_hold_card_number(content::text) and json_holds_card_number(content))`,
    [json],
  )
  assert.deepEqual(rows, [])
})

test('SQL and the guard of requests take the same characters for digits and separators', async () => {
  const telling = /[\p{N}\p{P}\p{Z}\p{Cc}\p{Cf}\p{So}\p{Default_Ignorable_Code_Point}]/u
  const signs = Array.from({ length: 0x20000 }, (_, code) => code)
    .filter((code) => code > 0 && (code < 0xd800 || code > 0xdfff))
    .map((code) => String.fromCodePoint(code))
    .filter((sign) => telling.test(sign))
  await assertAgreed(signs.map((sign) => `4242${sign}4242 4242${sign}4242`))
  // Whatever a digit is worth, one of ten cards has the check digit that fits to it.
  const digits = signs.filter((sign) => /\p{Nd}/u.test(sign))
  const cards = digits.flatMap((sign) =>
    Array.from('0123456789', (last) => `424242424242${sign}24${last}`),
  )
  const verdicts = await assertAgreed(cards)
  assert.equal(verdicts.filter(({ guilty }) => guilty).length, digits.length)
})

test('SQL and the guard of requests call the same fields free', async () => {
  const names =
    'barcode bar_code tracking serial_no sku gtin ean mean eant EAN upc imei isbn hs_code'
  for (const name of `${names} note line2 reference`.split(' ')) {
    for (const value of [card, [card], [{ note: card }], { inner: card }, { sku: card }]) {
      const { rows } = await world.db.query<{ guilty: boolean }>(
        'select json_holds_card_number($1) as guilty',
        [JSON.stringify({ [name]: value })],
      )
      const guilty = findCardNumber({ [name]: value }) !== null
      assert.equal(rows[0]!.guilty, guilty, `${name}: ${JSON.stringify(value)}`)
    }
  }
})

// Requests that name what there is not, or what somebody else has: each is told which field it is,
// and nothing is written by any of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFingerprint } from '#test/fingerprint.sql.ts'
import { admin, ask, fillCart, openWorld } from '#test/world.ts'

const world = await openWorld({ worker: false })
const nobody = '00000000-0000-7000-8000-000000000000'
const variant_id = world.variants.get('MUG-BLUE')!
const channel_id = world.frame.web
const cart = await fillCart(world)

const made = async (path: string, body: object) => {
  const answer = await admin(world, 'POST', path, body)
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return answer.body
}
const max = { email: 'max@shop.example', name: 'Max', role: 'support', password: 'a long password' }
const { id: max_id } = await made('/admin/staff', max)
const draft = await made('/admin/drafts', { channel_id })
const group = { code: 'regulars', name: 'Regulars' }
await made('/admin/customer-groups', group)

type Case = readonly [
  method: 'POST' | 'PUT' | 'PATCH',
  path: string,
  body: object,
  says: string,
  ...errors: string[],
]
const two_lines = [
  { variant_id, quantity: 1 },
  { variant_id: nobody, quantity: 1 },
]
const a_cart = `/store/carts/${cart.id}`
const a_draft = `/admin/drafts/${draft.id}`

const cases: Readonly<Record<string, Case>> = {
  'goods of a new cart': [
    'POST',
    '/store/carts',
    { lines: two_lines },
    '422 unknown_product',
    'lines.1.variant_id unknown_product',
  ],
  'the shipping option of a cart': [
    'PATCH',
    a_cart,
    { shipping_option_id: nobody },
    '422 shipping_option_unavailable',
    'shipping_option_id shipping_option_unavailable',
  ],
  'one of several coupons': [
    'PATCH',
    a_cart,
    { coupon_codes: ['WELCOME10', 'no-such'] },
    '422 coupon_unknown',
    'coupon_codes.1 coupon_unknown',
  ],
  'an e-mail address that is none': [
    'PATCH',
    a_cart,
    { email: 'ada@' },
    '422 contact_invalid',
    'email email_invalid',
  ],
  'the role of new staff': [
    'POST',
    '/admin/staff',
    { ...max, email: 'new@shop.example', role: 'juggler' },
    '400 invalid_input',
    'role unknown',
  ],
  'the address of other staff': [
    'POST',
    '/admin/staff',
    { ...max, email: 'MAX@shop.example' },
    '409 already_exists',
    'email already_exists',
  ],
  'another role for staff': [
    'PATCH',
    `/admin/staff/${max_id}`,
    { role: 'juggler' },
    '400 invalid_input',
    'role unknown',
  ],
  'a role in the policy of staff': [
    'PUT',
    '/admin/staff-policy',
    { second_factor_of_all: false, second_factor_roles: ['juggler'], key_days_max: null },
    '400 invalid_input',
    'second_factor_roles.0 unknown',
  ],
  'the channel of a key': [
    'POST',
    '/admin/keys',
    { kind: 'publishable', name: 'Site', channel_id: nobody },
    '400 invalid_input',
    'channel_id unknown',
  ],
  'the channel of a product': [
    'POST',
    '/admin/products',
    { title: 'Lost', channel_ids: [nobody], variants: [{ sku: 'LOST' }] },
    '400 invalid_input',
    'channel_ids.0 unknown',
  ],
  'the handle of another product': [
    'POST',
    '/admin/products',
    { title: 'Mug', handle: 'mug-blue', variants: [{ sku: 'MUG-TWO' }] },
    '409 already_exists',
    'handle already_exists',
  ],
  'the code of another group': [
    'POST',
    '/admin/customer-groups',
    group,
    '409 already_exists',
    'code already_exists',
  ],
  'the channel of a draft': [
    'POST',
    '/admin/drafts',
    { channel_id: nobody },
    '400 invalid_input',
    'channel_id unknown',
  ],
  'the currency of a draft': [
    'POST',
    '/admin/drafts',
    { channel_id, currency: 'USD' },
    '422 unknown_currency',
    'currency unknown_currency',
  ],
  'goods and shipping option of a draft': [
    'POST',
    '/admin/drafts',
    { channel_id, shipping_option_id: nobody, lines: two_lines },
    '400 invalid_input',
    'lines.1.variant_id unknown',
    'shipping_option_id unknown',
  ],
  'other goods for a draft': [
    'PATCH',
    a_draft,
    { version: draft.version, lines: two_lines },
    '400 invalid_input',
    'lines.1.variant_id unknown',
  ],
}

for (const [name, [method, path, body, says, ...errors]] of Object.entries(cases)) {
  test(name, async () => {
    const before = await readFingerprint(world.db)
    const { status, body: problem } = path.startsWith('/admin/')
      ? await admin(world, method, path, body)
      : await ask(world, method, path, { body, token: cart.token })
    assert.equal(`${status} ${problem.code}`, says, JSON.stringify(problem))
    const told: { field: string; code: string }[] = problem.errors
    assert.deepEqual(
      told.map(({ field, code }) => `${field} ${code}`),
      errors,
    )
    assert.deepEqual(await readFingerprint(world.db), before)
  })
}

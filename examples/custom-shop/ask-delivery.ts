// What a storefront asks: the client knows the routes of this shop as it knows those of Onhand,
// from onhand-client.d.ts, which "npm run client" writes.
import { createClient } from 'onhand/client'

const url = process.env['ONHAND_URL'] ?? 'http://127.0.0.1:4000'
const shop = createClient({ url, key: process.env['ONHAND_KEY'] ?? null })

const [country = 'DE', postal_code = '10115'] = process.argv.slice(2)
const { body } = await shop.get('/store/delivery-check', { query: { country, postal_code } })
process.stdout.write(body.delivers ? 'Our van goes there.\n' : 'Our van cannot go there.\n')

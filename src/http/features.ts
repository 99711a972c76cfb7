// Each feature by one request that works when pasted: in the README and at the head of the API
// reference. A test pastes them, in this order, in one shell.
export type Feature = {
  readonly title: string
  /** The page that tells all of it. */
  readonly page: string
  readonly requests: string
}

const raw = (text: TemplateStringsArray): string => text.raw[0]!.trim()

export const features: readonly Feature[] = [
  {
    title: 'Catalogue',
    page: 'catalog.md',
    requests: raw`
MUG=$(admin "$URL/admin/products?q=enamel+camping+mug&limit=1" | pick .items[0].id)
VARIANT=$(shop "$URL/store/products/enamel-camping-mug" | pick .variants[0].id)
SKU=$(shop "$URL/store/products/enamel-camping-mug" | pick .variants[0].sku)
WEB=$(admin "$URL/admin/channels" | pick '.items.find(c => c.code === "web").id')
EUR=$(admin "$URL/admin/price-lists" | pick '.items.find(l => l.currency === "EUR").id')

# Fields of your own, to filter by
admin -X PUT "$URL/admin/fields/material" -d '{"owner":"product","name":"Material","type":"choice",
  "choices":["enamel","clay"],"filterable":true}'
admin -X PATCH "$URL/admin/products/$MUG" -d '{"fields":{"material":"enamel"}}'
# Categories, and collections by rules
admin -H "$(key)" "$URL/admin/categories" -d '{"title":"On the road","handle":"on-the-road"}'
admin -H "$(key)" "$URL/admin/collections" -d '{"title":"All mugs","handle":"all-mugs",
  "rules":[{"field":"title","op":"contains","value":"mug"}]}'
# Languages, with fallback
admin -X PUT "$URL/admin/translations/product/$MUG/de" -d '{"title":"Emaille-Becher"}'
shop "$URL/store/products/enamel-camping-mug?locale=de-AT"
# A bundle, which sells as many as its parts allow
admin -H "$(key)" "$URL/admin/products" -d '{"title":"Four mugs","handle":"four-mugs",
  "state":"active","channel_ids":["'$WEB'"],"variants":[{"sku":"FOUR-MUGS",
  "items":[{"sku":"'$SKU'","quantity":4}],"prices":[{"price_list_id":"'$EUR'","amount":4800}]}]}'
# A file to download, once per paid unit
admin -H "$(key)" "$URL/admin/digital-files" -d '{"name":"Guide.pdf","media_type":"application/pdf",
  "downloads_max":5,"valid_days":30}'
# Search with facets, filters, sorting and typo tolerance
shop "$URL/store/search?q=campnig+mug&field=material:enamel&price=1000..5000&sort=price&limit=2"
# All products as CSV, which "npm run import" reads
admin "$URL/admin/exports/products" | head -n 2`,
  },
  {
    title: 'Prices',
    page: 'promotions.md',
    requests: raw`
# From ten on, and from a moment on
admin -X PUT "$URL/admin/price-lists/$EUR/prices" -d '{"prices":[
  {"variant_id":"'$VARIANT'","min_quantity":10,"amount":1100}]}'
admin -H "$(key)" "$URL/admin/price-lists" -d '{"code":"autumn","name":"Autumn","currency":"EUR",
  "prices_include_tax":true,"priority":10,
  "starts_at":"2031-10-01T00:00:00Z","ends_at":"2031-11-01T00:00:00Z"}'
# A contract: prices for one group of customers
GROUP=$(admin -H "$(key)" "$URL/admin/customer-groups" -d '{"code":"hotels","name":"Hotels"}' \
  | pick .id)
admin -H "$(key)" "$URL/admin/price-lists" -d '{"code":"hotels","name":"Hotels","currency":"EUR",
  "prices_include_tax":false,"priority":20,"customer_group_id":"'$GROUP'"}'
# Why this price, for a buyer now or later; past prices, and the lowest of thirty days
admin "$URL/admin/prices/explain" -d '{"channel_id":"'$WEB'","currency":"EUR",
  "variant_id":"'$VARIANT'","quantity":10,"country":"DE"}'
admin "$URL/admin/variants/$VARIANT/past-prices"`,
  },
  {
    title: 'Promotions',
    page: 'promotions.md',
    requests: raw`
PROMOTION=$(admin -H "$(key)" "$URL/admin/promotions" -d '{"name":"Letter","is_automatic":false,
  "currency":"EUR","effect":{"kind":"fixed","on":"order","amount":500},"budget":100000,
  "buyer_limit":1,"combines_with":["product"]}' | pick .id)
admin -H "$(key)" "$URL/admin/promotions/$PROMOTION/codes" \
  -d '{"draw":{"count":100,"prefix":"WINTER-"},"usage_limit":1}'
admin -X PATCH "$URL/admin/promotions/$PROMOTION" -d '{"archived":true}'
# A gift, free shipping, three for two, a set at one price: each for a first order alone
for EFFECT in '{"kind":"gift","variant_id":"'$VARIANT'","quantity":1}' \
  '{"kind":"free_shipping"}' \
  '{"kind":"buy_x_get_y","buy":{"goods":{},"quantity":2},"get":{"goods":{},"quantity":1},
    "rate_ppm":1000000}' \
  '{"kind":"bundle_price","parts":[{"goods":{"variant_ids":["'$VARIANT'"]},"quantity":4}],
    "amount":4500}'
do admin -H "$(key)" "$URL/admin/promotions" -d '{"name":"Welcome","is_automatic":false,
  "currency":"EUR","conditions":{"first_order":true},"effect":'"$EFFECT"'}'
done`,
  },
  {
    title: 'Taxes',
    page: 'tax.md',
    requests: raw`
admin "$URL/admin/tax-presets"
admin -H "$(key)" "$URL/admin/tax-zones" -d '{"country":"NO","rates":[
  {"category":"standard","component":"MVA","rate_ppm":250000}]}'`,
  },
  {
    title: 'Carts',
    page: 'carts.md',
    requests: raw`
# Scarce goods held for ten minutes, never more than a fifth of them by carts
admin -X PUT "$URL/admin/channels/$WEB/cart-holds" -d '{"rules":[{"stock_item_id":null,
  "minutes":10,"share_percent":20,"units_max":2,"scarce_below":1000}]}'
LEFT=$(shop -H "$(key)" "$URL/store/carts" -d '{"email":"eva@example.com",
  "accepts_reminders":true,"lines":[{"variant_id":"'$VARIANT'","quantity":1}]}')
LEFT_ID=$(echo "$LEFT" | pick .cart.id) LEFT_TOKEN=$(echo "$LEFT" | pick .token)
admin -X PUT "$URL/admin/channels/$WEB/cart-holds" -d '{"rules":[]}'
# Every rule that was tried for its price; the token that opens it again; how far buyers come
shop -H "x-cart-token: $LEFT_TOKEN" "$URL/store/carts/$LEFT_ID/why"
BACK=$(admin "$URL/admin/carts/$LEFT_ID/recovery" | pick .recovery_token)
shop "$URL/store/cart-recoveries" -d '{"recovery_token":"'$BACK'"}' | pick .cart.lines.length
admin "$URL/admin/funnel?by=day&channel_id=$WEB"`,
  },
  {
    title: 'Customers',
    page: 'customers.md',
    requests: raw`
# Sign-up; the link in the mail verifies the address, and what a guest has filled comes along
EVA=eva$RANDOM@example.com
shop "$URL/store/customers" -d '{"email":"'$EVA'","password":"correct horse battery",
  "name":"Eva Example","consents":["email"]}'
link() {  # the token in the newest mail of a kind; without a mail server all lie in the mailbox
  for i in 1 2 3 4 5 6 7 8 9 10; do
    ID=$(admin "$URL/admin/messages?recipient=$EVA&kind=$1" | pick '.items[0]?.id ?? ""')
    [ -n "$ID" ] && break; sleep 1
  done
  admin "$URL/admin/messages/$ID" | pick '.text.match(/token=([\w-]{43})/)[1]'
}
GUEST=$(shop -H "$(key)" "$URL/store/carts" -d '{"lines":[
  {"variant_id":"'$VARIANT'","quantity":2}]}' | pick .token)
ME=$(shop "$URL/store/customers/verification" -d '{"token":"'$(link verify_email)'",
  "cart_token":"'$GUEST'"}' | pick .customer_token)
mine() { shop -H "x-customer-token: $ME" "$@"; }
mine "$URL/store/customers/me/cart" | pick .open.cart.lines[0].quantity
# Addresses, and all that was ordered
mine -H "$(key)" "$URL/store/customers/me/addresses" -d '{"default_shipping":true,"address":{
  "name":"Eva","line1":"Musterweg 1","postal_code":"10115","city":"Berlin","country":"DE"}}'
mine "$URL/store/customers/me/orders"
# A forgotten password, and the sign-in with the new one
shop "$URL/store/password-resets" -d '{"email":"'$EVA'"}'
shop "$URL/store/password-resets/confirmation" -d '{"token":"'$(link reset_password)'",
  "password":"another long password"}'
shop "$URL/store/sessions" -d '{"email":"'$EVA'","password":"another long password"}'
# Made by staff; segments by rules; export and erasure
CUSTOMER=$(admin -H "$(key)" "$URL/admin/customers" -d '{"email":"max@example.com",
  "name":"Max Example"}' | pick .id)
admin -H "$(key)" "$URL/admin/customer-segments" -d '{"code":"regulars","name":"Regulars",
  "match":"all","rules":[{"kind":"orders_placed","at_least":2,"within_days":365}]}'
admin "$URL/admin/customers/$CUSTOMER/export"
admin -X POST "$URL/admin/customers/$CUSTOMER/erase"`,
  },
  {
    title: 'Staff',
    page: 'staff.md',
    requests: raw`
# Somebody new signs in, and sets up a second factor: code does what an authenticator app does
NEW=new$RANDOM@shop.example
admin -H "$(key)" "$URL/admin/staff" -d '{"email":"'$NEW'","name":"New","role":"support",
  "password":"at least twelve letters"}'
JAR=$(mktemp)
staff() { curl -s -b "$JAR" -c "$JAR" -H "x-csrf-token: $CSRF" \
  -H "content-type: application/json" "$@"; }
CSRF=$(staff "$URL/admin/sign-in" -d '{"email":"'$NEW'","password":"at least twelve letters"}' \
  | pick .csrf_token)
SECRET=$(staff -X POST "$URL/admin/second-factor" | pick .secret)
code() { node -e '
  const bits = [...process.argv[1]].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c)
    .toString(2).padStart(5, "0")).join("").match(/.{8}/g).map((b) => parseInt(b, 2))
  const step = Buffer.alloc(8); step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)))
  const mac = require("crypto").createHmac("sha1", Buffer.from(bits)).update(step).digest()
  const six = (mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6
  console.log(String(six).padStart(6, "0"))' "$1"; }
staff "$URL/admin/second-factor/confirm" -d '{"code":"'$(code $SECRET)'"}' \
  | pick .recovery_codes.length
# Another password; a link by mail when it is forgotten; an OpenID provider, where one is set up
staff -X PUT "$URL/admin/me/password" -d '{"current_password":"at least twelve letters",
  "password":"four words and a comma"}'
curl -s "$URL/admin/password-resets" -H "content-type: application/json" -d '{"email":"'$NEW'"}'
curl -s "$URL/admin/sign-in/openid" | pick .code
# Second factors for whoever packs; keys that do little, end, and are rotated
admin -X PUT "$URL/admin/roles/packer" -d '{"name":"Packer","permissions":["orders:read",
  "shipping:read","stock:read"]}'
admin -X PUT "$URL/admin/staff-policy" -d '{"second_factor_of_all":false,
  "second_factor_roles":["packer"],"key_days_max":3650}'
KEY=$(admin -H "$(key)" "$URL/admin/keys" -d '{"kind":"secret","name":"Nightly export",
  "permissions":["orders:read"],"expires_at":"2031-01-01T00:00:00Z"}' | pick .key.id)
admin -H "$(key)" "$URL/admin/keys/$KEY/rotate" -d '{"overlap_minutes":60}' | pick .key.expires_at
# Who has changed what, from which value to which; and whether anybody has touched that record
admin "$URL/admin/audit?resource=api_key&limit=5"
admin "$URL/admin/audit/verification" | pick .is_whole
admin -X PUT "$URL/admin/staff-policy" -d '{"second_factor_of_all":false,
  "second_factor_roles":[],"key_days_max":null}'`,
  },
  {
    title: 'Orders',
    page: 'orders.md',
    requests: raw`
# By phone: a draft at a price of yours, which is sent as a link
DRAFT=$(admin -H "$(key)" "$URL/admin/drafts" -d '{"channel_id":"'$WEB'",
  "email":"phone@example.com","shipping_address":{"name":"Pia","line1":"Musterweg 1",
  "postal_code":"10115","city":"Berlin","country":"DE"},"lines":[{"variant_id":"'$VARIANT'",
  "quantity":2,"unit_price":1100,"reason":"a regular"}]}')
DRAFT_ID=$(echo "$DRAFT" | pick .id)
CHOSEN=$(admin -X PATCH "$URL/admin/drafts/$DRAFT_ID" -d '{"version":1,
  "shipping_option_id":"'$(echo "$DRAFT" | pick .priced.shipping_options[0].id)'"}')
EXPIRES=$(node -p 'new Date(Date.now() + 48 * 3600000).toISOString()')
admin -H "$(key)" "$URL/admin/drafts/$DRAFT_ID/send" -d '{"expires_at":"'$EXPIRES'",
  "version":'$(echo "$CHOSEN" | pick .version)'}' | pick .pay_url
# What an edit would come to; it, and the link for the difference; back again: no money moves
version() { admin "$URL/admin/orders/$ORDER" | pick .version; }
EDIT='{"reason":"one more by phone","version":'$(version)',
  "add":[{"variant_id":"'$VARIANT'","quantity":1}]}'
admin "$URL/admin/orders/$ORDER/edits/preview" -d "$EDIT" | pick .after.to_collect
admin -H "$(key)" "$URL/admin/orders/$ORDER/edits" -d "$EDIT" | pick .pay_url
ADDED=$(admin "$URL/admin/orders/$ORDER" | pick '.lines.find((line) => line.change_id).id')
admin -H "$(key)" "$URL/admin/orders/$ORDER/edits" -d '{"reason":"changed their mind",
  "version":'$(version)',"lines":[{"line_id":"'$ADDED'","quantity":0}]}' | pick .money.to_collect
# Held until somebody has looked; notes and tags; found on any state
admin "$URL/admin/orders/$ORDER/hold" -d '{"reason":"call the buyer first"}' | pick .held_at
admin -X POST "$URL/admin/orders/$ORDER/release" | pick .held_at
admin -H "$(key)" "$URL/admin/orders/$ORDER/notes" -d '{"content":"Leave it with the neighbor."}'
admin -X PUT "$URL/admin/orders/$ORDER/tags" -d '{"tags":["phone","vip"]}'
admin "$URL/admin/orders?tag=vip&payment_state=captured&text=ada&limit=5"
admin -H "$(key)" "$URL/admin/orders/$ORDER/refunds" -d '{"amount":500,"reason":"Scratched"}'
admin "$URL/admin/orders/$ORDER/timeline"`,
  },
  {
    title: 'Outgoing webhooks',
    page: 'webhooks.md',
    requests: raw`
HOOK=$(admin -H "$(key)" "$URL/admin/webhook-endpoints" -d '{"description":"ERP",
  "url":"https://webhooks.example.com/onhand","kinds":["order.*"]}' | pick .endpoint.id)
admin "$URL/admin/webhook-endpoints/$HOOK/dry-run?last=5"
# What was sent, with each try; it again, or all since a moment; another secret
admin -X POST -H "$(key)" "$URL/admin/webhook-endpoints/$HOOK/ping"
SENT="$URL/admin/webhook-endpoints/$HOOK/deliveries?kind=webhook.ping&state=failed"
until DELIVERY=$(admin "$SENT" | pick .items[0].id 2> /dev/null); do sleep 1; done
admin -X POST -H "$(key)" "$URL/admin/webhook-deliveries/$DELIVERY/replay"
admin -X POST -H "$(key)" "$URL/admin/webhook-endpoints/$HOOK/replay" \
  -d '{"since":"'$(node -p 'new Date(Date.now() - 3600000).toISOString()')'"}'
admin -X POST -H "$(key)" "$URL/admin/webhook-endpoints/$HOOK/rotate-secret" \
  -d '{"previous_valid_s":86400}' | pick .secret
admin -X DELETE "$URL/admin/webhook-endpoints/$HOOK"`,
  },
  {
    title: 'Yours without forking, and running it',
    page: 'running.md',
    requests: raw`
# The whole API, of which the typed client is made; with routes of your own in it
curl -s "$URL/openapi.json" | pick '.info.title'
# A request that goes on with your trace; figures for Prometheus; what can never be, asked now
shop -H "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" \
  "$URL/store/products?limit=1"
curl -s "$URL/metrics" | grep '^onhand_promises'
admin "$URL/admin/promises?now=true"
# In the clone: a backup while the shop sells, and the proof that it can be brought back
BACKUPS=$(mktemp -d)
npm run --silent backup -- --to $BACKUPS
npm run --silent drill -- --from $BACKUPS/onhand-*`,
  },
]

const functions = raw`
admin() { curl -s -H "authorization: Bearer $SK" -H "content-type: application/json" "$@"; }
pick() { node -pe 'JSON.parse(require("fs").readFileSync(0,"utf8"))'"$1"; }`

/** What the tour of the README has defined before. */
export const tour_functions = raw`
shop() { curl -s -H "authorization: Bearer $PK" -H "content-type: application/json" "$@"; }
key() { echo "idempotency-key: $(uuidgen 2>/dev/null || date +%s%N)"; }`

const block = (text: string): string => `\`\`\`sh\n${text}\n\`\`\``

type Around = { readonly before: string; readonly after: string }

/** `where` leads to the pages; what stands `around` the functions is what a tour has set else. */
export function featuresText(where: (page: string) => string, around?: Around): string {
  const parts = features.map(({ title, page, requests }) => {
    const head = `**${title}**: ${where(page)}`
    return `${head}\n\n${block(requests)}`
  })
  const begin = around ? [around.before, functions, around.after].join('\n') : functions
  return [block(begin), ...parts].join('\n\n')
}

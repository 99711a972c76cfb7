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
# Why this price, for a buyer and a moment; past prices, and the lowest of thirty days
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
# Every rule that was tried for its price; the link that opens it again; how far buyers come
shop -H "x-cart-token: $LEFT_TOKEN" "$URL/store/carts/$LEFT_ID/why"
admin "$URL/admin/carts/$LEFT_ID/recovery"
admin "$URL/admin/funnel?by=day&channel_id=$WEB"`,
  },
  {
    title: 'Customers',
    page: 'customers.md',
    requests: raw`
shop "$URL/store/customers" -d '{"email":"eva@example.com","password":"correct horse battery",
  "name":"Eva Example","consents":["email"]}'
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
# Second factors for whoever packs; keys that do little, and end
admin -X PUT "$URL/admin/roles/packer" -d '{"name":"Packer","permissions":["orders:read",
  "shipping:read","stock:read"]}'
admin -X PUT "$URL/admin/staff-policy" -d '{"second_factor_of_all":false,
  "second_factor_roles":["packer"],"key_days_max":3650}'
admin -H "$(key)" "$URL/admin/keys" -d '{"kind":"secret","name":"Nightly export",
  "permissions":["orders:read"],"expires_at":"2031-01-01T00:00:00Z"}'
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
# By phone: a draft at a price of yours, which is sent as a link or placed
admin -H "$(key)" "$URL/admin/drafts" -d '{"channel_id":"'$WEB'","email":"phone@example.com",
  "lines":[{"variant_id":"'$VARIANT'","quantity":2,"unit_price":1100,"reason":"a regular"}]}' \
  | pick .priced.total
# What an edit would come to
admin "$URL/admin/orders/$ORDER/edits/preview" -d '{"reason":"one more by phone",
  "version":'$(admin "$URL/admin/orders/$ORDER" | pick .version)',
  "add":[{"variant_id":"'$VARIANT'","quantity":1}]}' | pick .after.to_collect
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
admin "$URL/admin/promises?now=true"`,
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

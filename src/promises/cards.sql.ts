// No card number is ever stored: what shoppers, staff and outside systems have written is looked
// through. Fields of bar codes, tracking codes and serial numbers are free, as they are in
// src/lib/card-guard.ts. The guilty are told by table and id, never by what they hold.
import { type Statement, sql } from '#src/db/sql.ts'
import { ofOrders, onlyNightly, type Promises } from './promised.ts'

// Nearly no row may hold a card number: only those few are looked at closely. Between columns
// stands what can stand in no number.
const inText = (table: Statement, content: Statement): Statement => sql`
  select tableoid::regclass::text as stored_in, id as thing from ${table}
  where may_hold_card_number(${content}) and holds_card_number(${content})`

const inJson = (table: Statement, content: Statement): Statement => sql`
  select tableoid::regclass::text as stored_in, id as thing from ${table}
  where may_hold_card_number(${content}::text) and json_holds_card_number(${content})`

const ofShoppers: readonly Statement[] = [
  inText(
    sql`cart`,
    sql`concat_ws('#', email, phone, coupon_code, shipping_address, billing_address)`,
  ),
  inText(
    sql`orders`,
    sql`concat_ws('#', email, phone, coupon_code, cancel_reason, shipping_address,
      billing_address)`,
  ),
  inText(sql`customer`, sql`concat_ws('#', email, name, phone)`),
  inText(sql`customer_address`, sql`address::text`),
  inText(sql`customer_session`, sql`device`),
  inText(sql`account_mail`, sql`concat_ws('#', email, sign_up ->> 'name', sign_up ->> 'phone')`),
  inText(sql`customer_consent`, sql`wording`),
  inText(sql`invoice`, sql`concat_ws('#', document -> 'buyer', document -> 'ship_to')`),
]

const ofStaff: readonly Statement[] = [
  inText(sql`order_change`, sql`reason`),
  inText(sql`refund`, sql`reason`),
  inText(sql`stock_movement`, sql`reason`),
  inText(sql`customer_group`, sql`concat_ws('#', code, name)`),
  inText(sql`staff`, sql`concat_ws('#', email, name)`),
  inText(sql`api_key`, sql`name`),
  inText(sql`legal_entity`, sql`concat_ws('#', name, address, tax_ids)`),
  inText(sql`location`, sql`concat_ws('#', name, address)`),
  inText(sql`channel`, sql`concat_ws('#', name, storefront_url, reply_to)`),
  inText(
    sql`product`,
    sql`concat_ws('#', title, description, vendor, type, array_to_string(tags, '#'),
      array_to_string(options, '#'))`,
  ),
  inText(sql`variant`, sql`concat_ws('#', title, array_to_string(option_values, '#'))`),
  inText(sql`media`, sql`alt`),
  inText(sql`category`, sql`title`),
  inText(sql`coupon`, sql`code`),
  inText(sql`promotion`, sql`name`),
  inText(sql`webhook_endpoint`, sql`concat_ws('#', url, description)`),
  inText(sql`shipping_option`, sql`concat_ws('#', name, description)`),
  sql`
    select 'message_template ' || kind || ' ' || locale, md5(kind || locale)::uuid
    from message_template
    where may_hold_card_number(concat_ws('#', subject, mjml, text))
      and holds_card_number(concat_ws('#', subject, mjml, text))`,
]

const ofSystems: readonly Statement[] = [
  // Every order has an event with a tracking code; all of them would be looked at closely.
  inJson(sql`event`, sql`(detail - 'tracking_code')`),
  inJson(sql`exception`, sql`detail`),
  inText(sql`exception`, sql`message`),
  inJson(sql`provider_event`, sql`(content - 'tracking_code')`),
  inText(sql`payment_attempt`, sql`decline_reason`),
  inText(sql`tracking_scan`, sql`concat_ws('#', detail, place)`),
  inText(sql`effect`, sql`last_error`),
  inText(sql`webhook_attempt`, sql`concat_ws('#', error, response)`),
]

// A message repeats the SKUs of its order or cart, and the codes and links that its parcels are
// followed by; they are taken out before it is looked at. Its HTML says the same as its text.
const written = sql`concat_ws('#', recipient, subject, text)`
const free_codes = sql`
  select string_agg(regexp_replace(code, '(\\W)', '\\\\\\1', 'g'), '|' order by length(code) desc)
  from (
    select sku from order_line where order_line.order_id = message.order_id
    union select sku from cart_line join variant on variant.id = variant_id
    where cart_id = message.cause_id
    union select unnest(array[tracking_url, tracking_code]) from shipment
    where shipment.order_id = message.order_id
  ) as codes (code)`
const inMessages = sql`
  select id as thing, order_id from message
  where may_hold_card_number(${written})
    and holds_card_number(
      coalesce(regexp_replace(${written}, (${free_codes}), '#', 'g'), ${written}))`

const all = (parts: readonly Statement[]): Statement =>
  parts.reduce((above, one) => sql`${above} union all ${one}`)

export const card_promises: Promises = {
  // Most of these tables do not know when a row was changed, and the guard of the requests stands
  // before all of them: they are read through at night.
  'no card number is stored with carts, orders and customers': onlyNightly(() => all(ofShoppers)),
  'no card number is stored by staff': onlyNightly(() => all(ofStaff)),
  'no card number is stored of what happened': onlyNightly(() => all(ofSystems)),
  'no card number is stored in messages': ofOrders(() => inMessages),
}

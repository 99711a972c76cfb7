// The catalogue of "no"s. A refusal is thrown, rolls its transaction back and becomes one
// problem+json answer. The codes are API: add, never rename.

export const refusals = {
  // the request itself
  invalid_input: [400, 'Some fields are not valid.'],
  malformed_request: [400, 'This is no HTTP request that can be read.'],
  request_timeout: [408, 'The request did not arrive in time.'],
  headers_too_large: [431, 'The headers are larger than this server takes.'],
  malformed_json: [400, 'The body is not valid JSON.'],
  unsupported_media_type: [415, 'Send the body as application/json.'],
  body_too_large: [413, 'The body is larger than this route takes.'],
  not_found: [404, 'There is nothing here.'],
  method_not_allowed: [405, 'This address does not take that method.'],
  card_number_refused: [422, 'A field holds a card number. Card data must never be sent here.'],
  unknown_currency: [422, 'This currency is not known.'],
  // who is asking
  key_missing: [401, 'Send a key in the Authorization header: Bearer <key>.'],
  key_invalid: [401, 'This key is unknown or was revoked.'],
  key_expired: [401, 'This key has expired.'],
  key_is_over: [409, 'This key was revoked, has expired or was rotated already.'],
  session_missing: [401, 'Sign in first.'],
  sign_in_failed: [401, 'The e-mail address or the password is wrong.'],
  second_factor_missing: [403, 'Show the second factor of this session first: see waits_for.'],
  second_factor_wrong: [401, 'This code is wrong or was used already.'],
  second_factor_locked: [409, 'Use a recovery code, or ask an owner to reset the second factor.'],
  sign_in_not_offered: [404, 'No OpenID provider is set up here.'],
  sign_in_interrupted: [400, 'This sign-in began elsewhere or took too long: begin again.'],
  sign_in_denied: [401, 'The OpenID provider has not let this person in.'],
  sign_in_not_authentic: [401, 'What the OpenID provider has answered cannot be trusted.'],
  sign_in_provider_unavailable: [503, 'The OpenID provider does not answer now.'],
  email_not_verified: [403, 'The OpenID provider has not verified the e-mail address.'],
  staff_unknown: [403, 'Nobody here has this e-mail address: ask an owner.'],
  staff_disabled: [403, 'This member of staff is disabled.'],
  identity_is_bound: [409, 'This member of staff signs in with another identity there.'],
  csrf_token_wrong: [403, 'Send the CSRF token of this session in the X-CSRF-Token header.'],
  permission_missing: [403, 'This identity may not do that.'],
  token_missing: [401, 'Send the token that came with this cart or order.'],
  token_wrong: [403, 'This token does not belong to this cart or order.'],
  customer_token_wrong: [403, 'This customer token is forged or has expired. Ask for a new one.'],
  link_invalid: [422, 'This link was used already or is too old. Ask for a new one.'],
  too_many_requests: [429, 'Too many requests. Wait and try again.'],
  webhook_not_authentic: [401, 'The signature of this webhook is not valid.'],
  webhook_too_early: [409, 'What comes before this was not heard of yet: send it again.'],
  // idempotency
  idempotency_key_missing: [400, 'Send an Idempotency-Key header of 8 to 255 characters.'],
  idempotency_key_reused: [422, 'This Idempotency-Key was used with another request.'],
  request_in_progress: [409, 'The first request with this Idempotency-Key is still running.'],
  // carts and checkout
  cart_is_locked: [409, 'A payment for this cart is under way.'],
  cart_is_completed: [409, 'This cart has become an order.'],
  buyer_has_bought_since: [409, 'The buyer has bought another cart since they left this one.'],
  cart_is_incomplete: [409, 'This cart cannot be ordered yet: see errors for all that is missing.'],
  cart_has_changed: [409, 'The cart was changed meanwhile.'],
  cart_too_large: [422, 'A cart holds at most 500 lines.'],
  price_has_changed: [409, 'The total is not the expected one: show the new one and ask again.'],
  out_of_stock: [409, 'Some items are not available in this quantity: see items.'],
  not_for_sale: [422, 'This item is not sold in this channel.'],
  no_price: [422, 'This item has no price in this currency.'],
  coupon_unknown: [422, 'There is no such coupon.'],
  coupon_expired: [422, 'This coupon is not valid now.'],
  coupon_used_up: [409, 'This coupon has been used as often as it may be.'],
  coupon_not_applicable: [422, 'This coupon does not apply to this cart.'],
  coupon_not_combinable: [422, 'This coupon cannot be combined with what the cart has already.'],
  shipping_option_unavailable: [422, 'This shipping option does not serve this cart.'],
  address_invalid: [422, 'The address is not complete or not valid for its country.'],
  contact_invalid: [422, 'The e-mail address or the phone number is not valid.'],
  unknown_product: [422, 'There is no such product.'],
  draft_has_changed: [409, 'The draft was changed meanwhile.'],
  draft_is_closed: [409, 'The draft has become an order or was given up.'],
  draft_not_sent: [409, 'This offer is being changed: ask the shop for a new link.'],
  draft_expired: [410, 'This offer has expired: ask the shop for a new link.'],
  // payments
  payment_method_unknown: [422, 'This payment method is not offered here.'],
  payment_in_progress: [409, 'A payment for this order is under way.'],
  payment_not_waiting: [409, 'This payment is not waiting for the buyer.'],
  payment_declined: [
    402,
    'The payment did not go through. The goods are held: pay again or in another way.',
  ],
  provider_cannot: [422, 'The payment provider cannot do this.'],
  provider_refused: [502, 'The provider refused this request.'],
  provider_unavailable: [503, 'The provider does not answer now.'],
  capture_exceeds_authorized: [422, 'That is more than was authorized.'],
  settle_first: [409, 'The buyer has paid too much: settle that first, then give back more.'],
  refund_exceeds_captured: [422, 'That is more than is left of what was captured.'],
  // orders
  order_cannot_move: [409, 'The order is not in a state in which this can be done.'],
  order_is_canceled: [409, 'This order was canceled, and nothing is charged for it.'],
  order_has_changed: [409, 'The order was changed meanwhile.'],
  order_held_for_review: [409, 'The order is held for review: release it first.'],
  address_is_printed: [409, 'A label with this address was bought or is being bought.'],
  address_changes_price: [422, 'That place has other taxes and prices: cancel the order instead.'],
  quantity_not_open: [422, 'Fewer units than that are still open on this line.'],
  range_not_satisfiable: [416, 'The file has no such bytes.'],
  download_not_open: [410, 'This file cannot be downloaded any more.'],
  shipment_cannot_move: [409, 'The shipment is not in a state in which this can be done.'],
  // customers
  customer_has_open_orders: [409, 'Orders of this customer are under way: see orders.'],
  segment_has_changed: [409, 'The segment was changed meanwhile.'],
  // stock
  stock_has_changed: [409, 'The stock level was changed meanwhile.'],
  stock_would_be_negative: [422, 'That would leave less than nothing in stock.'],
  // messages
  template_invalid: [422, 'The template has errors.'],
  template_has_changed: [409, 'The template was saved by somebody else meanwhile.'],
  mail_server_missing: [409, 'No mail server is configured: messages stay in the mailbox.'],
  message_being_sent: [409, 'The message is being sent right now.'],
  nothing_to_change: [422, 'That is how the order is already.'],
  nothing_to_retry: [409, 'There is nothing to try again: a person must see to it.'],
  // everything else
  already_exists: [409, 'There is already one with this name or code.'],
  in_use: [409, 'It is still in use.'],
  limit_exceeded: [422, 'That is more than the limit allows.'],
  refused_by_shop: [409, 'A rule of this shop does not allow it: see reason.'],
  database_unavailable: [503, 'The database does not answer now. Send the same again.'],
  database_full: [503, 'The database has no room for more now. Send the same again.'],
  overloaded: [503, 'Too much is asked of this server at once: try again.'],
  shutting_down: [503, 'This server is shutting down. Try again.'],
  internal_error: [500, 'Something went wrong on our side.'],
} as const satisfies Record<string, readonly [number, string]>

export type RefusalCode = keyof typeof refusals
export type FieldError = { readonly field: string; readonly code: string; readonly message: string }
export type RefusalDetail = { readonly [name: string]: unknown; readonly errors?: FieldError[] }

export class Refusal extends Error {
  readonly code: RefusalCode
  readonly detail: RefusalDetail
  constructor(code: RefusalCode, detail: RefusalDetail) {
    super(`${code}: ${refusals[code][1]}`)
    this.name = 'Refusal'
    this.code = code
    this.detail = detail
  }
  get status(): number {
    return refusals[this.code][0]
  }
}

/** The database is away or full: nothing can be noted, and the same may be sent again. */
export const isWithoutDatabase = (error: unknown): boolean =>
  error instanceof Refusal &&
  (error.code === 'database_unavailable' || error.code === 'database_full')

/** `throw refuse('out_of_stock', { skus })`. The detail is shown to the caller: no secrets. */
export const refuse = (code: RefusalCode, detail: RefusalDetail = {}): Refusal =>
  new Refusal(code, detail)

/** As `refuse`, where one field of the request is to blame: `errors` names it. */
export const refuseField = (
  code: RefusalCode,
  field: string,
  detail: RefusalDetail = {},
): Refusal => refuse(code, { ...detail, errors: [{ field, code, message: refusals[code][1] }] })

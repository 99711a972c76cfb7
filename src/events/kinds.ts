// What can happen, by its noun: so that nobody waits for news that there is not. Tests compare it
// with what has happened in them.
const happens: Readonly<Record<string, string>> = {
  cart: 'abandoned',
  catalog: 'imported',
  category: 'created changed removed',
  channel: 'created changed cart_holds_changed cart_watch_changed',
  collection: 'created changed removed',
  coupon: 'created changed',
  credit_note: 'issued',
  customer:
    'created changed erased verified signed_in password_changed password_reset address_added ' +
    'address_changed address_removed consent_granted consent_withdrawn',
  customer_group: 'created renamed segment_created segment_changed segment_ended',
  draft: 'created changed sent canceled',
  field: 'defined changed removed',
  file: 'created completed changed',
  invoice: 'issued',
  key: 'created rotated revoked',
  label: 'bought',
  legal_entity: 'created changed',
  location: 'created changed',
  message: 'sent failed resent',
  note: 'added',
  order:
    'created placed edited settled canceled partly_canceled expired superseded adopted ' +
    'address_corrected handed_over held_again downloads_granted download_changed',
  payment: 'created requires_action pending unknown authorized captured declined canceled',
  price_list: 'created changed',
  prices: 'set removed',
  product:
    'created changed published unpublished categories_replaced media_replaced variants_added',
  promotion: 'created changed codes_made',
  refund: 'requested pending succeeded failed',
  review: 'held released',
  role: 'changed',
  second_factor: 'enabled removed reset codes_renewed',
  shipment: 'planned unplanned labeled scanned shipped delivered returning returned canceled',
  shipping_option: 'created changed',
  shipping_zone: 'created changed removed',
  staff: 'created changed signed_in identity_bound policy_changed password_changed password_reset',
  stock: 'adjusted settings_changed',
  tags: 'changed',
  tax_district: 'created changed removed',
  tax_exemption: 'created revoked',
  tax_preset: 'loaded',
  tax_zone: 'created changed removed',
  translation: 'saved removed',
  variant: 'changed files_replaced',
  webhook: 'ping',
  webhook_endpoint: 'created changed removed secret_rotated replayed delivery_replayed disabled',
}

export const event_kinds: ReadonlySet<string> = new Set(
  Object.entries(happens).flatMap(([noun, verbs]) =>
    verbs.split(' ').map((verb) => `${noun}.${verb}`),
  ),
)

/** Whether `order.placed`, `order.*` or `*` stands for anything that there is. */
export const isKnownPattern = (pattern: string): boolean =>
  pattern === '*' ||
  event_kinds.has(pattern) ||
  (pattern.endsWith('.*') && Object.hasOwn(happens, pattern.slice(0, -2)))

// Written by "npm run client" from the route table: do not edit.
// Money is a whole number of minor units, moments are ISO 8601.

export type AdminCartHold = {
  readonly rules: readonly AdminCartHoldRule[]
}

export type AdminCartHoldRule = {
  readonly stock_item_id: string | null
  readonly minutes: number
  /** Of what is there for sale, all carts together hold so much at most. */
  readonly share_percent: number
  /** Of an item, for one cart and for all carts of one customer together. */
  readonly units_max: number
  readonly scarce_below: number | null
}

export type AdminCartWatch = {
  readonly after_minutes: number
  /** One mail about each cart whose buyer has set accepts_reminders. */
  readonly message: boolean
}

export type AdminCategory = {
  readonly items: readonly AdminCategory2[]
}

export type AdminCategory2 = {
  readonly id: string
  readonly parent_id: string | null
  readonly handle: string
  readonly title: string
  readonly position: number
}

export type AdminChannel = {
  readonly id: string
  readonly code: string
  readonly legal_entity_id: string
  readonly name: string
  readonly currencies: readonly string[]
  readonly countries: readonly string[]
  /** Prices are shown for it until the buyer says where it goes. */
  readonly default_country: string
  readonly locale: string
  readonly storefront_url: string
  readonly reply_to: string
  readonly payment_providers: readonly string[]
  /** later takes the money when a parcel leaves, where the provider can do that */
  readonly capture: 'now' | 'later'
  readonly locations: readonly string[]
  /** Of each item at each location so many are left to the other channels */
  readonly safety: number
}

export type AdminCode = {
  readonly id: string
  readonly batch_id: string | null
  readonly code: string
  readonly usage_limit: number | null
  readonly used: number
  readonly created_at: string
  readonly archived_at: string | null
}

export type AdminCodeInput = {
  /** Six digits of the app, or a recovery code */
  readonly code: string
}

export type AdminCollection = {
  readonly id: string
  readonly handle: string
  readonly title: string
  readonly description: string
  readonly matching: 'all' | 'any'
  readonly rules: readonly AdminCollectionRule[]
  /** How many belong to it now, sold or not. */
  readonly products: number
  readonly created_at: string
  readonly updated_at: string
}

export type AdminCollectionInputRule = {
  readonly field: string
  readonly op:
    | 'is'
    | 'is_not'
    | 'contains'
    | 'starts_with'
    | 'more_than'
    | 'less_than'
    | 'before'
    | 'after'
    | 'within_days'
    | 'is_set'
    | 'is_not_set'
  readonly value?: string | number | boolean | null
  readonly currency?: string | null
}

export type AdminCollectionRule = {
  readonly field: string
  readonly op:
    | 'is'
    | 'is_not'
    | 'contains'
    | 'starts_with'
    | 'more_than'
    | 'less_than'
    | 'before'
    | 'after'
    | 'within_days'
    | 'is_set'
    | 'is_not_set'
  readonly value: string | number | boolean | null
  readonly currency: string | null
}

export type AdminConfirmationInput = {
  readonly token: string
  readonly password: string
}

export type AdminConsent = {
  readonly items: readonly AdminCustomerConsent[]
  readonly next_cursor: string | null
}

export type AdminConsent2 = {
  readonly items: readonly AdminCustomerConsent[]
}

export type AdminCoupon = {
  readonly id: string
  readonly code: string
  /** 10 % is 100000 */
  readonly rate_ppm: number
  readonly currency: string | null
  readonly min_subtotal: number
  readonly channel_id: string | null
  readonly starts_at: string | null
  readonly ends_at: string | null
  readonly usage_limit: number | null
  readonly used: number
  readonly created_at: string
  readonly archived_at: string | null
}

export type AdminCustomer = {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly phone: string | null
  readonly group_ids: readonly string[]
  /** They have a password and can sign in. */
  readonly has_account: boolean
  readonly email_verified_at: string | null
  readonly erased_at: string | null
  readonly created_at: string
}

export type AdminCustomerAddress = {
  readonly id: string
  readonly address: AdminLegalEntityAddress
  readonly default_shipping: boolean
  readonly default_billing: boolean
  readonly created_at: string
}

export type AdminCustomerConsent = {
  readonly id: string
  readonly contact: 'email' | 'sms'
  readonly granted: boolean
  readonly source: 'sign_up' | 'account' | 'staff' | 'import' | 'unsubscribe' | 'erasure'
  readonly actor: string
  readonly wording: string | null
  readonly at: string
}

export type AdminCustomerGroup = {
  readonly id: string
  readonly code: string
  readonly name: string
  /** Its members are kept by rules, not by hand. */
  readonly is_segment: boolean
}

export type AdminCustomerSegment = {
  /** of the customer group whose members it keeps */
  readonly id: string
  readonly code: string
  readonly name: string
  readonly match: 'all' | 'any'
  readonly rules: readonly (
    | AdminCustomerSegmentRule
    | AdminCustomerSegmentRule2
    | AdminCustomerSegmentRule3
    | AdminCustomerSegmentRule4
    | AdminCustomerSegmentRule5
    | AdminCustomerSegmentRule6
    | AdminCustomerSegmentRule7
    | AdminCustomerSegmentRule8
    | AdminCustomerSegmentRule9
    | {
        readonly kind: 'account'
        /** true turns the rule round */
        readonly not?: boolean
      }
  )[]
  readonly version: number
  readonly members: number
  readonly evaluated_at: string | null
  readonly created_at: string
}

export type AdminCustomerSegmentRule = {
  readonly kind: 'orders_placed'
  readonly at_least?: number
  readonly at_most?: number
  /** counted back from now */
  readonly within_days?: number
  /** true turns the rule round */
  readonly not?: boolean
}

export type AdminCustomerSegmentRule2 = {
  readonly kind: 'spent'
  readonly currency: string
  readonly at_least?: number
  readonly at_most?: number
  /** counted back from now */
  readonly within_days?: number
  /** true turns the rule round */
  readonly not?: boolean
}

export type AdminCustomerSegmentRule3 = {
  readonly kind: 'last_order'
  readonly before?: string
  readonly after?: string
  /** counted back from now */
  readonly within_days?: number
  /** counted back from now */
  readonly not_for_days?: number
  /** true turns the rule round */
  readonly not?: boolean
}

export type AdminCustomerSegmentRule4 = {
  readonly kind: 'last_sign_in'
  readonly before?: string
  readonly after?: string
  /** counted back from now */
  readonly within_days?: number
  /** counted back from now */
  readonly not_for_days?: number
  /** true turns the rule round */
  readonly not?: boolean
}

export type AdminCustomerSegmentRule5 = {
  readonly kind: 'left_cart'
  /** counted back from now */
  readonly within_days?: number
  /** counted back from now */
  readonly not_for_days?: number
  /** true turns the rule round */
  readonly not?: boolean
}

export type AdminCustomerSegmentRule6 = {
  readonly kind: 'bought'
  readonly product_ids?: readonly string[]
  readonly category_ids?: readonly string[]
  /** counted back from now */
  readonly within_days?: number
  /** true turns the rule round */
  readonly not?: boolean
}

export type AdminCustomerSegmentRule7 = {
  readonly kind: 'country'
  readonly countries: readonly string[]
  /** true turns the rule round */
  readonly not?: boolean
}

export type AdminCustomerSegmentRule8 = {
  readonly kind: 'consent'
  readonly contact: 'email' | 'sms'
  /** true turns the rule round */
  readonly not?: boolean
}

export type AdminCustomerSegmentRule9 = {
  readonly kind: 'group'
  readonly group_id: string
  /** true turns the rule round */
  readonly not?: boolean
}

export type AdminDigitalFile = {
  readonly id: string
  readonly name: string
  readonly media_type: string
  readonly bytes: number | null
  readonly sha256: string | null
  readonly downloads_max: number | null
  readonly valid_days: number | null
  readonly created_at: string
  readonly archived_at: string | null
}

export type AdminDownload = {
  readonly id: string
  readonly line_id: string
  /** Which unit of the line it is for, from 1 on */
  readonly unit: number
  readonly name: string
  readonly media_type: string
  readonly bytes: number
  readonly state: 'open' | 'used_up' | 'expired' | 'revoked'
  readonly granted_at: string
  readonly expires_at: string | null
  readonly downloads: number
  readonly downloads_max: number | null
  readonly revoked_at: string | null
}

export type AdminDraft = {
  readonly id: string
  readonly state: string
  readonly channel_id: string
  readonly customer_id: string | null
  readonly currency: string
  readonly email: string | null
  readonly total: number | null
  readonly order_id: string | null
  readonly order_number: string | null
  readonly expires_at: string | null
  readonly created_by: string
  readonly created_at: string
  readonly updated_at: string
  readonly version: number
  readonly discount: number
  readonly discount_reason: string
  readonly shipping_amount: number | null
  readonly note: string | null
  readonly hold_until: string | null
  readonly lines: readonly AdminDraftLine[]
  readonly priced: AdminDraftPriced
  readonly pay_url: string | null
  readonly token: string | null
}

export type AdminDraftInputLine = {
  readonly variant_id: string
  readonly quantity: number
  readonly unit_price?: number | null
  /** Off the whole line. */
  readonly discount?: number
  readonly reason?: string
}

export type AdminDraftInputShippingAddress = {
  readonly name: string
  readonly company?: string | null
  readonly line1: string
  readonly line2?: string | null
  readonly city: string
  readonly region?: string | null
  readonly postal_code?: string | null
  /** ISO 3166-1 alpha-2 */
  readonly country: string
  readonly phone?: string | null
}

export type AdminDraftLine = {
  readonly id: string
  readonly variant_id: string
  readonly quantity: number
  readonly unit_price: number | null
  readonly discount: number
  readonly reason: string
}

export type AdminDraftPriced = {
  readonly id: string
  readonly version: number
  readonly currency: string
  readonly email: string | null
  readonly phone: string | null
  readonly shipping_address: AdminLegalEntityAddress | null
  readonly billing_address: AdminLegalEntityAddress | null
  readonly shipping_option_id: string | null
  readonly coupon_code: string | null
  readonly coupon_codes: readonly string[]
  readonly tax_id: string | null
  readonly tax: AdminDraftPricedTax | null
  readonly lines: readonly AdminDraftPricedLine[]
  readonly subtotal: number
  readonly discount_total: number
  readonly promotions: readonly AdminDraftPricedPromotion[]
  readonly shipping_total: number
  /** All tax: contained in the amounts or added to them. */
  readonly tax_total: number
  /** The part of tax_total that the amounts contain. */
  readonly tax_included: number
  readonly shipping_taxes: readonly AdminDraftPricedLineTax[]
  /** Send this as expected_total when ordering. */
  readonly total: number
  readonly shipping_options: readonly AdminDraftPricedShippingOption[]
  readonly requires_shipping: boolean
  /** What stands between this cart and an order. Empty when it can be ordered. */
  readonly missing: readonly AdminDraftPricedMissing[]
  readonly order_id: string | null
  readonly accepts_reminders: boolean
  readonly hold_expires_at: string | null
  readonly updated_at: string
}

export type AdminDraftPricedLine = {
  readonly id: string
  /** Added by a promotion: it cannot be changed. */
  readonly is_gift: boolean
  readonly variant_id: string
  readonly sku: string
  readonly title: string
  readonly variant_title: string
  readonly handle: string
  readonly image_url: string | null
  readonly quantity: number
  readonly unit_price: number | null
  readonly per_units: number | null
  readonly compare_at: number | null
  readonly subtotal: number | null
  readonly discount: number | null
  readonly discounts: readonly AdminDraftPricedLineDiscount[]
  readonly tax: number | null
  readonly tax_included: boolean | null
  readonly taxes: readonly AdminDraftPricedLineTax[]
  readonly total: number | null
}

export type AdminDraftPricedLineDiscount = {
  readonly promotion_id: string | null
  readonly name: string
  readonly code: string | null
  readonly amount: number
}

export type AdminDraftPricedLineTax = {
  readonly component: string
  readonly rate_ppm: number
  readonly amount: number
  /** What it was reckoned on, where that is not the whole net amount. */
  readonly base?: number
}

export type AdminDraftPricedMissing = {
  readonly field: string
  readonly code: string
  readonly message: string
  readonly coupon?: {
    /** The code of a promotion that does not count. */
    readonly code: string
    /** What it misses, like `min_subtotal`; `unknown` where there is none. */
    readonly reason: string
  }
}

export type AdminDraftPricedPromotion = {
  readonly promotion_id: string
  readonly name: string
  readonly code: string | null
  readonly amount: number
  /** Taken off shipping: shipping_total is lower by it. */
  readonly shipping: number
}

export type AdminDraftPricedShippingOption = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly amount: number
  readonly days_min: number
  readonly days_max: number
}

export type AdminDraftPricedTax = {
  /** taxed, origin, reverse_charge, export or exempt */
  readonly treatment: string
  readonly tax_id: AdminDraftPricedTaxTaxId | null
  readonly place_of_supply: string | null
  readonly exemption: AdminDraftPricedTaxExemption | null
  readonly notes: readonly string[]
  readonly source: AdminDraftPricedTaxSource | null
}

export type AdminDraftPricedTaxExemption = {
  readonly country: string
  readonly region: string | null
  readonly number: string
  readonly reason: string
  readonly valid_until: string | null
}

export type AdminDraftPricedTaxSource = {
  readonly name: string
  readonly reference: string | null
  readonly fallback: string | null
}

export type AdminDraftPricedTaxTaxId = {
  readonly kind: string
  readonly country: string
  readonly number: string
  readonly name: string
}

export type AdminEditInput = {
  /** Of the order as it was seen. When it was changed meanwhile: 409. */
  readonly version: number
  readonly reason?: string
  /** What is paid too much goes back after fifteen minutes, in which the edit can be taken back and no money moves (soon), or at once (now); both need payments:write. later keeps it until it is settled or used up. */
  readonly settle?: 'soon' | 'now' | 'later'
  /** Whether the buyer is sent the link for what is left to pay. */
  readonly tell_buyer?: boolean
  readonly lines?: readonly AdminEditInputLine[]
  readonly add?: readonly AdminEditInputAdd[]
  readonly shipping?: AdminEditInputShipping
  readonly address?: AdminEditInputAddress
}

export type AdminEditInputAdd = {
  readonly variant_id: string
  readonly quantity: number
  /** With or without tax as before. */
  readonly unit_price?: number
  /** Off the whole line. */
  readonly discount?: number
  readonly reason?: string
}

export type AdminEditInputAddress = {
  readonly email?: string
  readonly phone?: string | null
  readonly shipping_address?: AdminDraftInputShippingAddress
  readonly billing_address?: AdminDraftInputShippingAddress
}

export type AdminEditInputLine = {
  readonly line_id: string
  readonly quantity?: number
  /** With or without tax as before. */
  readonly unit_price?: number
  /** Off the whole line. */
  readonly discount?: number
  readonly reason?: string
}

export type AdminEditInputShipping = {
  readonly option_id: string
  readonly amount?: number
  readonly reason?: string
}

export type AdminExplainWhy = {
  readonly rule: string
  readonly applied: boolean
  readonly reason: string
}

export type AdminField = {
  readonly id: string
  readonly key: string
  readonly owner: 'product' | 'variant'
  readonly name: string
  readonly type: 'text' | 'number' | 'boolean' | 'date' | 'choice' | 'money' | 'reference'
  readonly choices: readonly string[]
  readonly currency: string | null
  readonly refers_to: 'product' | 'category' | 'collection' | null
  readonly required: boolean
  readonly translatable: boolean
  readonly filterable: boolean
  readonly position: number
}

export type AdminFile = {
  readonly items: readonly AdminDigitalFile[]
}

export type AdminKey = {
  readonly id: string
  readonly kind: 'publishable' | 'secret'
  readonly name: string
  /** Enough to recognize the key; it is not told again. */
  readonly hint: string
  readonly channel_id: string | null
  readonly permissions: readonly string[]
  readonly may: readonly string[]
  readonly made_by: string | null
  readonly made_by_key: string | null
  readonly rotated_from: string | null
  readonly expires_at: string | null
  readonly revoked_at: string | null
  readonly last_used_at: string | null
  readonly created_at: string
}

export type AdminKey2 = {
  readonly key: AdminKey
  readonly token: string | null
}

export type AdminLegalEntity = {
  readonly id: string
  readonly code: string
  readonly time_zone: string
  readonly fiscal_year_starts_month: number
  readonly number_prefix: string
  readonly name: string
  readonly tax_ids: readonly AdminLegalEntityTaxId[]
  readonly tax: AdminLegalEntityTax
  readonly address: AdminLegalEntityAddress
}

export type AdminLegalEntity2 = {
  readonly id: string
}

export type AdminLegalEntityAddress = {
  readonly name: string
  readonly company: string | null
  readonly line1: string
  readonly line2: string | null
  readonly city: string
  readonly region: string | null
  readonly postal_code: string | null
  readonly country: string
  readonly phone: string | null
}

export type AdminLegalEntityInputTax = {
  /** origin: below 10,000 EUR of sales to other member states a year */
  readonly eu_sales?: 'destination' | 'origin'
  /** Countries (CH), regions (US-NY), or EU, beside the own country. A seller in the US who names states collects in them and in that of its seat only */
  readonly collects_in?: readonly string[]
  /** Up to which value of the goods, without tax, a seller from outside collects there (150 EUR by the import scheme of the EU) */
  readonly import_limits?: readonly AdminLegalEntityTaxImportLimit[]
  /** By its own category, in proportion to the goods, or as the main goods */
  readonly shipping?: 'category' | 'proportional' | 'main'
  /** invoice: once per rate over all lines, as Japan demands */
  readonly rounding?: 'line' | 'invoice'
  readonly source?: string | null
}

export type AdminLegalEntityTax = {
  /** origin: below 10,000 EUR of sales to other member states a year */
  readonly eu_sales: 'destination' | 'origin'
  /** Countries (CH), regions (US-NY), or EU, beside the own country. A seller in the US who names states collects in them and in that of its seat only */
  readonly collects_in: readonly string[]
  /** Up to which value of the goods, without tax, a seller from outside collects there (150 EUR by the import scheme of the EU) */
  readonly import_limits: readonly AdminLegalEntityTaxImportLimit[]
  /** By its own category, in proportion to the goods, or as the main goods */
  readonly shipping: 'category' | 'proportional' | 'main'
  /** invoice: once per rate over all lines, as Japan demands */
  readonly rounding: 'line' | 'invoice'
  readonly source: string | null
}

export type AdminLegalEntityTaxId = {
  readonly kind: string
  readonly number: string
}

export type AdminLegalEntityTaxImportLimit = {
  readonly place: string
  readonly currency: string
  readonly amount: number
}

export type AdminLocation = {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly priority: number
  readonly address: AdminLegalEntityAddress
}

export type AdminMe = {
  readonly kind: 'staff' | 'key'
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly role: string | null
  readonly permissions: readonly string[]
  readonly csrf_token: string | null
  readonly expires_at: string | null
  readonly has_second_factor: boolean
  readonly waits_for: 'code' | 'enrolment' | null
}

export type AdminMessage = {
  readonly id: string
  readonly kind:
    | 'confirmation'
    | 'receipt'
    | 'shipped'
    | 'delivered'
    | 'canceled'
    | 'refunded'
    | 'cart_abandoned'
    | 'offer'
    | 'payment_due'
    | 'verify_email'
    | 'account_known'
    | 'reset_password'
    | 'account_unknown'
    | 'welcome'
    | 'password_changed'
    | 'staff_reset_password'
    | 'staff_password_changed'
  /** what made it necessary: an order, capture, refund, shipment or account mail */
  readonly cause_id: string
  readonly order_id: string | null
  readonly recipient: string
  readonly subject: string
  readonly attachments: readonly AdminMessageAttachment[]
  readonly state: 'sending' | 'sent' | 'mailbox' | 'failed'
  readonly transport: string
  readonly tries: number
  readonly resends: number
  readonly last_error: string | null
  readonly created_at: string
  readonly sent_at: string | null
}

export type AdminMessageAttachment = {
  readonly kind: 'invoice'
  readonly id: string
}

export type AdminOrder = {
  readonly id: string
  readonly number: string | null
  readonly state: string
  readonly payment_state: string
  readonly fulfillment_state: string
  readonly return_state: string
  readonly currency: string
  readonly total: number
  readonly email: string
  readonly channel_id: string
  readonly origin: string
  readonly held_at: string | null
  readonly tags: readonly string[]
  readonly created_at: string
  readonly placed_at: string | null
  readonly version: number
  readonly customer_id: string | null
  readonly phone: string | null
  readonly shipping_address: AdminLegalEntityAddress | null
  readonly billing_address: AdminLegalEntityAddress | null
  readonly buyer_note: string | null
  readonly subtotal: number
  readonly discount_total: number
  readonly shipping_total: number
  /** All tax: contained in the amounts or added to them. */
  readonly tax_total: number
  /** The part of tax_total that the amounts contain. */
  readonly tax_included: number
  readonly shipping_name: string | null
  readonly shipping_taxes: readonly AdminDraftPricedLineTax[]
  readonly tax: AdminDraftPricedTax | null
  readonly coupon_code: string | null
  readonly promotions: readonly AdminOrderPromotion[]
  readonly hold_expires_at: string | null
  readonly hold_reasons: readonly string[] | null
  readonly canceled_at: string | null
  readonly cancel_reason: string | null
  /** What is paid too much stays with the shop for now: see money.refund_due_at. */
  readonly settle_later: boolean
  readonly lines: readonly AdminOrderLine[]
  readonly payments: readonly AdminOrderPayment[]
  readonly refunds: readonly AdminOrderRefund[]
  readonly shipments: readonly AdminOrderShipment[]
  readonly invoices: readonly AdminOrderInvoice[]
  readonly changes: readonly AdminOrderChange[]
  readonly money: AdminOrderMoney
  /** Status, tracking and documents, for the buyer. */
  readonly page_url: string
  readonly pay_url: string | null
}

export type AdminOrderChange = {
  readonly id: string
  /** Of the order, since then. */
  readonly version: number
  /** cancel or edit */
  readonly kind: string
  readonly reason: string
  readonly actor: string
  /** What it takes off; negative when it adds more than that. */
  readonly amount: number
  readonly at: string
}

export type AdminOrderInvoice = {
  readonly id: string
  /** invoice or credit_note */
  readonly kind: string
  readonly number: string
  readonly issued_on: string
  readonly currency: string
  readonly tax: number
  readonly total: number
  readonly has_pdf: boolean
}

export type AdminOrderLine = {
  readonly id: string
  /** item, or shipping for a charge that an edit has added */
  readonly kind: string
  readonly sku: string
  readonly title: string
  /** As it was ordered. */
  readonly quantity: number
  /** So many of them are off. */
  readonly canceled: number
  readonly shipped: number
  readonly unit_price: number
  readonly per_units: number
  readonly subtotal: number
  readonly discount: number
  readonly discounts: readonly AdminDraftPricedLineDiscount[]
  readonly tax: number
  readonly tax_included: boolean
  readonly taxes: readonly AdminDraftPricedLineTax[]
  readonly total: number
  readonly variant_id: string
  readonly tax_category: string
  readonly hs_code: string | null
  readonly requires_shipping: boolean
  readonly change_id: string | null
  readonly price_reason: string | null
}

export type AdminOrderMoney = {
  /** Of the goods that stand now. */
  readonly subtotal: number
  readonly discount_total: number
  readonly shipping_total: number
  readonly tax_total: number
  /** What of the tax the amounts contain. */
  readonly tax_included: number
  /** subtotal - discount_total + shipping_total + tax_total - tax_included */
  readonly total: number
  /** What the buyer must pay for what is on the order. */
  readonly due: number
  /** Taken and not given back. */
  readonly paid: number
  /** Authorized and still to be taken. */
  readonly reserved: number
  /** What no payment covers: the buyer pays it by link. */
  readonly to_collect: number
  /** What was paid beyond what is due. */
  readonly to_refund: number
  /** What has been given back so far. */
  readonly refunded: number
  readonly refund_due_at: string | null
}

export type AdminOrderPayment = {
  readonly id: string
  readonly provider: string
  /** order, or difference for what an edit has added */
  readonly purpose: string
  readonly state: string
  readonly currency: string
  readonly amount: number
  readonly authorized: number
  readonly captured: number
  readonly refunded: number
  readonly reference: string | null
  readonly decline_reason: string | null
  readonly created_at: string
}

export type AdminOrderPromotion = {
  readonly promotion_id: string
  readonly name: string
  readonly code: string | null
  readonly amount: number
  /** Taken off shipping: shipping_total is lower by it. */
  readonly shipping: number
  readonly coupon_id: string | null
}

export type AdminOrderRefund = {
  readonly id: string
  readonly state: string
  readonly currency: string
  readonly amount: number
  readonly reason: string
  readonly created_at: string
  readonly settled_at: string | null
}

export type AdminOrderShipment = {
  readonly id: string
  readonly state: string
  readonly carrier: string | null
  readonly service: string | null
  readonly tracking_code: string | null
  readonly tracking_url: string | null
  readonly shipped_at: string | null
  readonly delivered_at: string | null
  /** The code of the location that it leaves. */
  readonly location: string
  readonly scans: readonly AdminOrderShipmentScan[] | null
  readonly lines: readonly AdminOrderShipmentLine[] | null
  readonly label_id: string | null
}

export type AdminOrderShipmentLine = {
  readonly line_id: string
  readonly sku: string
  readonly quantity: number
}

export type AdminOrderShipmentScan = {
  readonly status: string
  readonly detail: string
  readonly place: string | null
  readonly at: string
}

export type AdminPasswordInput = {
  readonly current_password: string
  readonly password: string
}

export type AdminPickTaskLine = {
  readonly sku: string
  readonly title: string
  readonly quantity: number
}

export type AdminPreviewBefore = {
  /** What the buyer must pay for what is on the order. */
  readonly due: number
  /** Taken and not given back. */
  readonly paid: number
  /** Authorized and still to be taken. */
  readonly reserved: number
  /** What no payment covers: the buyer pays it by link. */
  readonly to_collect: number
  /** What was paid beyond what is due. */
  readonly to_refund: number
}

export type AdminPriceList = {
  readonly id: string
  readonly code: string
  /** ISO 4217 */
  readonly currency: string
  readonly name: string
  readonly prices_include_tax: boolean
  readonly channel_id: string | null
  readonly customer_group_id: string | null
  readonly countries: readonly string[] | null
  readonly starts_at: string | null
  readonly ends_at: string | null
  readonly priority: number
  readonly archived_at: string | null
}

export type AdminProduct = {
  readonly id: string
  readonly handle: string
  readonly title: string
  readonly description: string
  readonly vendor: string
  readonly type: string
  readonly tags: readonly string[]
  readonly state: 'draft' | 'active' | 'archived'
  readonly options: readonly string[]
  readonly fields: {
    readonly [name: string]: string | number | boolean
  }
  readonly created_at: string
  readonly updated_at: string
  readonly media: readonly AdminProductMedia[]
  readonly category_ids: readonly string[]
  readonly publications: readonly AdminProductPublication[]
  /** Without archived ones. */
  readonly variant_count: number
}

export type AdminProductInputMedia = {
  readonly url: string
  readonly alt?: string
}

export type AdminProductInputVariant = {
  readonly sku: string
  readonly option_values?: readonly string[]
  readonly barcode?: string | null
  readonly tax_category?: string
  readonly taxable?: boolean
  readonly requires_shipping?: boolean
  readonly weight_g?: number
  readonly hs_code?: string | null
  readonly image_url?: string | null
  /** By their keys; null takes a value away, fields that are not named stay. */
  readonly fields?: {
    readonly [name: string]: string | number | boolean | null
  }
  /** The stock items a bundle is made of. Empty: the variant is its own item. */
  readonly items?: readonly AdminProductInputVariant2[]
  readonly prices?: readonly AdminProductInputVariantPrice[]
}

export type AdminProductInputVariant2 = {
  readonly sku: string
  readonly quantity: number
}

export type AdminProductInputVariantPrice = {
  readonly price_list_id: string
  readonly amount: number
  readonly min_quantity?: number
  readonly per_units?: number
  readonly compare_at?: number | null
}

export type AdminProductMedia = {
  readonly id: string
  readonly url: string
  readonly alt: string
  readonly position: number
}

export type AdminProductPublication = {
  readonly channel_id: string
  readonly published_at: string
}

export type AdminPromotion = {
  readonly id: string
  readonly is_automatic: boolean
  readonly name: string
  readonly class: 'product' | 'order' | 'shipping'
  /** Two promotions go together when each names the class of the other. */
  readonly combines_with: readonly ('product' | 'order' | 'shipping')[]
  readonly priority: number
  readonly effect:
    | AdminPromotionEffect
    | AdminPromotionEffect2
    | AdminPromotionEffect3
    | AdminPromotionEffect4
    | AdminPromotionEffect5
    | AdminPromotionEffect6
    | AdminPromotionEffect7
  readonly conditions: AdminPromotionConditions
  readonly currency: string | null
  readonly starts_at: string | null
  readonly ends_at: string | null
  readonly usage_limit: number | null
  readonly buyer_limit: number | null
  readonly budget: number | null
  readonly used: number
  readonly spent: number
  readonly created_at: string
  readonly archived_at: string | null
}

export type AdminPromotionConditions = {
  readonly channel_ids?: readonly string[]
  readonly customer_group_ids?: readonly string[]
  readonly countries?: readonly string[]
  /** Goods that one of these names; a category counts with all below it. {} is all. */
  readonly goods?: AdminPromotionEffectGoods
  readonly min_subtotal?: number
  readonly min_quantity?: number
  readonly first_order?: boolean
}

export type AdminPromotionEffect = {
  readonly kind: 'percentage'
  readonly on: 'order' | 'lines'
  /** 10 % is 100000 */
  readonly rate_ppm: number
  /** Goods that one of these names; a category counts with all below it. {} is all. */
  readonly goods?: AdminPromotionEffectGoods
  readonly max_amount?: number
}

export type AdminPromotionEffect2 = {
  readonly kind: 'fixed'
  readonly on: 'order' | 'lines' | 'units'
  readonly amount: number
  /** Goods that one of these names; a category counts with all below it. {} is all. */
  readonly goods?: AdminPromotionEffectGoods
}

export type AdminPromotionEffect3 = {
  readonly kind: 'buy_x_get_y'
  readonly buy: AdminPromotionEffectBuy
  readonly get: AdminPromotionEffectBuy
  /** 10 % is 100000 */
  readonly rate_ppm: number
  readonly times_max?: number
}

export type AdminPromotionEffect4 = {
  readonly kind: 'gift'
  readonly variant_id: string
  readonly quantity: number
}

export type AdminPromotionEffect5 = {
  readonly kind: 'free_shipping'
  readonly max_amount?: number
}

export type AdminPromotionEffect6 = {
  readonly kind: 'rule'
  readonly rule: string
  /** For the rule of onhand.config.ts: texts, numbers, true and false by name. */
  readonly values?: {
    readonly [name: string]: unknown
  }
}

export type AdminPromotionEffect7 = {
  readonly kind: 'bundle_price'
  readonly parts: readonly AdminPromotionEffectBuy[]
  readonly amount: number
  readonly times_max?: number
}

export type AdminPromotionEffectBuy = {
  /** Goods that one of these names; a category counts with all below it. {} is all. */
  readonly goods: AdminPromotionEffectGoods
  readonly quantity: number
}

export type AdminPromotionEffectGoods = {
  readonly product_ids?: readonly string[]
  readonly variant_ids?: readonly string[]
  readonly category_ids?: readonly string[]
  readonly tags?: readonly string[]
}

export type AdminReplay = {
  readonly id: string
  readonly endpoint_id: string
  readonly since: string
  readonly until: string
  readonly everything: boolean
  /** Deliveries that wait or were sent because of it. */
  readonly queued: number
  readonly created_at: string
  readonly done_at: string | null
}

export type AdminReviewRule = {
  readonly rules: readonly (
    | AdminReviewRuleRule
    | AdminReviewRuleRule2
    | {
        readonly kind: 'address_differs'
      }
  )[]
}

export type AdminReviewRuleRule = {
  readonly kind: 'total_above'
  /** In minor units. */
  readonly amount: number
  readonly currency: string
}

export type AdminReviewRuleRule2 = {
  readonly kind: 'first_order_above'
  /** In minor units. */
  readonly amount: number
  readonly currency: string
}

export type AdminRole = {
  readonly code: string
  readonly name: string
  readonly permissions: readonly string[]
}

export type AdminShippingOption = {
  readonly id: string
  readonly code: string
  readonly zone_id: string
  readonly name: string
  readonly description: string
  readonly tax_category: string
  readonly services: readonly string[]
  readonly days_min: number
  readonly days_max: number
  readonly position: number
  readonly rates: readonly AdminShippingOptionRate[]
  readonly archived_at: string | null
}

export type AdminShippingOptionRate = {
  /** ISO 4217 */
  readonly currency: string
  readonly min_weight_g: number
  readonly min_subtotal: number
  readonly amount: number
  readonly includes_tax: boolean
}

export type AdminShippingZone = {
  readonly id: string
  readonly name: string
  readonly countries: readonly string[]
}

export type AdminStaff = {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: string
  readonly disabled_at: string | null
  readonly created_at: string
}

export type AdminStaffPolicy = {
  readonly second_factor_of_all: boolean
  readonly second_factor_roles: readonly string[]
  readonly key_days_max: number | null
}

export type AdminTaxDistrict = {
  readonly id: string
  readonly country: string
  readonly region: string | null
  readonly kind: 'county' | 'city' | 'special'
  readonly name: string
  readonly adds: boolean
  readonly cities: readonly string[]
  readonly postal_codes: readonly {
    readonly from: string
    readonly to: string
  }[]
  readonly rates: readonly AdminTaxDistrictRate[]
}

export type AdminTaxDistrictInput = {
  readonly country: string
  readonly region?: string | null
  readonly kind: 'county' | 'city' | 'special'
  readonly name: string
  /** On top of the country and region; else in their stead, by category. */
  readonly adds?: boolean
  readonly cities?: readonly string[]
  /** Both ends are included. 10001-1234 lies in 10001 to 10292. */
  readonly postal_codes?: readonly AdminTaxDistrictInputPostalCode[]
  readonly rates: readonly AdminTaxDistrictInputRate[]
}

export type AdminTaxDistrictInputPostalCode = {
  readonly from: string
  readonly to: string
}

export type AdminTaxDistrictInputRate = {
  readonly category: string
  readonly component: string
  /** 19 % is 190000 */
  readonly rate_ppm: number
  readonly position?: number
  /** also taxes the components before it */
  readonly is_compound?: boolean
  readonly steps?: AdminTaxDistrictInputRateSteps | null
}

export type AdminTaxDistrictInputRateSteps = {
  readonly currency: string
  /** whole: the rate of the step in which the price of a unit lies holds for all of it. part: each rate holds for the part of the price that lies in its step. */
  readonly of: 'whole' | 'part'
  readonly steps: readonly AdminTaxDistrictInputRateStepsStep[]
}

export type AdminTaxDistrictInputRateStepsStep = {
  /** Net price of a unit from which the step holds. */
  readonly from: number
  /** true: only above that price, not at it */
  readonly is_over?: boolean
  /** 19 % is 190000 */
  readonly rate_ppm: number
}

export type AdminTaxDistrictRate = {
  readonly category: string
  readonly component: string
  /** 19 % is 190000 */
  readonly rate_ppm: number
  readonly position: number
  readonly is_compound: boolean
  readonly steps: AdminTaxDistrictRateSteps | null
}

export type AdminTaxDistrictRateSteps = {
  readonly currency: string
  /** whole: the rate of the step in which the price of a unit lies holds for all of it. part: each rate holds for the part of the price that lies in its step. */
  readonly of: 'whole' | 'part'
  readonly steps: readonly AdminTaxDistrictRateStepsStep[]
}

export type AdminTaxDistrictRateStepsStep = {
  readonly from: number
  readonly is_over: boolean
  /** 19 % is 190000 */
  readonly rate_ppm: number
}

export type AdminTaxExemption = {
  readonly id: string
  readonly customer_id: string | null
  readonly cart_id: string | null
  readonly country: string
  readonly region: string | null
  readonly number: string
  readonly reason: string
  readonly valid_until: string | null
  readonly created_at: string
  readonly revoked_at: string | null
}

export type AdminTaxZone = {
  readonly id: string
  readonly country: string
  readonly region: string | null
  readonly adds: boolean
  readonly rates: readonly AdminTaxDistrictRate[]
}

export type AdminTranslation = {
  readonly locale: string
  readonly texts: AdminTranslationTexts
}

export type AdminTranslationTexts = {
  readonly title?: string
  readonly description?: string
  readonly name?: string
  /** By the name in the shop: `{ "Size": "Größe" }` */
  readonly options?: {
    readonly [name: string]: unknown
  }
  /** What is chosen: `{ "Blue": "Blau" }` */
  readonly values?: {
    readonly [name: string]: unknown
  }
  /** The choices of a field */
  readonly choices?: {
    readonly [name: string]: unknown
  }
  /** Texts of fields, by their keys */
  readonly fields?: {
    readonly [name: string]: unknown
  }
}

export type AdminVariant = {
  readonly id: string
  readonly product_id: string
  readonly sku: string
  readonly title: string
  readonly barcode: string | null
  readonly option_values: readonly string[]
  readonly position: number
  readonly tax_category: string
  readonly taxable: boolean
  readonly requires_shipping: boolean
  readonly weight_g: number
  readonly hs_code: string | null
  readonly image_id: string | null
  readonly fields: {
    readonly [name: string]: string | number | boolean
  }
  readonly archived_at: string | null
}

export type AdminWebhookEndpoint = {
  readonly endpoint: AdminWebhookEndpointEndpoint
  readonly secret: string | null
}

export type AdminWebhookEndpointEndpoint = {
  readonly id: string
  readonly url: string
  readonly description: string
  readonly kinds: readonly string[]
  readonly channel_ids: readonly string[] | null
  readonly order_states:
    | readonly ('pending' | 'placed' | 'canceled' | 'superseded' | 'closed')[]
    | null
  readonly enabled: boolean
  readonly disabled_at: string | null
  readonly disabled_reason: 'staff' | 'failing' | 'gone' | null
  readonly failing_since: string | null
  readonly previous_secret_until: string | null
  readonly created_at: string
  readonly updated_at: string
}

export type CartInputLine = {
  readonly variant_id: string
  readonly quantity: number
}

export type CartRecovery = {
  readonly token: string
  readonly cart: AdminDraftPriced
}

export type CompleteInput = {
  /** The total the buyer saw. Another one is answered with 409 and nothing happens. */
  readonly expected_total: number
  readonly payment: OrderInputPayment
}

export type Order = {
  readonly order: OrderOrder
  /** Opens this order: send it as X-Order-Token. */
  readonly token: string
  readonly page_url: string
  readonly payment: OrderPayment | null
  readonly money: OrderMoney | null
}

export type OrderInputPayment = {
  readonly provider: string
  readonly token?: string | null
}

export type OrderInvoice = {
  readonly id: string
  readonly kind: string
  readonly number: string
  readonly issued_on: string
  readonly total: number
  readonly pdf_path: string | null
}

export type OrderLine = {
  readonly id: string
  /** item, or shipping for a charge that an edit has added */
  readonly kind: string
  readonly sku: string
  readonly title: string
  /** As it was ordered. */
  readonly quantity: number
  /** So many of them are off. */
  readonly canceled: number
  readonly shipped: number
  readonly unit_price: number
  readonly per_units: number
  readonly subtotal: number
  readonly discount: number
  readonly discounts: readonly AdminDraftPricedLineDiscount[]
  readonly tax: number
  readonly tax_included: boolean
  readonly taxes: readonly AdminDraftPricedLineTax[]
  readonly total: number
  readonly now: OrderLineNow | null
}

export type OrderLineNow = {
  /** Units that are not canceled. */
  readonly quantity: number
  readonly subtotal: number
  readonly discount: number
  readonly tax: number
  readonly total: number
}

export type OrderMoney = {
  /** Of the goods that stand now. */
  readonly subtotal: number
  readonly discount_total: number
  readonly shipping_total: number
  readonly tax_total: number
  /** What of the tax the amounts contain. */
  readonly tax_included: number
  /** subtotal - discount_total + shipping_total + tax_total - tax_included */
  readonly total: number
  /** What the buyer must pay for what is on the order. */
  readonly due: number
  /** Taken and not given back. */
  readonly paid: number
  /** Authorized and still to be taken. */
  readonly reserved: number
  /** What no payment covers: the buyer pays it by link. */
  readonly to_collect: number
  /** What was paid beyond what is due. */
  readonly to_refund: number
  /** What has been given back so far. */
  readonly refunded: number
}

export type OrderOrder = {
  readonly id: string
  readonly number: string | null
  readonly state: string
  readonly payment_state: string
  readonly fulfillment_state: string
  readonly currency: string
  readonly total: number
  readonly hold_expires_at: string | null
}

export type OrderParcel = {
  readonly state: string
  readonly carrier: string | null
  readonly tracking_code: string | null
  readonly tracking_url: string | null
  readonly shipped_at: string | null
  readonly delivered_at: string | null
  readonly lines: readonly AdminOrderShipmentLine[]
  readonly scans: readonly OrderParcelScan[]
}

export type OrderParcelScan = {
  readonly status: string
  readonly detail: string
  readonly place: string | null
  readonly at: string
}

export type OrderPayment = {
  readonly id: string
  readonly provider: string
  readonly state: string
  readonly amount: number
  readonly decline_reason: string | null
  readonly client_data: {
    readonly [name: string]: unknown
  } | null
}

export type Product = {
  readonly id: string
  readonly handle: string
  readonly title: string
  readonly vendor: string
  readonly image: {
    readonly url: string
    readonly alt: string
  } | null
  readonly price: ProductPrice | null
  readonly available: boolean
}

export type ProductPrice = {
  /** The lowest price for per_units units among the variants sold in the smallest quantity. */
  readonly from: number
  /** The smallest quantity that is sold. */
  readonly min_quantity: number
  readonly per_units: number
  readonly compare_at: number | null
  readonly lowest_30d: ProductPriceLowest30d | null
  readonly currency: string
  readonly prices_include_tax: boolean
}

export type ProductPriceLowest30d = {
  readonly amount: number
  readonly per_units: number
  readonly prices_include_tax: boolean
}

export type Renewal = {
  readonly customer_token: string
  readonly expires_at: string
}

export type Session = {
  /** Told once. Send it as X-Customer-Token, and keep it as you keep a password. */
  readonly customer_token: string
  readonly session: SessionSession
  readonly customer: SessionCustomer
  readonly cart: CartRecovery | null
  /** The cart_token that was sent does not hold: forget it, and go on with `cart`. */
  readonly cart_token_ignored: boolean
}

export type SessionCustomer = {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly phone: string | null
  readonly created_at: string
}

export type SessionSession = {
  readonly id: string
  readonly device: string | null
  readonly created_at: string
  readonly renewed_at: string
  readonly expires_at: string
}

export interface Api {
  /** Sign out here */
  readonly 'DELETE /store/session': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Sign out everywhere, here as well */
  readonly 'DELETE /store/sessions': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** What staff and keys have changed, newest first */
  readonly 'GET /admin/audit': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly actor?: string
      readonly resource?: string
      readonly resource_id?: string
      readonly request_id?: string
      readonly route?: string
      readonly since?: string
      readonly until?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly at: string
          /** staff: or key:, and the id */
          readonly actor: string
          readonly via: 'session' | 'key' | 'link'
          readonly request_id: string
          readonly route: string
          /** The table */
          readonly resource: string
          readonly resource_id: string
          readonly change: 'insert' | 'update' | 'delete'
          readonly before: {
            readonly [name: string]: unknown
          } | null
          readonly after: {
            readonly [name: string]: unknown
          } | null
          readonly seq: string | null
          readonly hash: string | null
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Carts that are no order, the newest first */
  readonly 'GET /admin/carts': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly channel_id?: string
      /** Only those that were left behind. */
      readonly abandoned?: boolean
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly channel_id: string
          readonly currency: string
          readonly email: string | null
          readonly accepts_reminders: boolean
          readonly lines: number
          readonly hold_expires_at: string | null
          readonly created_at: string
          readonly updated_at: string
          readonly abandoned_at: string | null
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Read the whole tree of categories */
  readonly 'GET /admin/categories': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCategory
    }
  }
  /** List channels, oldest first */
  readonly 'GET /admin/channels': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminChannel[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List the collections, oldest first */
  readonly 'GET /admin/collections': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminCollection[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List coupons, oldest first, with how often each was used */
  readonly 'GET /admin/coupons': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      /** only archived ones */
      readonly archived?: boolean
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminCoupon[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List customer groups, oldest first; price lists can be for one of them */
  readonly 'GET /admin/customer-groups': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminCustomerGroup[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List segments, the oldest first: groups whose members are kept by rules */
  readonly 'GET /admin/customer-segments': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminCustomerSegment[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List customers, oldest first; by e-mail address, group, or how their name begins */
  readonly 'GET /admin/customers': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly email?: string
      /** How e-mail address or name begins */
      readonly q?: string
      readonly has_account?: boolean
      readonly group_id?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminCustomer[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List the files that are sold, oldest first */
  readonly 'GET /admin/digital-files': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminDigitalFile[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Drafts, newest first */
  readonly 'GET /admin/drafts': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly state?: 'open' | 'sent' | 'expired' | 'placed' | 'canceled'
      readonly customer_id?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly state: string
          readonly channel_id: string
          readonly customer_id: string | null
          readonly currency: string
          readonly email: string | null
          readonly total: number | null
          readonly order_id: string | null
          readonly order_number: string | null
          readonly expires_at: string | null
          readonly created_by: string
          readonly created_at: string
          readonly updated_at: string
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** What the machine could not finish by itself */
  readonly 'GET /admin/exceptions': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly open?: boolean
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly kind: string
          readonly message: string
          readonly order_id: string | null
          readonly order_number: string | null
          readonly cause_id: string
          readonly opened_at: string
          readonly tries: number | null
          readonly next_try_at: string | null
          readonly last_error: string | null
          readonly can_retry: boolean
          readonly resolved_at: string | null
          readonly resolution: string | null
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List the fields of products and variants */
  readonly 'GET /admin/fields': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminField[]
      }
    }
  }
  /** How far carts come, by hour or day of UTC: steps, refusals by code, declines by reason */
  readonly 'GET /admin/funnel': {
    readonly params: null
    readonly query: {
      readonly from?: string
      readonly to?: string
      readonly by?: 'hour' | 'day'
      readonly channel_id?: string
      readonly limit?: number
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly at: string
          readonly channel_id: string
          readonly step:
            | 'cart_made'
            | 'line_added'
            | 'email_given'
            | 'address_given'
            | 'shipping_chosen'
            | 'cart_recovered'
            | 'complete_tried'
            | 'complete_refused'
            | 'payment_declined'
            | 'order_placed'
          /** Of a refusal its code, of a decline the reason. */
          readonly code: string
          readonly count: number
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Invoices and credit notes, the newest first */
  readonly 'GET /admin/invoices': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly kind?: 'invoice' | 'credit_note'
      readonly order_id?: string
      readonly number?: string
      readonly issued_from?: string
      readonly issued_to?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly kind: 'invoice' | 'credit_note'
          readonly number: string
          readonly order_id: string
          /** the capture or refund that it documents */
          readonly cause_id: string
          readonly invoice_id: string | null
          /** the local date of the seller */
          readonly issued_on: string
          readonly currency: string
          readonly tax: number
          readonly total: number
          readonly created_at: string
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** API keys, newest first */
  readonly 'GET /admin/keys': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly made_by?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminKey[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List legal entities, oldest first: who sells and stands on the invoice */
  readonly 'GET /admin/legal-entities': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminLegalEntity[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List locations, oldest first: where stock lies and parcels leave */
  readonly 'GET /admin/locations': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminLocation[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Who is asking and what they may do */
  readonly 'GET /admin/me': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminMe
    }
  }
  /** All templates: those of the shop, and the defaults they replace */
  readonly 'GET /admin/message-templates': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly kind:
            | 'confirmation'
            | 'receipt'
            | 'shipped'
            | 'delivered'
            | 'canceled'
            | 'refunded'
            | 'cart_abandoned'
            | 'offer'
            | 'payment_due'
            | 'verify_email'
            | 'account_known'
            | 'reset_password'
            | 'account_unknown'
            | 'welcome'
            | 'password_changed'
            | 'staff_reset_password'
            | 'staff_password_changed'
          readonly locale: string
          readonly source: 'shop' | 'default'
          /** false: not sent at all in this locale */
          readonly enabled: boolean
          /** 0 when it is the default */
          readonly version: number
          readonly updated_at: string | null
          readonly updated_by: string | null
          readonly subject: string
        }[]
      }
    }
  }
  /** The mailbox: messages to buyers, the newest first */
  readonly 'GET /admin/messages': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly kind?:
        | 'confirmation'
        | 'receipt'
        | 'shipped'
        | 'delivered'
        | 'canceled'
        | 'refunded'
        | 'cart_abandoned'
        | 'offer'
        | 'payment_due'
        | 'verify_email'
        | 'account_known'
        | 'reset_password'
        | 'account_unknown'
        | 'welcome'
        | 'password_changed'
        | 'staff_reset_password'
        | 'staff_password_changed'
      readonly order_id?: string
      readonly state?: 'sending' | 'sent' | 'mailbox' | 'failed'
      readonly recipient?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminMessage[]
        readonly next_cursor: string | null
      }
    }
  }
  /** The page to which the link in such a mail leads */
  readonly 'GET /admin/new-password': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: Blob
    }
  }
  /** Orders, filtered on any state, by what is in them and by who has bought */
  readonly 'GET /admin/orders': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly state?: 'pending' | 'placed' | 'canceled' | 'superseded' | 'closed'
      readonly payment_state?:
        | 'unpaid'
        | 'pending'
        | 'authorized'
        | 'partially_captured'
        | 'captured'
        | 'partially_refunded'
        | 'refunded'
        | 'voided'
      readonly fulfillment_state?:
        | 'not_needed'
        | 'unfulfilled'
        | 'partially_shipped'
        | 'shipped'
        | 'delivered'
        | 'returned'
      readonly return_state?: 'none' | 'requested' | 'partially_returned' | 'returned'
      readonly origin?: 'web' | 'staff' | 'marketplace' | 'subscription' | 'agent'
      readonly channel_id?: string
      readonly currency?: string
      /** held for review */
      readonly held?: boolean
      readonly created_from?: string
      readonly created_to?: string
      readonly total_min?: number
      readonly total_max?: number
      readonly tag?: string
      readonly sku?: string
      readonly customer_id?: string
      readonly email?: string
      readonly number?: string
      /** An order number, or how a name or an e-mail address begins */
      readonly text?: string
      readonly sort?: 'newest' | 'oldest'
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly number: string | null
          readonly state: string
          readonly payment_state: string
          readonly fulfillment_state: string
          readonly return_state: string
          readonly currency: string
          readonly total: number
          readonly email: string
          readonly channel_id: string
          readonly origin: string
          readonly held_at: string | null
          readonly tags: readonly string[]
          readonly created_at: string
          readonly placed_at: string | null
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** What has to be picked, oldest first */
  readonly 'GET /admin/pick-tasks': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly state?: 'open' | 'done' | 'canceled'
      readonly location_id?: string
      readonly order_id?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly shipment_id: string
          readonly order_number: string
          readonly location: string
          readonly state: string
          readonly created_at: string
          readonly lines: readonly AdminPickTaskLine[]
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List price lists, oldest first */
  readonly 'GET /admin/price-lists': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      /** only archived ones */
      readonly archived?: boolean
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminPriceList[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Find products: newest first; `q` looks at words, whole SKUs and bar codes */
  readonly 'GET /admin/products': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly q?: string
      readonly state?: 'draft' | 'active' | 'archived'
      readonly vendor?: string
      readonly tag?: string
      readonly category_id?: string
      /** `material:cotton` or `width:10..20`: a field of the shop that is filtered by. */
      readonly field?: readonly string[]
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly handle: string
          readonly title: string
          readonly vendor: string
          readonly type: string
          readonly state: 'draft' | 'active' | 'archived'
          readonly tags: readonly string[]
          readonly image_url: string | null
          readonly variant_count: number
          readonly created_at: string
          readonly updated_at: string
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** The promises of the shop: when each was asked by the clock, and the rows that break it */
  readonly 'GET /admin/promises': {
    readonly params: null
    readonly query: {
      /** Asks all of them now: minutes in a big shop. */
      readonly now?: boolean
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly name: string
          readonly violations: number
          readonly rows: readonly {
            readonly [name: string]: unknown
          }[]
          readonly asked: readonly {
            /** `touched` each hour, `all` each night. */
            readonly scope: string
            readonly asked_at: string
            readonly took_ms: number
            readonly things: number | null
            readonly guilty: number | null
          }[]
        }[]
      }
    }
  }
  /** List promotions, oldest first, with how often each was used and what it has spent */
  readonly 'GET /admin/promotions': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      /** only archived ones */
      readonly archived?: boolean
      readonly is_automatic?: boolean
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminPromotion[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Roles with what they may do, and every permission there is */
  readonly 'GET /admin/roles': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminRole[]
        readonly permissions: readonly string[]
      }
    }
  }
  /** List shipping options with their tables of rates, oldest first */
  readonly 'GET /admin/shipping-options': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      /** only archived ones */
      readonly archived?: boolean
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminShippingOption[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List shipping zones, oldest first */
  readonly 'GET /admin/shipping-zones': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminShippingZone[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Staff, newest first */
  readonly 'GET /admin/staff': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminStaff[]
        readonly next_cursor: string | null
      }
    }
  }
  /** What is demanded of staff: second factors, and how long keys live */
  readonly 'GET /admin/staff-policy': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminStaffPolicy
    }
  }
  /** Stock levels per item and location */
  readonly 'GET /admin/stock': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly sku?: string
      readonly location_id?: string
      readonly sellable_max?: number
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly stock_item_id: string
          readonly sku: string
          readonly title: string
          readonly location_id: string
          readonly location: string
          readonly on_hand: number
          readonly held: number
          readonly safety: number
          readonly backorder_limit: number
          readonly shortfall: number
          readonly sellable: number
          /** Channels that leave another number of it to the others than they usually do */
          readonly channels: readonly {
            readonly channel_id: string
            readonly safety: number
          }[]
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Things that lie on shelves, with their sums over all locations */
  readonly 'GET /admin/stock-items': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly sku?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly sku: string
          readonly title: string
          readonly on_hand: number
          readonly held: number
          readonly sellable: number
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List tax districts with their rates, oldest first */
  readonly 'GET /admin/tax-districts': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminTaxDistrict[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List exemption certificates, oldest first, of a customer or a cart */
  readonly 'GET /admin/tax-exemptions': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly customer_id?: string
      readonly cart_id?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminTaxExemption[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Sets of tax rates that can be loaded, with their source and day */
  readonly 'GET /admin/tax-presets': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly name: string
          readonly title: string
          readonly source: string
          readonly as_of: string
          readonly zones: number
          readonly districts: number
        }[]
      }
    }
  }
  /** List tax zones with their rates, oldest first */
  readonly 'GET /admin/tax-zones': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminTaxZone[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List webhook endpoints, oldest first, with how much waits for each */
  readonly 'GET /admin/webhook-endpoints': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly url: string
          readonly description: string
          readonly kinds: readonly string[]
          readonly channel_ids: readonly string[] | null
          readonly order_states:
            | readonly ('pending' | 'placed' | 'canceled' | 'superseded' | 'closed')[]
            | null
          readonly enabled: boolean
          readonly disabled_at: string | null
          readonly disabled_reason: 'staff' | 'failing' | 'gone' | null
          readonly failing_since: string | null
          readonly previous_secret_until: string | null
          readonly created_at: string
          readonly updated_at: string
          /** Deliveries; 10,000 stands for more. */
          readonly waiting: number
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Read the tree of categories */
  readonly 'GET /store/categories': {
    readonly params: null
    readonly query: {
      /** Goes before the Accept-Language header, like `de` or `de-AT`. */
      readonly locale?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCategory
    }
  }
  /** List the collections; their products are /store/products?collection=… */
  readonly 'GET /store/collections': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      /** Goes before the Accept-Language header, like `de` or `de-AT`. */
      readonly locale?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly handle: string
          readonly title: string
          /** HTML of a safe subset. */
          readonly description: string
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List the products of this channel, newest first */
  readonly 'GET /store/products': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly category?: string
      readonly q?: string
      readonly tag?: string
      readonly vendor?: string
      readonly collection?: string
      /** `material:cotton` or `width:10..20`: a field of the shop that is filtered by. */
      readonly field?: readonly string[]
      /** One of the channel; else its first one. */
      readonly currency?: string
      /** Goes before the Accept-Language header, like `de` or `de-AT`. */
      readonly locale?: string
      /** Prices are those of goods sent there. Else to where the customer of X-Customer-Token has them sent, or to the country of the channel. */
      readonly country?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly Product[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Search the products of this channel, with facets, filters and sorting */
  readonly 'GET /store/search': {
    readonly params: null
    readonly query: {
      readonly q?: string
      readonly category?: string
      readonly collection?: string
      /** One of these; the parameter may be given several times. */
      readonly vendor?: readonly string[]
      /** One of these. */
      readonly type?: readonly string[]
      /** One of these. */
      readonly tag?: readonly string[]
      /** `Size:M`: one of the values given for each option. */
      readonly option?: readonly string[]
      /** `material:cotton` or `width:10..20`: a field of the shop that is filtered by. */
      readonly field?: readonly string[]
      /** In minor units: `1000..5000`, `..5000`, `1000..` */
      readonly price?: string
      /** true leaves out what is sold out */
      readonly available?: boolean
      readonly sort?: 'relevance' | 'newest' | 'price' | '-price' | 'title' | '-title'
      readonly facets?: boolean
      readonly limit?: number
      readonly after?: string
      /** One of the channel; else its first one. */
      readonly currency?: string
      /** Goes before the Accept-Language header, like `de` or `de-AT`. */
      readonly locale?: string
      /** Prices are those of goods sent there. Else to where the customer of X-Customer-Token has them sent, or to the country of the channel. */
      readonly country?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly Product[]
        readonly next_cursor: string | null
        readonly total: number
        readonly facets: readonly {
          /** The parameter that narrows by it. */
          readonly filter: string
          /** Of an option or a field: which one. */
          readonly name: string
          readonly label: string
          readonly values: readonly {
            /** What to send as that parameter. */
            readonly value: string
            readonly label: string
            readonly count: number
            readonly selected: boolean
          }[]
          /** There are rarer values that are not listed. */
          readonly more: boolean
          readonly min: string | null
          readonly max: string | null
        }[]
        /** The language that was used. */
        readonly locale: string
        readonly currency: string
        readonly corrected: string | null
      }
    }
  }
  /** Where the customer is signed in, the newest first */
  readonly 'GET /store/sessions': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly device: string | null
          readonly created_at: string
          readonly renewed_at: string
          readonly expires_at: string
          readonly current: boolean
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** The channel of the key: currencies, countries, locale and ways to pay */
  readonly 'GET /store/shop': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly channel: {
          readonly id: string
          readonly code: string
          readonly name: string
        }
        /** The first one is the usual one. */
        readonly currencies: readonly string[]
        /** Where the shop delivers to. */
        readonly countries: readonly string[]
        readonly default_country: string
        readonly locale: string
        readonly payment_providers: readonly {
          /** Send it as payment.provider. */
          readonly name: string
          /** What the provider's script in the browser is started with. Public. */
          readonly browser: {
            readonly [name: string]: unknown
          }
          /** False: no script, no token, paid at once. */
          readonly needs_browser: boolean
        }[]
      }
    }
  }
  /** Make a category */
  readonly 'POST /admin/categories': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly title: string
      readonly handle: string
      readonly parent_id?: string | null
      readonly position?: number
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminCategory2
    }
  }
  /** Make a channel: a web shop, a market abroad, a counter */
  readonly 'POST /admin/channels': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly code: string
      readonly legal_entity_id: string
      readonly name: string
      readonly currencies: readonly string[]
      readonly countries: readonly string[]
      /** Prices are shown for it until the buyer says where it goes. */
      readonly default_country: string
      readonly locale: string
      readonly storefront_url: string
      readonly reply_to: string
      readonly payment_providers: readonly string[]
      /** later takes the money when a parcel leaves, where the provider can do that */
      readonly capture: 'now' | 'later'
      readonly locations: readonly string[]
      /** Of each item at each location so many are left to the other channels */
      readonly safety?: number
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminChannel
    }
  }
  /** Make a collection: its products are those the rules name, now and later */
  readonly 'POST /admin/collections': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly title: string
      readonly handle: string
      readonly description?: string
      readonly matching?: 'all' | 'any'
      /** field: title, vendor, type, tag, category, price, stock, created, published, or `fields.<key>` for a field of the shop */
      readonly rules: readonly AdminCollectionInputRule[]
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminCollection
    }
  }
  /** Make a coupon that takes a part off the whole order */
  readonly 'POST /admin/coupons': {
    readonly params: null
    readonly query: null
    readonly body: {
      /** typed in any case */
      readonly code: string
      /** 10 % is 100000 */
      readonly rate_ppm: number
      readonly currency?: string | null
      readonly min_subtotal?: number
      readonly channel_id?: string | null
      readonly starts_at?: string | null
      readonly ends_at?: string | null
      readonly usage_limit?: number | null
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminCoupon
    }
  }
  /** Make a customer group */
  readonly 'POST /admin/customer-groups': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly code: string
      readonly name: string
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminCustomerGroup
    }
  }
  /** How many customers rules would hold for; nothing is stored */
  readonly 'POST /admin/customer-segment-previews': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly match: 'all' | 'any'
      readonly rules: readonly (
        | AdminCustomerSegmentRule
        | AdminCustomerSegmentRule2
        | AdminCustomerSegmentRule3
        | AdminCustomerSegmentRule4
        | AdminCustomerSegmentRule5
        | AdminCustomerSegmentRule6
        | AdminCustomerSegmentRule7
        | AdminCustomerSegmentRule8
        | AdminCustomerSegmentRule9
        | {
            readonly kind: 'account'
            /** true turns the rule round */
            readonly not?: boolean
          }
      )[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly members: number
      }
    }
  }
  /** Make a segment: a customer group, and the rules that keep its members */
  readonly 'POST /admin/customer-segments': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly code: string
      readonly name: string
      readonly match: 'all' | 'any'
      readonly rules: readonly (
        | AdminCustomerSegmentRule
        | AdminCustomerSegmentRule2
        | AdminCustomerSegmentRule3
        | AdminCustomerSegmentRule4
        | AdminCustomerSegmentRule5
        | AdminCustomerSegmentRule6
        | AdminCustomerSegmentRule7
        | AdminCustomerSegmentRule8
        | AdminCustomerSegmentRule9
        | {
            readonly kind: 'account'
            /** true turns the rule round */
            readonly not?: boolean
          }
      )[]
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminCustomerSegment
    }
  }
  /** Make a customer; one e-mail address is one customer */
  readonly 'POST /admin/customers': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly email: string
      readonly name: string
      readonly phone?: string | null
      readonly group_ids?: readonly string[]
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminCustomer
    }
  }
  /** Begin to upload a file: its parts follow */
  readonly 'POST /admin/digital-files': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly name: string
      readonly media_type: string
      readonly downloads_max?: number | null
      readonly valid_days?: number | null
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminDigitalFile
    }
  }
  /** Prepare an order for somebody: by phone, or as an offer */
  readonly 'POST /admin/drafts': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly channel_id: string
      readonly currency?: string
      readonly customer_id?: string | null
      readonly email?: string | null
      readonly phone?: string | null
      readonly tax_id?: string | null
      readonly shipping_address?: AdminDraftInputShippingAddress | null
      readonly billing_address?: AdminDraftInputShippingAddress | null
      readonly shipping_option_id?: string | null
      readonly shipping_amount?: number | null
      /** Off the goods together. */
      readonly discount?: number
      readonly discount_reason?: string
      readonly note?: string | null
      readonly lines?: readonly AdminDraftInputLine[]
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminDraft
    }
  }
  /** Makes a key; its token is told once */
  readonly 'POST /admin/keys': {
    readonly params: null
    readonly query: null
    readonly body:
      | {
          readonly kind: 'publishable'
          readonly name: string
          readonly channel_id: string
          readonly expires_at?: string | null
        }
      | {
          readonly kind: 'secret'
          readonly name: string
          readonly permissions: readonly (
            | 'catalog:read'
            | 'catalog:write'
            | 'prices:read'
            | 'prices:write'
            | 'stock:read'
            | 'stock:write'
            | 'orders:read'
            | 'orders:write'
            | 'payments:write'
            | 'shipping:read'
            | 'shipping:write'
            | 'customers:read'
            | 'customers:write'
            | 'customers:export'
            | 'customers:erase'
            | 'messages:read'
            | 'messages:write'
            | 'ledger:read'
            | 'events:read'
            | 'audit:read'
            | 'exceptions:read'
            | 'exceptions:write'
            | 'settings:read'
            | 'settings:write'
            | 'staff:write'
            | 'webhooks:read'
            | 'webhooks:write'
          )[]
          readonly expires_at?: string | null
        }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminKey2
    }
  }
  /** Make a legal entity; time zone, fiscal year and prefix of numbers are for ever */
  readonly 'POST /admin/legal-entities': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly code: string
      readonly time_zone: string
      readonly fiscal_year_starts_month: number
      readonly number_prefix: string
      readonly name: string
      readonly tax_ids: readonly AdminLegalEntityTaxId[]
      readonly address: AdminDraftInputShippingAddress
      readonly tax?: AdminLegalEntityInputTax
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminLegalEntity2
    }
  }
  /** Make a location; a channel sells from it once it is on its list */
  readonly 'POST /admin/locations': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly code: string
      readonly name: string
      readonly priority: number
      readonly address: AdminDraftInputShippingAddress
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminLegalEntity2
    }
  }
  /** Ask for a link by mail with which a member of staff sets a new password */
  readonly 'POST /admin/password-resets': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly email: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 202: {
        /** The same, whether the address is known or not. */
        readonly message: string
      }
    }
  }
  /** Make a price list; what is left out holds for everybody and for ever */
  readonly 'POST /admin/price-lists': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly code: string
      /** ISO 4217 */
      readonly currency: string
      readonly name: string
      readonly prices_include_tax: boolean
      readonly channel_id?: string | null
      readonly customer_group_id?: string | null
      readonly countries?: readonly string[] | null
      readonly starts_at?: string | null
      readonly ends_at?: string | null
      readonly priority?: number
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminPriceList
    }
  }
  /** Make a product with its variants, pictures, prices, categories and channels */
  readonly 'POST /admin/products': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly title: string
      readonly handle?: string
      readonly description?: string
      readonly vendor?: string
      readonly type?: string
      readonly tags?: readonly string[]
      readonly state?: 'draft' | 'active'
      readonly options?: readonly string[]
      /** By their keys; null takes a value away, fields that are not named stay. */
      readonly fields?: {
        readonly [name: string]: string | number | boolean | null
      }
      readonly variants?: readonly AdminProductInputVariant[]
      readonly media?: readonly AdminProductInputMedia[]
      readonly category_ids?: readonly string[]
      readonly channel_ids?: readonly string[]
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminProduct
    }
  }
  /** Make a promotion: automatic, or for codes that are made next */
  readonly 'POST /admin/promotions': {
    readonly params: null
    readonly query: null
    readonly body: {
      /** false: only with one of its codes */
      readonly is_automatic: boolean
      readonly name: string
      readonly class?: 'product' | 'order' | 'shipping'
      /** Two promotions go together when each names the class of the other. */
      readonly combines_with?: readonly ('product' | 'order' | 'shipping')[]
      readonly priority?: number
      readonly effect:
        | AdminPromotionEffect
        | AdminPromotionEffect2
        | AdminPromotionEffect3
        | AdminPromotionEffect4
        | AdminPromotionEffect5
        | AdminPromotionEffect6
        | AdminPromotionEffect7
      readonly conditions?: AdminPromotionConditions
      readonly currency?: string | null
      readonly starts_at?: string | null
      readonly ends_at?: string | null
      readonly usage_limit?: number | null
      readonly buyer_limit?: number | null
      readonly budget?: number | null
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminPromotion
    }
  }
  /** Begins to set up a second factor: its secret, told once, for an authenticator app */
  readonly 'POST /admin/second-factor': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly secret: string
        readonly uri: string
      }
    }
  }
  /** Make a shipping option; of its rates the last whose weight and subtotal are reached counts */
  readonly 'POST /admin/shipping-options': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly code: string
      readonly zone_id: string
      readonly name: string
      readonly description?: string
      readonly tax_category?: string
      readonly services?: readonly string[]
      readonly days_min?: number
      readonly days_max?: number
      readonly position?: number
      readonly rates: readonly AdminShippingOptionRate[]
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminShippingOption
    }
  }
  /** Make a shipping zone: the countries that options serve together */
  readonly 'POST /admin/shipping-zones': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly name: string
      readonly countries: readonly string[]
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminShippingZone
    }
  }
  /** Opens a session: sets its cookie and tells its CSRF token */
  readonly 'POST /admin/sign-in': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly email: string
      readonly password: string
      /** Six digits of the app, or a recovery code */
      readonly code?: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminMe
    }
  }
  /** Ends the session */
  readonly 'POST /admin/sign-out': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Lets a person sign in */
  readonly 'POST /admin/staff': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly email: string
      readonly name: string
      readonly role: string
      readonly password: string
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminStaff
    }
  }
  /** Make a tax district: a county, city or special district with rates of its own */
  readonly 'POST /admin/tax-districts': {
    readonly params: null
    readonly query: null
    readonly body: AdminTaxDistrictInput
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminTaxDistrict
    }
  }
  /** Note a certificate: this customer, or this cart, owes no tax at a place */
  readonly 'POST /admin/tax-exemptions': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly customer_id?: string | null
      readonly cart_id?: string | null
      readonly country: string
      readonly region?: string | null
      readonly number: string
      readonly reason: string
      readonly valid_until?: string | null
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminTaxExemption
    }
  }
  /** Make a tax zone: a country, or one region of it, which then goes before its country */
  readonly 'POST /admin/tax-zones': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly country: string
      readonly region?: string | null
      /** A region: its rates come on top of those of the country. */
      readonly adds?: boolean
      readonly rates: readonly AdminTaxDistrictInputRate[]
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminTaxZone
    }
  }
  /** Tell a server what happens here; the secret that signs is told once */
  readonly 'POST /admin/webhook-endpoints': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly url: string
      readonly kinds: readonly string[]
      readonly description?: string
      readonly channel_ids?: readonly string[] | null
      readonly order_states?:
        | readonly ('pending' | 'placed' | 'canceled' | 'superseded' | 'closed')[]
        | null
      readonly enabled?: boolean
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminWebhookEndpoint
    }
  }
  /** Open a cart that was left behind, by the token of its recovery link */
  readonly 'POST /store/cart-recoveries': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly recovery_token: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: CartRecovery
    }
  }
  /** Start a cart, empty or filled */
  readonly 'POST /store/carts': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly currency?: string
      readonly customer_token?: string
      readonly lines?: readonly CartInputLine[]
      readonly email?: string | null
      readonly phone?: string | null
      readonly shipping_address?: AdminDraftInputShippingAddress | null
      readonly billing_address?: AdminDraftInputShippingAddress | null
      readonly shipping_option_id?: string | null
      readonly coupon_code?: string | null
      /** All codes of the cart, in place of those it has. */
      readonly coupon_codes?: readonly string[]
      readonly tax_id?: string | null
      /** The buyer wants a mail when the cart is left behind. */
      readonly accepts_reminders?: boolean
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: CartRecovery
    }
  }
  /** Sign up: a mail goes to the address, and the link in it opens the account */
  readonly 'POST /store/customers': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly email: string
      readonly password: string
      readonly name: string
      readonly phone?: string | null
      /** Ways in which the shop may write to them about more than their orders. */
      readonly consents?: readonly ('email' | 'sms')[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 202: {
        /** The same, whether the address is known or not. */
        readonly message: string
      }
    }
  }
  /** Everything in one call: goods, address, shipping, payment */
  readonly 'POST /store/orders': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly currency?: string
      readonly customer_token?: string
      readonly lines?: readonly CartInputLine[]
      readonly email?: string | null
      readonly phone?: string | null
      readonly shipping_address?: AdminDraftInputShippingAddress | null
      readonly billing_address?: AdminDraftInputShippingAddress | null
      readonly shipping_option_id?: string | null
      readonly coupon_code?: string | null
      /** All codes of the cart, in place of those it has. */
      readonly coupon_codes?: readonly string[]
      readonly tax_id?: string | null
      /** The buyer wants a mail when the cart is left behind. */
      readonly accepts_reminders?: boolean
      /** The total the buyer saw. Another one is answered with 409 and nothing happens. */
      readonly expected_total: number
      readonly payment: OrderInputPayment
      readonly note?: string | null
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: Order
      readonly 202: Order
    }
  }
  /** Ask for a link by mail with which a new password is set */
  readonly 'POST /store/password-resets': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly email: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 202: {
        /** The same, whether the address is known or not. */
        readonly message: string
      }
    }
  }
  /** Sign in; a cart that was filled before goes along, nothing lost and nothing doubled */
  readonly 'POST /store/sessions': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly email: string
      readonly password: string
      /** Of the cart that was filled before: what is in it goes into that of the customer. */
      readonly cart_token?: string
      readonly device?: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 201: Session
    }
  }
  /** Sets what is demanded of staff; whoever may do everything may */
  readonly 'PUT /admin/staff-policy': {
    readonly params: null
    readonly query: null
    readonly body: AdminStaffPolicy
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminStaffPolicy
    }
  }
  /** Remove a category; its products stay */
  readonly 'DELETE /admin/categories/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Remove a collection; its products stay */
  readonly 'DELETE /admin/collections/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** End a segment: its group stays, empty, and is kept by hand */
  readonly 'DELETE /admin/customer-segments/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly version: number
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Take a field away; its values are kept, and shown again when it is defined again */
  readonly 'DELETE /admin/fields/:key': {
    readonly params: {
      readonly key: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Revokes a key: at once here, within a second in other processes */
  readonly 'DELETE /admin/keys/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminKey
    }
  }
  /** Remove a shipping zone in which no option stands */
  readonly 'DELETE /admin/shipping-zones/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Remove a tax district: from then on its rates do not hold */
  readonly 'DELETE /admin/tax-districts/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Revoke a certificate; orders that were granted it keep it */
  readonly 'DELETE /admin/tax-exemptions/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Remove a tax zone: from then on its country, or nothing, is charged there */
  readonly 'DELETE /admin/tax-zones/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Remove a webhook endpoint; what waits for it is not sent */
  readonly 'DELETE /admin/webhook-endpoints/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Sign out on one device */
  readonly 'DELETE /store/sessions/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Whether the chain of the audit is whole, as far as one request looks */
  readonly 'GET /admin/audit/verification': {
    readonly params: null
    readonly query: {
      /** seq behind which it looks; go on with that of the head */
      readonly after?: string
      /** A head that was told before */
      readonly expect?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly is_whole: boolean
        readonly checked: number
        readonly seals: number
        /** Written, and not in the chain yet */
        readonly waiting: number
        readonly head: string | null
        /** The chain goes on behind the head that is told */
        readonly more: boolean
        readonly faults: readonly {
          readonly seq: string
          readonly fault: 'gap' | 'changed' | 'seal' | 'unsealed' | 'head'
        }[]
      }
    }
  }
  /** Read a collection with its rules */
  readonly 'GET /admin/collections/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCollection
    }
  }
  /** Read a coupon */
  readonly 'GET /admin/coupons/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCoupon
    }
  }
  /** Read a segment */
  readonly 'GET /admin/customer-segments/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCustomerSegment
    }
  }
  /** Read a customer: their addresses, what they bought, whether they may be written to */
  readonly 'GET /admin/customers/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly id: string
        readonly email: string
        readonly name: string
        readonly phone: string | null
        readonly group_ids: readonly string[]
        /** They have a password and can sign in. */
        readonly has_account: boolean
        readonly email_verified_at: string | null
        readonly erased_at: string | null
        readonly created_at: string
        readonly addresses: readonly AdminCustomerAddress[]
        /** The last word by each way of contact. */
        readonly consents: readonly AdminCustomerConsent[]
        readonly orders_placed: number
        readonly last_order_at: string | null
        readonly spent: readonly {
          readonly currency: string
          readonly amount: number
        }[]
      }
    }
  }
  /** Read what is known of a file */
  readonly 'GET /admin/digital-files/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDigitalFile
    }
  }
  /** One draft with its prices and what is missing */
  readonly 'GET /admin/drafts/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDraft
    }
  }
  /** Everything that happens, live */
  readonly 'GET /admin/events/stream': {
    readonly params: null
    readonly query: {
      readonly order_id?: string
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: ReadableStream<Uint8Array>
    }
  }
  /** The audit as JSON lines, oldest first, with all that its chain is made of */
  readonly 'GET /admin/exports/audit': {
    readonly params: null
    readonly query: {
      readonly actor?: string
      readonly resource?: string
      readonly resource_id?: string
      readonly request_id?: string
      readonly route?: string
      readonly since?: string
      readonly until?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: Blob
    }
  }
  /** Download all products as CSV in Shopify’s format, which an import reads again */
  readonly 'GET /admin/exports/products': {
    readonly params: null
    readonly query: {
      readonly channel?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: Blob
    }
  }
  /** One invoice or credit note with everything that is printed on it */
  readonly 'GET /admin/invoices/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly id: string
        readonly kind: 'invoice' | 'credit_note'
        readonly number: string
        readonly order_id: string
        /** the capture or refund that it documents */
        readonly cause_id: string
        readonly invoice_id: string | null
        /** the local date of the seller */
        readonly issued_on: string
        readonly currency: string
        readonly tax: number
        readonly total: number
        readonly created_at: string
        readonly document: unknown
      }
    }
  }
  /** The trial balance: debits minus credits per account and currency */
  readonly 'GET /admin/ledger/balance': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly account: string
          readonly currency: string
          readonly balance: number
        }[]
      }
    }
  }
  /** One message with what it says */
  readonly 'GET /admin/messages/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly id: string
        readonly kind:
          | 'confirmation'
          | 'receipt'
          | 'shipped'
          | 'delivered'
          | 'canceled'
          | 'refunded'
          | 'cart_abandoned'
          | 'offer'
          | 'payment_due'
          | 'verify_email'
          | 'account_known'
          | 'reset_password'
          | 'account_unknown'
          | 'welcome'
          | 'password_changed'
          | 'staff_reset_password'
          | 'staff_password_changed'
        /** what made it necessary: an order, capture, refund, shipment or account mail */
        readonly cause_id: string
        readonly order_id: string | null
        readonly recipient: string
        readonly subject: string
        readonly attachments: readonly AdminMessageAttachment[]
        readonly state: 'sending' | 'sent' | 'mailbox' | 'failed'
        readonly transport: string
        readonly tries: number
        readonly resends: number
        readonly last_error: string | null
        readonly created_at: string
        readonly sent_at: string | null
        readonly html: string
        readonly text: string
      }
    }
  }
  /** One order with lines, payments, parcels and documents */
  readonly 'GET /admin/orders/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminOrder
    }
  }
  /** Read a price list; its prices have a list of their own */
  readonly 'GET /admin/price-lists/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminPriceList
    }
  }
  /** Read a product; its variants have a list of their own */
  readonly 'GET /admin/products/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminProduct
    }
  }
  /** Read a promotion */
  readonly 'GET /admin/promotions/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminPromotion
    }
  }
  /** Read a shipping option */
  readonly 'GET /admin/shipping-options/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminShippingOption
    }
  }
  /** Read a tax district */
  readonly 'GET /admin/tax-districts/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminTaxDistrict
    }
  }
  /** Read a tax zone */
  readonly 'GET /admin/tax-zones/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminTaxZone
    }
  }
  /** One delivery: what is sent, to the byte, and its last hundred tries */
  readonly 'GET /admin/webhook-deliveries/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly id: string
        readonly endpoint_id: string
        readonly webhook_id: string
        readonly event_id: string
        readonly kind: string
        /** what the order of deliveries is kept for: an order, a stock item */
        readonly aggregate_id: string
        readonly state: 'waiting' | 'delivered' | 'failed'
        readonly tries: number
        readonly next_try_at: string | null
        readonly last_status: number | null
        readonly last_error: string | null
        readonly created_at: string
        readonly delivered_at: string | null
        readonly body: string
        readonly attempts: readonly {
          readonly id: string
          readonly at: string
          readonly duration_ms: number
          readonly status: number | null
          readonly error: string | null
          /** The first 1,000 characters. */
          readonly response: string
        }[]
      }
    }
  }
  /** Read a webhook endpoint */
  readonly 'GET /admin/webhook-endpoints/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminWebhookEndpointEndpoint
    }
  }
  /** Read a cart with its prices and what is missing */
  readonly 'GET /store/carts/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDraftPriced
    }
  }
  /** Who is signed in */
  readonly 'GET /store/customers/me': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: SessionCustomer
    }
  }
  /** Download a file that was bought; each time counts, resuming within an hour does not */
  readonly 'GET /store/downloads/:token': {
    readonly params: {
      readonly token: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: Blob
      readonly 206: Blob
    }
  }
  /** An offer of the shop with its frozen prices */
  readonly 'GET /store/drafts/:token': {
    readonly params: {
      readonly token: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly offer: AdminDraftPriced
        readonly note: string | null
        readonly expires_at: string | null
        readonly order_id: string | null
      }
    }
  }
  /** One order with its parcels and documents, with the token of the order */
  readonly 'GET /store/orders/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly id: string
        readonly number: string | null
        readonly state: string
        readonly payment_state: string
        readonly fulfillment_state: string
        readonly currency: string
        readonly email: string
        readonly shipping_address: AdminLegalEntityAddress | null
        readonly shipping_name: string | null
        readonly coupon_code: string | null
        readonly promotions: readonly AdminDraftPricedPromotion[]
        readonly tax: AdminDraftPricedTax | null
        readonly shipping_taxes: readonly AdminDraftPricedLineTax[]
        readonly lines: readonly OrderLine[]
        /** When it was placed. After edits and cancellations see money. */
        readonly subtotal: number
        /** When it was placed. After edits and cancellations see money. */
        readonly discount_total: number
        /** When it was placed. After edits and cancellations see money. */
        readonly shipping_total: number
        /** When it was placed. After edits and cancellations see money. */
        readonly tax_total: number
        /** When it was placed. After edits and cancellations see money. */
        readonly tax_included: number
        /** When it was placed. After edits and cancellations see money. */
        readonly total: number
        readonly money: OrderMoney
        readonly pay_url: string | null
        readonly created_at: string
        readonly placed_at: string | null
        readonly canceled_at: string | null
        readonly hold_expires_at: string | null
        readonly parcels: readonly OrderParcel[]
        readonly invoices: readonly OrderInvoice[]
        /** What has been given back so far. */
        readonly refunded: number
      }
    }
  }
  /** Read one product with its variants, prices and availability */
  readonly 'GET /store/products/:handle': {
    readonly params: {
      readonly handle: string
    }
    readonly query: {
      /** One of the channel; else its first one. */
      readonly currency?: string
      /** Goes before the Accept-Language header, like `de` or `de-AT`. */
      readonly locale?: string
      /** Prices are those of goods sent there. Else to where the customer of X-Customer-Token has them sent, or to the country of the channel. */
      readonly country?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly id: string
        readonly handle: string
        readonly title: string
        /** HTML of a safe subset. */
        readonly description: string
        readonly vendor: string
        readonly type: string
        readonly tags: readonly string[]
        readonly fields: {
          readonly [name: string]: string | number | boolean
        }
        /** The language that was used. */
        readonly locale: string
        readonly options: readonly {
          readonly name: string
          readonly values: readonly string[]
        }[]
        readonly media: readonly {
          readonly id: string
          readonly url: string
          readonly alt: string
        }[]
        readonly categories: readonly {
          readonly handle: string
          readonly title: string
        }[]
        readonly variants: readonly {
          readonly id: string
          readonly sku: string
          /** Empty when there is nothing to choose. */
          readonly title: string
          readonly barcode: string | null
          readonly option_values: readonly string[]
          readonly requires_shipping: boolean
          readonly weight_g: number
          readonly image_id: string | null
          readonly fields: {
            readonly [name: string]: string | number | boolean
          }
          /** What one unit of a bundle is made of. Empty for anything else. */
          readonly components: readonly AdminPickTaskLine[]
          readonly price: {
            readonly min_quantity: number
            /** What per_units units cost. */
            readonly amount: number
            readonly per_units: number
            readonly compare_at: number | null
            /** Of this amount: tiers may differ in it. */
            readonly prices_include_tax: boolean
            readonly lowest_30d: ProductPriceLowest30d | null
            readonly currency: string
            readonly tiers: readonly {
              readonly min_quantity: number
              /** What per_units units cost. */
              readonly amount: number
              readonly per_units: number
              readonly compare_at: number | null
              /** Of this amount: tiers may differ in it. */
              readonly prices_include_tax: boolean
            }[]
          } | null
          readonly available: boolean
          readonly available_quantity: number
        }[]
        readonly available: boolean
      }
    }
  }
  /** How large a file that was bought is, without downloading it */
  readonly 'HEAD /store/downloads/:token': {
    readonly params: {
      readonly token: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: null
    }
  }
  /** Change a category or move it under another one */
  readonly 'PATCH /admin/categories/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly title?: string
      readonly handle?: string
      readonly parent_id?: string | null
      readonly position?: number
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCategory2
    }
  }
  /** Change a channel: fields that are not sent stay; lists are replaced whole */
  readonly 'PATCH /admin/channels/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly name?: string
      readonly currencies?: readonly string[]
      readonly countries?: readonly string[]
      /** Prices are shown for it until the buyer says where it goes. */
      readonly default_country?: string
      readonly locale?: string
      readonly storefront_url?: string
      readonly reply_to?: string
      readonly payment_providers?: readonly string[]
      /** later takes the money when a parcel leaves, where the provider can do that */
      readonly capture?: 'now' | 'later'
      readonly locations?: readonly string[]
      /** Of each item at each location so many are left to the other channels */
      readonly safety?: number
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminChannel
    }
  }
  /** Change a collection: new rules hold for all products when this is answered */
  readonly 'PATCH /admin/collections/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly title?: string
      readonly handle?: string
      readonly description?: string
      readonly matching?: 'all' | 'any'
      /** field: title, vendor, type, tag, category, price, stock, created, published, or `fields.<key>` for a field of the shop */
      readonly rules?: readonly AdminCollectionInputRule[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCollection
    }
  }
  /** Change a coupon: fields that are not sent stay; `archived` ends or revives it */
  readonly 'PATCH /admin/coupons/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      /** 10 % is 100000 */
      readonly rate_ppm?: number
      readonly currency?: string | null
      readonly min_subtotal?: number
      readonly channel_id?: string | null
      readonly starts_at?: string | null
      readonly ends_at?: string | null
      readonly usage_limit?: number | null
      readonly archived?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCoupon
    }
  }
  /** Rename a customer group or a segment; its code, members and prices stay */
  readonly 'PATCH /admin/customer-groups/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly name: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCustomerGroup
    }
  }
  /** Change a segment; its rules are replaced whole, and its members are reckoned anew */
  readonly 'PATCH /admin/customer-segments/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      /** the one that was edited */
      readonly version: number
      readonly name?: string
      readonly match?: 'all' | 'any'
      readonly rules?: readonly (
        | AdminCustomerSegmentRule
        | AdminCustomerSegmentRule2
        | AdminCustomerSegmentRule3
        | AdminCustomerSegmentRule4
        | AdminCustomerSegmentRule5
        | AdminCustomerSegmentRule6
        | AdminCustomerSegmentRule7
        | AdminCustomerSegmentRule8
        | AdminCustomerSegmentRule9
        | {
            readonly kind: 'account'
            /** true turns the rule round */
            readonly not?: boolean
          }
      )[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCustomerSegment
    }
  }
  /** Change a customer: fields that are not sent stay; group_ids is replaced whole */
  readonly 'PATCH /admin/customers/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly name?: string
      readonly phone?: string | null
      readonly group_ids?: readonly string[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCustomer
    }
  }
  /** Change a file for those who buy it from now on */
  readonly 'PATCH /admin/digital-files/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly name?: string
      readonly downloads_max?: number | null
      readonly valid_days?: number | null
      readonly archived?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDigitalFile
    }
  }
  /** Give a buyer more time or downloads of one file, or take the right to it away */
  readonly 'PATCH /admin/downloads/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly expires_at?: string | null
      readonly downloads_max?: number | null
      readonly revoked?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDownload
    }
  }
  /** Change a draft; lines are replaced whole. What was sent must be sent anew */
  readonly 'PATCH /admin/drafts/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      /** Of the draft as it was seen. When it was changed meanwhile: 409. */
      readonly version: number
      readonly customer_id?: string | null
      readonly email?: string | null
      readonly phone?: string | null
      readonly tax_id?: string | null
      readonly shipping_address?: AdminDraftInputShippingAddress | null
      readonly billing_address?: AdminDraftInputShippingAddress | null
      readonly shipping_option_id?: string | null
      readonly shipping_amount?: number | null
      /** Off the goods together. */
      readonly discount?: number
      readonly discount_reason?: string
      readonly note?: string | null
      readonly lines?: readonly AdminDraftInputLine[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDraft
    }
  }
  /** Change name, address, tax numbers, taxes; documents already written keep theirs */
  readonly 'PATCH /admin/legal-entities/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly name?: string
      readonly tax_ids?: readonly AdminLegalEntityTaxId[]
      readonly tax?: AdminLegalEntityInputTax
      readonly address?: AdminDraftInputShippingAddress
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminLegalEntity
    }
  }
  /** Change a location: fields that are not sent stay */
  readonly 'PATCH /admin/locations/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly name?: string
      readonly priority?: number
      readonly address?: AdminDraftInputShippingAddress
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminLocation
    }
  }
  /** Change a price list: fields that are not sent stay; `archived` ends or revives it */
  readonly 'PATCH /admin/price-lists/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly name?: string
      readonly prices_include_tax?: boolean
      readonly channel_id?: string | null
      readonly customer_group_id?: string | null
      readonly countries?: readonly string[] | null
      readonly starts_at?: string | null
      readonly ends_at?: string | null
      readonly priority?: number
      readonly archived?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminPriceList
    }
  }
  /** Change a product: fields that are not sent stay; `state: archived` ends its sale */
  readonly 'PATCH /admin/products/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly title?: string
      readonly handle?: string
      readonly description?: string
      readonly vendor?: string
      readonly type?: string
      readonly tags?: readonly string[]
      readonly state?: 'draft' | 'active' | 'archived'
      readonly options?: readonly string[]
      /** By their keys; null takes a value away, fields that are not named stay. */
      readonly fields?: {
        readonly [name: string]: string | number | boolean | null
      }
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminProduct
    }
  }
  /** Change a promotion: fields that are not sent stay; `archived` ends or revives it */
  readonly 'PATCH /admin/promotions/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly name?: string
      readonly class?: 'product' | 'order' | 'shipping'
      /** Two promotions go together when each names the class of the other. */
      readonly combines_with?: readonly ('product' | 'order' | 'shipping')[]
      readonly priority?: number
      readonly effect?:
        | AdminPromotionEffect
        | AdminPromotionEffect2
        | AdminPromotionEffect3
        | AdminPromotionEffect4
        | AdminPromotionEffect5
        | AdminPromotionEffect6
        | AdminPromotionEffect7
      readonly conditions?: AdminPromotionConditions
      readonly currency?: string | null
      readonly starts_at?: string | null
      readonly ends_at?: string | null
      readonly usage_limit?: number | null
      readonly buyer_limit?: number | null
      readonly budget?: number | null
      readonly archived?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminPromotion
    }
  }
  /** Change a shipping option: fields that are not sent stay; `rates` replaces the table */
  readonly 'PATCH /admin/shipping-options/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly zone_id?: string
      readonly name?: string
      readonly description?: string
      readonly tax_category?: string
      readonly services?: readonly string[]
      readonly days_min?: number
      readonly days_max?: number
      readonly position?: number
      readonly rates?: readonly AdminShippingOptionRate[]
      readonly archived?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminShippingOption
    }
  }
  /** Change a shipping zone: fields that are not sent stay */
  readonly 'PATCH /admin/shipping-zones/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly name?: string
      readonly countries?: readonly string[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminShippingZone
    }
  }
  /** Gives another role, disables or enables */
  readonly 'PATCH /admin/staff/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly role?: string
      readonly disabled?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminStaff
    }
  }
  /** Change a variant; `archived: true` ends its sale */
  readonly 'PATCH /admin/variants/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly option_values?: readonly string[]
      readonly barcode?: string | null
      readonly tax_category?: string
      readonly taxable?: boolean
      readonly requires_shipping?: boolean
      readonly weight_g?: number
      readonly hs_code?: string | null
      readonly image_url?: string | null
      readonly position?: number
      /** By their keys; null takes a value away, fields that are not named stay. */
      readonly fields?: {
        readonly [name: string]: string | number | boolean | null
      }
      readonly archived?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminVariant
    }
  }
  /** Change a webhook endpoint; enabling it begins anew. Fields that are not sent stay */
  readonly 'PATCH /admin/webhook-endpoints/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly url?: string
      readonly description?: string
      readonly kinds?: readonly string[]
      readonly channel_ids?: readonly string[] | null
      readonly order_states?:
        | readonly ('pending' | 'placed' | 'canceled' | 'superseded' | 'closed')[]
        | null
      readonly enabled?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminWebhookEndpointEndpoint
    }
  }
  /** Set e-mail, addresses, tax number, shipping option or coupon; null empties a field */
  readonly 'PATCH /store/carts/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly email?: string | null
      readonly phone?: string | null
      readonly shipping_address?: AdminDraftInputShippingAddress | null
      readonly billing_address?: AdminDraftInputShippingAddress | null
      readonly shipping_option_id?: string | null
      readonly coupon_code?: string | null
      /** All codes of the cart, in place of those it has. */
      readonly coupon_codes?: readonly string[]
      readonly tax_id?: string | null
      /** The buyer wants a mail when the cart is left behind. */
      readonly accepts_reminders?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDraftPriced
    }
  }
  /** Change name or phone number; what is not sent stays */
  readonly 'PATCH /store/customers/me': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly name?: string
      readonly phone?: string | null
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: SessionCustomer
    }
  }
  /** Follow such a link: set the new password, which ends all sessions */
  readonly 'POST /admin/password-resets/confirmation': {
    readonly params: null
    readonly query: null
    readonly body: AdminConfirmationInput
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Why this price: every rule that was tried for a buyer, now or later, hit or missed */
  readonly 'POST /admin/prices/explain': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly channel_id: string
      /** ISO 4217 */
      readonly currency: string
      readonly variant_id: string
      readonly quantity?: number
      readonly customer_group_ids?: readonly string[]
      readonly country?: string
      readonly region?: string | null
      readonly coupon_code?: string | null
      /** Now or later; without one it is now. */
      readonly at?: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly price_list_id: string | null
        readonly unit_price: number | null
        readonly per_units: number | null
        readonly subtotal: number
        readonly discount: number
        readonly tax: number
        readonly tax_included: number
        readonly total: number
        readonly problems: readonly string[]
        readonly why: readonly AdminExplainWhy[]
      }
    }
  }
  /** Shows the second factor: opens the session that waits for it, under a new token */
  readonly 'POST /admin/second-factor/code': {
    readonly params: null
    readonly query: null
    readonly body: AdminCodeInput
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminMe
    }
  }
  /** Sends the first code back: from now on the factor counts */
  readonly 'POST /admin/second-factor/confirm': {
    readonly params: null
    readonly query: null
    readonly body: AdminCodeInput
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        /** Told once. Each opens once, in place of a code of the app. */
        readonly recovery_codes: readonly string[]
      }
    }
  }
  /** New recovery codes in place of all others */
  readonly 'POST /admin/second-factor/recovery-codes': {
    readonly params: null
    readonly query: null
    readonly body: AdminCodeInput
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        /** Told once. Each opens once, in place of a code of the app. */
        readonly recovery_codes: readonly string[]
      }
    }
  }
  /** Takes the second factor of whoever asks away */
  readonly 'POST /admin/second-factor/remove': {
    readonly params: null
    readonly query: null
    readonly body: AdminCodeInput
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Follow the link of a sign-up: the account is open, and the customer signed in */
  readonly 'POST /store/customers/verification': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly token: string
      /** Of the cart that was filled before: what is in it goes into that of the customer. */
      readonly cart_token?: string
      readonly device?: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 201: Session
    }
  }
  /** Follow such a link: set the new password, which ends all sessions */
  readonly 'POST /store/password-resets/confirmation': {
    readonly params: null
    readonly query: null
    readonly body: AdminConfirmationInput
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** A new token for this session, which goes on; the old one ends within a minute */
  readonly 'POST /store/session/renewal': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: Renewal
    }
  }
  /** Define a field, or change it: from the next request on it is shown and filtered by */
  readonly 'PUT /admin/fields/:key': {
    readonly params: {
      readonly key: string
    }
    readonly query: null
    readonly body: {
      readonly owner: 'product' | 'variant'
      readonly name: string
      readonly type: 'text' | 'number' | 'boolean' | 'date' | 'choice' | 'money' | 'reference'
      readonly choices?: readonly string[]
      readonly currency?: string | null
      readonly refers_to?: 'product' | 'category' | 'collection' | null
      /** New products must have it. */
      readonly required?: boolean
      readonly translatable?: boolean
      /** A facet of the search, and a filter of it and of lists. */
      readonly filterable?: boolean
      readonly position?: number
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminField
    }
  }
  /** Change the own password; every other session ends */
  readonly 'PUT /admin/me/password': {
    readonly params: null
    readonly query: null
    readonly body: AdminPasswordInput
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Makes a role or replaces what it may do */
  readonly 'PUT /admin/roles/:code': {
    readonly params: {
      readonly code: string
    }
    readonly query: null
    readonly body: {
      readonly name: string
      readonly permissions: readonly (
        | 'catalog:read'
        | 'catalog:write'
        | 'prices:read'
        | 'prices:write'
        | 'stock:read'
        | 'stock:write'
        | 'orders:read'
        | 'orders:write'
        | 'payments:write'
        | 'shipping:read'
        | 'shipping:write'
        | 'customers:read'
        | 'customers:write'
        | 'customers:export'
        | 'customers:erase'
        | 'messages:read'
        | 'messages:write'
        | 'ledger:read'
        | 'events:read'
        | 'audit:read'
        | 'exceptions:read'
        | 'exceptions:write'
        | 'settings:read'
        | 'settings:write'
        | 'staff:write'
        | 'webhooks:read'
        | 'webhooks:write'
      )[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminRole
    }
  }
  /** Replace a tax district with its places and rates */
  readonly 'PUT /admin/tax-districts/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: AdminTaxDistrictInput
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminTaxDistrict
    }
  }
  /** Load a set of tax rates; zones that are there stay, unless replace is true */
  readonly 'PUT /admin/tax-presets/:name': {
    readonly params: {
      readonly name: string
    }
    readonly query: null
    readonly body: {
      readonly replace?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly made: number
        readonly replaced: number
        readonly left: number
      }
    }
  }
  /** Go back to the default */
  readonly 'DELETE /admin/message-templates/:kind/:locale': {
    readonly params: {
      readonly kind:
        | 'confirmation'
        | 'receipt'
        | 'shipped'
        | 'delivered'
        | 'canceled'
        | 'refunded'
        | 'cart_abandoned'
        | 'offer'
        | 'payment_due'
        | 'verify_email'
        | 'account_known'
        | 'reset_password'
        | 'account_unknown'
        | 'welcome'
        | 'password_changed'
        | 'staff_reset_password'
        | 'staff_password_changed'
      readonly locale: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Takes the second factor away from somebody who has lost it, and signs them out */
  readonly 'DELETE /admin/staff/:id/second-factor': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** The link that brings a buyer back to their cart, for a mail of your own */
  readonly 'GET /admin/carts/:id/recovery': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        /** For POST /store/cart-recoveries. */
        readonly recovery_token: string
        readonly url: string
        readonly expires_at: string
      }
    }
  }
  /** Whether carts of a channel hold goods before they are ordered: not without a rule */
  readonly 'GET /admin/channels/:id/cart-holds': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCartHold
    }
  }
  /** When a cart of a channel counts as left behind, and whether its buyer is written to */
  readonly 'GET /admin/channels/:id/cart-watch': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCartWatch
    }
  }
  /** Which orders of a channel are held for review by themselves */
  readonly 'GET /admin/channels/:id/review-rules': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminReviewRule
    }
  }
  /** What a customer said about being written to, the newest first */
  readonly 'GET /admin/customers/:id/consents': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminConsent
    }
  }
  /** Everything that the shop knows about a customer, as JSON */
  readonly 'GET /admin/customers/:id/export': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: unknown
    }
  }
  /** The PDF of an invoice or credit note */
  readonly 'GET /admin/invoices/:id/pdf': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: Blob
    }
  }
  /** A template of the shop, or the default when there is none */
  readonly 'GET /admin/message-templates/:kind/:locale': {
    readonly params: {
      readonly kind:
        | 'confirmation'
        | 'receipt'
        | 'shipped'
        | 'delivered'
        | 'canceled'
        | 'refunded'
        | 'cart_abandoned'
        | 'offer'
        | 'payment_due'
        | 'verify_email'
        | 'account_known'
        | 'reset_password'
        | 'account_unknown'
        | 'welcome'
        | 'password_changed'
        | 'staff_reset_password'
        | 'staff_password_changed'
      readonly locale: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly kind:
          | 'confirmation'
          | 'receipt'
          | 'shipped'
          | 'delivered'
          | 'canceled'
          | 'refunded'
          | 'cart_abandoned'
          | 'offer'
          | 'payment_due'
          | 'verify_email'
          | 'account_known'
          | 'reset_password'
          | 'account_unknown'
          | 'welcome'
          | 'password_changed'
          | 'staff_reset_password'
          | 'staff_password_changed'
        readonly locale: string
        readonly source: 'shop' | 'default'
        /** false: not sent at all in this locale */
        readonly enabled: boolean
        /** 0 when it is the default */
        readonly version: number
        readonly updated_at: string | null
        readonly updated_by: string | null
        readonly subject: string
        readonly mjml: string
        readonly text: string
      }
    }
  }
  /** The HTML of a message as a page, without scripts */
  readonly 'GET /admin/messages/:id/html': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: Blob
    }
  }
  /** The files an order was granted, one entry per unit and file */
  readonly 'GET /admin/orders/:id/downloads': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminDownload[]
        readonly next_cursor: string | null
      }
    }
  }
  /** What is still to be done for an order by itself, and jobs at it: none when it rests */
  readonly 'GET /admin/orders/:id/effects': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly kind: string
          readonly cause_id: string
          readonly state: 'waiting' | 'failed'
          readonly tries: number
          readonly due_at: string
          readonly next_try_at: string
          readonly last_error: string | null
        }[]
        readonly jobs: number
      }
    }
  }
  /** What staff have written about an order, newest first; buyers see it in their export alone */
  readonly 'GET /admin/orders/:id/notes': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly author: string
          readonly author_name: string | null
          readonly content: string
          readonly at: string
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Everything that happened to an order, oldest first: who, why, money and stock */
  readonly 'GET /admin/orders/:id/timeline': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly at: string
          /** What happened to what, as in order.placed */
          readonly kind: string
          readonly subject: string
          readonly subject_id: string
          readonly order_id: string
          /** system, shopper, staff:<id>, key:<id> or provider:<name> */
          readonly actor: string
          readonly cause_id: string | null
          /** Each kind has fields of its own; new ones may come. */
          readonly detail: {
            readonly [name: string]: unknown
          }
          /** Of a change for which somebody has given one. */
          readonly reason?: string
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List the prices of a list, by variant and quantity */
  readonly 'GET /admin/price-lists/:id/prices': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly variant_id?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly variant_id: string
          readonly min_quantity: number
          readonly amount: number
          readonly per_units: number
          readonly compare_at: number | null
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List the variants of a product in their order, archived ones too */
  readonly 'GET /admin/products/:id/variants': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminVariant[]
        readonly next_cursor: string | null
      }
    }
  }
  /** List the codes of a promotion, oldest first, with how often each was used */
  readonly 'GET /admin/promotions/:id/codes': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      /** of the call that made them */
      readonly batch_id?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminCode[]
        readonly next_cursor: string | null
      }
    }
  }
  /** All codes of a promotion as a CSV file */
  readonly 'GET /admin/promotions/:id/codes.csv': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: Blob
    }
  }
  /** Orders that used a promotion, with what it took off each */
  readonly 'GET /admin/promotions/:id/uses': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          /** of the order */
          readonly id: string
          readonly number: string | null
          readonly state: string
          readonly code: string | null
          readonly currency: string | null
          readonly amount: number
          readonly released_at: string | null
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** The label of a parcel, as PDF */
  readonly 'GET /admin/shipments/:id/label': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: Blob
    }
  }
  /** Read the texts of one thing in all languages */
  readonly 'GET /admin/translations/:subject/:id': {
    readonly params: {
      readonly subject: 'product' | 'category' | 'collection' | 'field'
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminTranslation[]
      }
    }
  }
  /** The files that come with a variant */
  readonly 'GET /admin/variants/:id/files': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminFile
    }
  }
  /** What a variant cost before, the newest first: each price with when it held */
  readonly 'GET /admin/variants/:id/past-prices': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly price_list_id: string
          readonly price_list: string
          readonly min_quantity: number
          readonly amount: number
          readonly per_units: number
          readonly compare_at: number | null
          readonly since: string | null
          readonly until: string
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** The log of an endpoint, the newest first; it is kept for 30 days */
  readonly 'GET /admin/webhook-endpoints/:id/deliveries': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
      readonly state?: 'waiting' | 'delivered' | 'failed'
      readonly kind?: string
      readonly aggregate_id?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly endpoint_id: string
          readonly webhook_id: string
          readonly event_id: string
          readonly kind: string
          /** what the order of deliveries is kept for: an order, a stock item */
          readonly aggregate_id: string
          readonly state: 'waiting' | 'delivered' | 'failed'
          readonly tries: number
          readonly next_try_at: string | null
          readonly last_status: number | null
          readonly last_error: string | null
          readonly created_at: string
          readonly delivered_at: string | null
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** What this endpoint would be sent of the last events, and why not of the others */
  readonly 'GET /admin/webhook-endpoints/:id/dry-run': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly last?: number
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly webhook_id: string
          readonly kind: string
          readonly at: string
          readonly sent: boolean
          readonly miss: 'kind' | 'channel' | 'order_state' | null
          readonly body: string | null
        }[]
      }
    }
  }
  /** The replays of an endpoint, the newest first, and how far they have come */
  readonly 'GET /admin/webhook-endpoints/:id/replays': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminReplay[]
        readonly next_cursor: string | null
      }
    }
  }
  /** Why does it cost this much? Every rule that was tried, hit or missed */
  readonly 'GET /store/carts/:id/why': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly rules: readonly AdminExplainWhy[]
        readonly lines: readonly {
          readonly line_id: string
          readonly rules: readonly AdminExplainWhy[]
        }[]
      }
    }
  }
  /** The address book, the oldest first */
  readonly 'GET /store/customers/me/addresses': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly AdminCustomerAddress[]
        readonly next_cursor: string | null
      }
    }
  }
  /** The cart that the customer is filling, in this channel, with its token */
  readonly 'GET /store/customers/me/cart': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly open: CartRecovery | null
      }
    }
  }
  /** What the customer said about being written to, the newest first: the last one counts */
  readonly 'GET /store/customers/me/consents': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminConsent
    }
  }
  /** Everything that the shop knows about the customer, as JSON */
  readonly 'GET /store/customers/me/export': {
    readonly params: null
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: unknown
    }
  }
  /** What the customer has ordered, the newest first; as a guest too, with this address */
  readonly 'GET /store/customers/me/orders': {
    readonly params: null
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly number: string | null
          readonly state: string
          readonly payment_state: string
          readonly fulfillment_state: string
          readonly currency: string
          readonly total: number
          readonly units: number
          readonly created_at: string
          readonly placed_at: string | null
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** The files of an order with fresh links, with the token of the order */
  readonly 'GET /store/orders/:id/downloads': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly limit?: number
      /** next_cursor of a page */
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly items: readonly {
          readonly id: string
          readonly line_id: string
          /** Which unit of the line it is for, from 1 on */
          readonly unit: number
          readonly name: string
          readonly media_type: string
          readonly bytes: number
          readonly state: 'open' | 'used_up' | 'expired' | 'revoked'
          readonly granted_at: string
          readonly expires_at: string | null
          readonly downloads: number
          readonly downloads_max: number | null
          readonly path: string | null
          readonly path_expires_at: string | null
        }[]
        readonly next_cursor: string | null
      }
    }
  }
  /** What happens to one order, live; for EventSource the token goes into the query */
  readonly 'GET /store/orders/:id/events': {
    readonly params: {
      readonly id: string
    }
    readonly query: {
      readonly token?: string
      readonly after?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: ReadableStream<Uint8Array>
    }
  }
  /** Correct where an order goes, until a label is bought; a label that failed is retried */
  readonly 'PATCH /admin/orders/:id/address': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      /** Of the order as it was seen. When it was changed meanwhile: 409. */
      readonly version: number
      readonly email?: string
      readonly phone?: string | null
      readonly shipping_address?: AdminDraftInputShippingAddress
      readonly billing_address?: AdminDraftInputShippingAddress
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminOrder
    }
  }
  /** Take everything personal out; ledgers stay, and invoices as the law asks */
  readonly 'POST /admin/customers/:id/erase': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        /** So many orders name nobody any more. */
        readonly orders: number
        /** Documents that still name the customer. */
        readonly kept: readonly {
          readonly id: string
          readonly kind: string
          readonly number: string
          readonly order_id: string
          readonly issued_on: string
        }[]
      }
    }
  }
  /** A token with which a storefront makes carts in the name of this customer */
  readonly 'POST /admin/customers/:id/token': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly valid_s?: number
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: Renewal
    }
  }
  /** Give a draft up: its link shows nothing, held goods are free */
  readonly 'POST /admin/drafts/:id/cancel': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDraft
    }
  }
  /** Place a draft whose money was taken by hand: cash, a transfer that was seen */
  readonly 'POST /admin/drafts/:id/place': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      /** priced.total as it was seen. */
      readonly expected_total: number
      readonly provider?: string
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminOrder
    }
  }
  /** Freeze the prices and get the link on which the buyer pays */
  readonly 'POST /admin/drafts/:id/send': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      /** Of the draft as it was seen. When it was changed meanwhile: 409. */
      readonly version: number
      readonly expires_at: string
      /** Holds the goods until then; else they are held when they are paid. */
      readonly hold_until?: string | null
      /** Whether the buyer is sent the link by mail. */
      readonly tell_buyer?: boolean
    }
    readonly idempotent: true
    readonly replies: {
      readonly 200: AdminDraft
    }
  }
  /** Close it: a person has seen to it */
  readonly 'POST /admin/exceptions/:id/dismiss': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly dismissed: boolean
      }
    }
  }
  /** Try again now */
  readonly 'POST /admin/exceptions/:id/retry': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 202: {
        readonly retried: boolean
      }
    }
  }
  /** Makes a key in place of this one, which ends after an overlap */
  readonly 'POST /admin/keys/:id/rotate': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly overlap_minutes?: number
      readonly expires_at?: string | null
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminKey2
    }
  }
  /** Send a message again, the same words to the same address */
  readonly 'POST /admin/messages/:id/resend': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: true
    readonly replies: {
      readonly 200: AdminMessage
    }
  }
  /** Cancel an order whole or in part: stock and money go back */
  readonly 'POST /admin/orders/:id/cancel': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly lines?: readonly {
        readonly line_id: string
        readonly quantity: number
      }[]
      readonly reason?: string
    }
    readonly idempotent: true
    readonly replies: {
      readonly 200: AdminOrder
    }
  }
  /** Change goods, prices, shipping or address of a placed order */
  readonly 'POST /admin/orders/:id/edits': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: AdminEditInput
    readonly idempotent: true
    readonly replies: {
      readonly 200: AdminOrder
    }
  }
  /** Hold an order for review: nothing is sent until it is released */
  readonly 'POST /admin/orders/:id/hold': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly reason: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminOrder
    }
  }
  /** Write a note about an order for other staff */
  readonly 'POST /admin/orders/:id/notes': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly content: string
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminLegalEntity2
    }
  }
  /** Record money that was paid by hand: what the order still asks for */
  readonly 'POST /admin/orders/:id/payments': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      /** money.to_collect as it was seen. */
      readonly expected_total: number
      readonly provider?: string
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminOrder
    }
  }
  /** Give money back, up to what was captured */
  readonly 'POST /admin/orders/:id/refunds': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly amount: number
      readonly reason?: string
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminOrder
    }
  }
  /** Let an order go that was held for review: what waited is sent */
  readonly 'POST /admin/orders/:id/release': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminOrder
    }
  }
  /** Give back what the buyer has paid too much and was kept so far */
  readonly 'POST /admin/orders/:id/settle': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: true
    readonly replies: {
      readonly 200: AdminOrder
    }
  }
  /** Add variants with their stock items and prices: all of them or none */
  readonly 'POST /admin/products/:id/variants': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly variants: readonly AdminProductInputVariant[]
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: {
        readonly items: readonly AdminVariant[]
      }
    }
  }
  /** Make up to 10,000 codes: those that are named, or as many as are to be drawn */
  readonly 'POST /admin/promotions/:id/codes': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly codes?: readonly string[]
      readonly draw?: {
        readonly count: number
        readonly prefix?: string
        readonly length?: number
      }
      readonly usage_limit?: number | null
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: {
        readonly batch_id: string
        readonly codes: number
      }
    }
  }
  /** A parcel has arrived */
  readonly 'POST /admin/shipments/:id/deliver': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminOrder
    }
  }
  /** A parcel has left the house */
  readonly 'POST /admin/shipments/:id/ship': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminOrder
    }
  }
  /** Send one again, with the same webhook-id and all tries before it */
  readonly 'POST /admin/webhook-deliveries/:id/replay': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: true
    readonly replies: {
      readonly 202: {
        readonly replayed: boolean
      }
    }
  }
  /** Send a test, once and also while it is disabled; see its deliveries */
  readonly 'POST /admin/webhook-endpoints/:id/ping': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: true
    readonly replies: {
      readonly 202: {
        /** of the ping, as the log has it */
        readonly event_id: string
      }
    }
  }
  /** Send what happened since a moment: what was missed or given up, or everything */
  readonly 'POST /admin/webhook-endpoints/:id/replay': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly since: string
      readonly everything?: boolean
    }
    readonly idempotent: true
    readonly replies: {
      readonly 202: AdminReplay
    }
  }
  /** Sign with a new secret; the one before signs beside it for a while */
  readonly 'POST /admin/webhook-endpoints/:id/rotate-secret': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      /** A day when not sent. */
      readonly previous_valid_s?: number
    }
    readonly idempotent: true
    readonly replies: {
      readonly 200: AdminWebhookEndpoint
    }
  }
  /** Order a cart and pay it */
  readonly 'POST /store/carts/:id/complete': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      /** The total the buyer saw. Another one is answered with 409 and nothing happens. */
      readonly expected_total: number
      readonly payment: OrderInputPayment
      readonly note?: string | null
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: Order
      readonly 202: Order
    }
  }
  /** Put something into a cart; the same variant again adds to its line */
  readonly 'POST /store/carts/:id/lines': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: CartInputLine
    readonly idempotent: true
    readonly replies: {
      readonly 200: AdminDraftPriced
    }
  }
  /** Put an address into the book; it is checked for its country */
  readonly 'POST /store/customers/me/addresses': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly address: AdminDraftInputShippingAddress
      readonly default_shipping?: boolean
      readonly default_billing?: boolean
    }
    readonly idempotent: true
    readonly replies: {
      readonly 201: AdminCustomerAddress
    }
  }
  /** Delete the account and all that is personal; invoices are kept, as the law asks */
  readonly 'POST /store/customers/me/erasure': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly password: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Change the password; every other session ends */
  readonly 'POST /store/customers/me/password': {
    readonly params: null
    readonly query: null
    readonly body: AdminPasswordInput
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Order and pay an offer of the shop */
  readonly 'POST /store/drafts/:token/complete': {
    readonly params: {
      readonly token: string
    }
    readonly query: null
    readonly body: CompleteInput
    readonly idempotent: true
    readonly replies: {
      readonly 201: Order
      readonly 202: Order
    }
  }
  /** The buyer is still paying: the goods wait for them longer, an hour in all at most */
  readonly 'POST /store/orders/:id/hold': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly hold_expires_at: string
      }
    }
  }
  /** Pay an order that waits, after a decline */
  readonly 'POST /store/orders/:id/payments': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: CompleteInput
    readonly idempotent: true
    readonly replies: {
      readonly 201: Order
      readonly 202: Order
    }
  }
  /** Go on after 3-D Secure, an approval window or a bank page */
  readonly 'POST /store/payments/:id/continue': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      /** What the provider's script handed to the browser. */
      readonly answer?: {
        readonly [name: string]: unknown
      }
    }
    readonly idempotent: false
    readonly replies: {
      readonly 201: Order
      readonly 202: Order
    }
  }
  /** Let carts hold scarce goods for some minutes; no rules switch it off */
  readonly 'PUT /admin/channels/:id/cart-holds': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: AdminCartHold
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCartHold
    }
  }
  /** Set when a cart counts as left behind, and whether its buyer is written to */
  readonly 'PUT /admin/channels/:id/cart-watch': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: AdminCartWatch
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCartWatch
    }
  }
  /** Hold orders for review by themselves: large ones, large first ones, other addresses */
  readonly 'PUT /admin/channels/:id/review-rules': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: AdminReviewRule
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminReviewRule
    }
  }
  /** Record what a customer has said, on the phone or in a list that is brought in */
  readonly 'PUT /admin/customers/:id/consents': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly contact: 'email' | 'sms'
      readonly granted: boolean
      readonly wording?: string | null
      readonly source?: 'staff' | 'import' | 'unsubscribe'
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminConsent2
    }
  }
  /** Close a file: all parts are there, and its bytes never change from here on */
  readonly 'PUT /admin/digital-files/:id/complete': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly sha256?: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDigitalFile
    }
  }
  /** Save a template; it is checked with a sample order and compiled first */
  readonly 'PUT /admin/message-templates/:kind/:locale': {
    readonly params: {
      readonly kind:
        | 'confirmation'
        | 'receipt'
        | 'shipped'
        | 'delivered'
        | 'canceled'
        | 'refunded'
        | 'cart_abandoned'
        | 'offer'
        | 'payment_due'
        | 'verify_email'
        | 'account_known'
        | 'reset_password'
        | 'account_unknown'
        | 'welcome'
        | 'password_changed'
        | 'staff_reset_password'
        | 'staff_password_changed'
      readonly locale: string
    }
    readonly query: null
    readonly body: {
      readonly subject: string
      readonly mjml: string
      readonly text: string
      readonly enabled: boolean
      /** 0 when it is the default */
      readonly version: number
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        /** 0 when it is the default */
        readonly version: number
      }
    }
  }
  /** The words an order is filed under: exactly these from now on */
  readonly 'PUT /admin/orders/:id/tags': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly tags: readonly string[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly tags: readonly string[]
      }
    }
  }
  /** Set up to 1,000 prices: new ones are added, others take the place of the old */
  readonly 'PUT /admin/price-lists/:id/prices': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly prices: readonly {
        readonly variant_id: string
        readonly min_quantity?: number
        readonly amount: number
        readonly per_units?: number
        readonly compare_at?: number | null
      }[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Replace the categories a product stands in */
  readonly 'PUT /admin/products/:id/categories': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly category_ids: readonly string[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminProduct
    }
  }
  /** Replace the pictures of a product, in this order */
  readonly 'PUT /admin/products/:id/media': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly media: readonly AdminProductInputMedia[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminProduct
    }
  }
  /** Replace all rates of a tax zone */
  readonly 'PUT /admin/tax-zones/:id/rates': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly rates: readonly AdminTaxDistrictInputRate[]
      /** A region: its rates come on top of those of the country. */
      readonly adds?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminTaxZone
    }
  }
  /** Replace the files that come with a variant, in this order */
  readonly 'PUT /admin/variants/:id/files': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly file_ids: readonly string[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminFile
    }
  }
  /** Say that the shop may write, by mail or SMS, or may not any more */
  readonly 'PUT /store/customers/me/consents': {
    readonly params: null
    readonly query: null
    readonly body: {
      readonly contact: 'email' | 'sms'
      readonly granted: boolean
      readonly wording?: string | null
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminConsent2
    }
  }
  /** Stop selling a product in a channel */
  readonly 'DELETE /admin/products/:id/publications/:channel_id': {
    readonly params: {
      readonly id: string
      readonly channel_id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminProduct
    }
  }
  /** Take its texts in one language away */
  readonly 'DELETE /admin/translations/:subject/:id/:locale': {
    readonly params: {
      readonly subject: 'product' | 'category' | 'collection' | 'field'
      readonly id: string
      readonly locale: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Take a line out of a cart */
  readonly 'DELETE /store/carts/:id/lines/:line_id': {
    readonly params: {
      readonly id: string
      readonly line_id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDraftPriced
    }
  }
  /** Take an address out of the book */
  readonly 'DELETE /store/customers/me/addresses/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Why is it 47? Every movement with its balance, and who holds units now */
  readonly 'GET /admin/stock/:item_id/:location_id/why': {
    readonly params: {
      readonly item_id: string
      readonly location_id: string
    }
    readonly query: {
      readonly limit?: number
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly on_hand: number
        readonly movements: readonly {
          readonly id: string
          readonly at: string
          readonly kind: string
          readonly quantity: number
          readonly balance: number
          readonly reason: string
          readonly actor: string
          readonly cause_id: string | null
        }[]
        readonly held: number
        readonly holds: readonly {
          readonly order_id: string
          readonly order_number: string | null
          readonly units: number
          readonly since: string
        }[]
      }
    }
  }
  /** One of these orders, with its token and its page */
  readonly 'GET /store/customers/me/orders/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly id: string
        readonly number: string | null
        readonly state: string
        readonly payment_state: string
        readonly fulfillment_state: string
        readonly currency: string
        readonly email: string
        readonly shipping_address: AdminLegalEntityAddress | null
        readonly shipping_name: string | null
        readonly coupon_code: string | null
        readonly promotions: readonly AdminDraftPricedPromotion[]
        readonly tax: AdminDraftPricedTax | null
        readonly shipping_taxes: readonly AdminDraftPricedLineTax[]
        readonly lines: readonly OrderLine[]
        /** When it was placed. After edits and cancellations see money. */
        readonly subtotal: number
        /** When it was placed. After edits and cancellations see money. */
        readonly discount_total: number
        /** When it was placed. After edits and cancellations see money. */
        readonly shipping_total: number
        /** When it was placed. After edits and cancellations see money. */
        readonly tax_total: number
        /** When it was placed. After edits and cancellations see money. */
        readonly tax_included: number
        /** When it was placed. After edits and cancellations see money. */
        readonly total: number
        readonly money: OrderMoney
        readonly pay_url: string | null
        readonly created_at: string
        readonly placed_at: string | null
        readonly canceled_at: string | null
        readonly hold_expires_at: string | null
        readonly parcels: readonly OrderParcel[]
        readonly invoices: readonly OrderInvoice[]
        /** What has been given back so far. */
        readonly refunded: number
        /** Opens this order: send it as X-Order-Token. */
        readonly token: string
        readonly page_url: string
      }
    }
  }
  /** Change the limit of a code; `archived` ends or revives it */
  readonly 'PATCH /admin/promotions/:id/codes/:code_id': {
    readonly params: {
      readonly id: string
      readonly code_id: string
    }
    readonly query: null
    readonly body: {
      readonly usage_limit?: number | null
      readonly archived?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCode
    }
  }
  /** Set the quantity of a line; zero takes it out */
  readonly 'PATCH /store/carts/:id/lines/:line_id': {
    readonly params: {
      readonly id: string
      readonly line_id: string
    }
    readonly query: null
    readonly body: {
      readonly quantity: number
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminDraftPriced
    }
  }
  /** Change an address; it is replaced whole */
  readonly 'PATCH /store/customers/me/addresses/:id': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly address?: AdminDraftInputShippingAddress
      readonly default_shipping?: boolean
      readonly default_billing?: boolean
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminCustomerAddress
    }
  }
  /** Show a message as it would be sent, with a sample order or one of the shop */
  readonly 'POST /admin/message-templates/:kind/:locale/preview': {
    readonly params: {
      readonly kind:
        | 'confirmation'
        | 'receipt'
        | 'shipped'
        | 'delivered'
        | 'canceled'
        | 'refunded'
        | 'cart_abandoned'
        | 'offer'
        | 'payment_due'
        | 'verify_email'
        | 'account_known'
        | 'reset_password'
        | 'account_unknown'
        | 'welcome'
        | 'password_changed'
        | 'staff_reset_password'
        | 'staff_password_changed'
      readonly locale: string
    }
    readonly query: null
    readonly body: {
      readonly template?: {
        readonly subject: string
        readonly mjml: string
        readonly text: string
      }
      readonly order_id?: string
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly subject: string
        readonly html: string
        readonly text: string
      }
    }
  }
  /** What an edit would come to: money, stock and refusals, and nothing is changed */
  readonly 'POST /admin/orders/:id/edits/preview': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: AdminEditInput
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        /** What it adds to what is due; negative when it takes off. */
        readonly difference: number
        readonly before: AdminPreviewBefore
        readonly after: AdminPreviewBefore
        readonly off: readonly {
          readonly line_id: string | null
          /** Negative when it is put back. */
          readonly quantity: number
          readonly amount: number
          readonly tax: number
        }[]
        readonly added: readonly {
          readonly kind: string
          readonly sku: string
          readonly title: string
          readonly quantity: number
          readonly unit_price: number
          readonly discount: number
          readonly tax: number
          readonly total: number
        }[]
      }
    }
  }
  /** Remove up to 1,000 prices; those that are not there are no mistake */
  readonly 'POST /admin/price-lists/:id/prices/remove': {
    readonly params: {
      readonly id: string
    }
    readonly query: null
    readonly body: {
      readonly prices: readonly {
        readonly variant_id: string
        readonly min_quantity: number
      }[]
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: {
        readonly removed: number
      }
    }
  }
  /** Correct a stock level, with a reason; expected_on_hand makes it compare-and-set */
  readonly 'POST /admin/stock/:item_id/:location_id/adjust': {
    readonly params: {
      readonly item_id: string
      readonly location_id: string
    }
    readonly query: null
    readonly body: {
      readonly change:
        | {
            readonly kind: 'by'
            readonly quantity: number
          }
        | {
            readonly kind: 'count'
            readonly quantity: number
          }
      readonly expected_on_hand?: number
      readonly reason: string
    }
    readonly idempotent: true
    readonly replies: {
      readonly 200: {
        readonly on_hand: number
        readonly held: number
        readonly shortfall: number
      }
    }
  }
  /** Upload a part of a file as bytes, counted from 0, at most 4194304 each */
  readonly 'PUT /admin/digital-files/:id/parts/:n': {
    readonly params: {
      readonly id: string
      /** below 128 */
      readonly n: string
    }
    readonly query: null
    readonly body: Blob | Uint8Array | ArrayBuffer
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Sell a product in a channel, from now or from a moment on */
  readonly 'PUT /admin/products/:id/publications/:channel_id': {
    readonly params: {
      readonly id: string
      readonly channel_id: string
    }
    readonly query: null
    readonly body: {
      readonly published_at?: string | null
    }
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminProduct
    }
  }
  /** Safety stock that is kept back from sale, and how far back-order may go */
  readonly 'PUT /admin/stock/:item_id/:location_id/settings': {
    readonly params: {
      readonly item_id: string
      readonly location_id: string
    }
    readonly query: null
    readonly body: {
      readonly safety: number
      readonly backorder_limit: number
    }
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** Write its texts in one language; what is left out is shown in the next one */
  readonly 'PUT /admin/translations/:subject/:id/:locale': {
    readonly params: {
      readonly subject: 'product' | 'category' | 'collection' | 'field'
      readonly id: string
      readonly locale: string
    }
    readonly query: null
    readonly body: AdminTranslationTexts
    readonly idempotent: false
    readonly replies: {
      readonly 200: AdminTranslation
    }
  }
  /** The channel leaves of this item what it leaves of all */
  readonly 'DELETE /admin/stock/:item_id/:location_id/channels/:channel_id': {
    readonly params: {
      readonly item_id: string
      readonly location_id: string
      readonly channel_id: string
    }
    readonly query: null
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
  /** The PDF of an invoice or credit note, with the token of its order */
  readonly 'GET /store/orders/:id/invoices/:invoice_id/pdf': {
    readonly params: {
      readonly id: string
      readonly invoice_id: string
    }
    readonly query: {
      readonly token?: string
    }
    readonly body: null
    readonly idempotent: false
    readonly replies: {
      readonly 200: Blob
    }
  }
  /** How many a channel leaves to the others here, instead of what it leaves of all items */
  readonly 'PUT /admin/stock/:item_id/:location_id/channels/:channel_id': {
    readonly params: {
      readonly item_id: string
      readonly location_id: string
      readonly channel_id: string
    }
    readonly query: null
    readonly body: {
      readonly safety: number
    }
    readonly idempotent: false
    readonly replies: {
      readonly 204: null
    }
  }
}

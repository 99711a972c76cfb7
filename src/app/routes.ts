// The whole route table. What is not listed here is not served.
import { admin_audit_routes } from '#src/http/admin-audit.ts'
import { admin_cart_routes } from '#src/http/admin-carts.ts'
import { admin_catalog_routes } from '#src/http/admin-catalog.ts'
import { admin_collection_routes } from '#src/http/admin-collections.ts'
import { admin_coupon_routes } from '#src/http/admin-coupons.ts'
import { admin_customer_routes } from '#src/http/admin-customers.ts'
import { admin_delivery_routes } from '#src/http/admin-delivery.ts'
import { admin_draft_routes } from '#src/http/admin-drafts.ts'
import { admin_export_routes } from '#src/http/admin-export.ts'
import { admin_field_routes } from '#src/http/admin-fields.ts'
import { admin_file_routes } from '#src/http/admin-files.ts'
import { admin_group_routes } from '#src/http/admin-groups.ts'
import { admin_invoices_routes } from '#src/http/admin-invoices.ts'
import { admin_key_routes } from '#src/http/admin-keys.ts'
import { admin_message_templates_routes } from '#src/http/admin-message-templates.ts'
import { admin_messages_routes } from '#src/http/admin-messages.ts'
import { admin_operation_routes } from '#src/http/admin-operations.ts'
import { admin_order_care_routes } from '#src/http/admin-order-care.ts'
import { admin_order_edit_routes } from '#src/http/admin-order-edits.ts'
import { admin_order_routes } from '#src/http/admin-orders.ts'
import { admin_password_routes } from '#src/http/admin-passwords.ts'
import { admin_price_history_routes } from '#src/http/admin-price-history.ts'
import { admin_pricing_routes } from '#src/http/admin-pricing.ts'
import { admin_promotion_routes } from '#src/http/admin-promotions.ts'
import { admin_shop_routes } from '#src/http/admin-shop.ts'
import { admin_sign_in_routes } from '#src/http/admin-sign-in.ts'
import { admin_staff_routes } from '#src/http/admin-staff.ts'
import { admin_stock_routes } from '#src/http/admin-stock.ts'
import { admin_tax_districts_routes } from '#src/http/admin-tax-districts.ts'
import { admin_tax_exemptions_routes } from '#src/http/admin-tax-exemptions.ts'
import { admin_tax_presets_routes } from '#src/http/admin-tax-presets.ts'
import { admin_tax_routes } from '#src/http/admin-taxes.ts'
import { admin_translation_routes } from '#src/http/admin-translations.ts'
import { admin_variants_routes } from '#src/http/admin-variants.ts'
import { admin_webhook_routes } from '#src/http/admin-webhook-deliveries.ts'
import { hook_routes } from '#src/http/hooks.ts'
import { live_routes } from '#src/http/live.ts'
import { order_page_routes } from '#src/http/order-page.ts'
import type { Route } from '#src/http/route.ts'
import { store_account_routes } from '#src/http/store-accounts.ts'
import { cart_routes } from '#src/http/store-carts.ts'
import { store_catalog_routes } from '#src/http/store-catalog.ts'
import { checkout_routes } from '#src/http/store-checkout.ts'
import { store_customer_routes } from '#src/http/store-customer.ts'
import { store_download_routes } from '#src/http/store-downloads.ts'
import { store_draft_routes } from '#src/http/store-drafts.ts'
import { store_invoices_routes } from '#src/http/store-invoices.ts'
import { store_media_routes } from '#src/http/store-media.ts'
import { store_order_routes } from '#src/http/store-orders.ts'
import { store_search_routes } from '#src/http/store-search.ts'
import { store_shop_routes } from '#src/http/store-shop.ts'

export const routes: readonly Route[] = [
  ...cart_routes,
  ...checkout_routes,
  ...live_routes,
  ...order_page_routes,
  ...store_account_routes,
  ...store_catalog_routes,
  ...store_draft_routes,
  ...store_customer_routes,
  ...store_download_routes,
  ...store_invoices_routes,
  ...store_media_routes,
  ...store_order_routes,
  ...store_search_routes,
  ...store_shop_routes,
  ...admin_audit_routes,
  ...admin_cart_routes,
  ...admin_catalog_routes,
  ...admin_collection_routes,
  ...admin_field_routes,
  ...admin_translation_routes,
  ...admin_coupon_routes,
  ...admin_customer_routes,
  ...admin_delivery_routes,
  ...admin_draft_routes,
  ...admin_group_routes,
  ...admin_export_routes,
  ...admin_file_routes,
  ...admin_invoices_routes,
  ...admin_message_templates_routes,
  ...admin_messages_routes,
  ...admin_operation_routes,
  ...admin_order_care_routes,
  ...admin_order_edit_routes,
  ...admin_order_routes,
  ...admin_price_history_routes,
  ...admin_pricing_routes,
  ...admin_promotion_routes,
  ...admin_shop_routes,
  ...admin_sign_in_routes,
  ...admin_staff_routes,
  ...admin_password_routes,
  ...admin_key_routes,
  ...admin_stock_routes,
  ...admin_tax_districts_routes,
  ...admin_tax_exemptions_routes,
  ...admin_tax_presets_routes,
  ...admin_tax_routes,
  ...admin_variants_routes,
  ...admin_webhook_routes,
  ...hook_routes,
]

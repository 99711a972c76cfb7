// The whole route table. What is not listed here is not served.
import { admin_catalog_routes } from '#src/http/admin-catalog.ts'
import { admin_invoices_routes } from '#src/http/admin-invoices.ts'
import { admin_message_templates_routes } from '#src/http/admin-message-templates.ts'
import { admin_messages_routes } from '#src/http/admin-messages.ts'
import { admin_staff_routes } from '#src/http/admin-staff.ts'
import { admin_variants_routes } from '#src/http/admin-variants.ts'
import { order_page_routes } from '#src/http/order-page.ts'
import type { Route } from '#src/http/route.ts'
import { cart_routes } from '#src/http/store-carts.ts'
import { store_catalog_routes } from '#src/http/store-catalog.ts'
import { checkout_routes } from '#src/http/store-checkout.ts'
import { store_invoices_routes } from '#src/http/store-invoices.ts'

export const routes: readonly Route[] = [
  ...store_catalog_routes,
  ...cart_routes,
  ...checkout_routes,
  ...store_invoices_routes,
  ...order_page_routes,
  ...admin_staff_routes,
  ...admin_catalog_routes,
  ...admin_variants_routes,
  ...admin_invoices_routes,
  ...admin_messages_routes,
  ...admin_message_templates_routes,
]

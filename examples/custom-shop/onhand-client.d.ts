// Written by "npx onhand client" from the routes of onhand.config: do not edit.
import 'onhand/client'

export type AdminBlockedPostcode = {
  readonly country: string
  readonly prefix: string
  readonly reason: string
}

declare module 'onhand/client' {
  interface Api {
    /** List where our van cannot go */
    readonly 'GET /admin/blocked-postcodes': {
      readonly params: null
      readonly query: null
      readonly body: null
      readonly idempotent: false
      readonly replies: {
        readonly 200: {
          readonly items: readonly AdminBlockedPostcode[]
        }
      }
    }
    /** What lay on the shelves at the end of the last day that was reported */
    readonly 'GET /admin/stock-report': {
      readonly params: null
      readonly query: null
      readonly body: null
      readonly idempotent: false
      readonly replies: {
        readonly 200: {
          readonly items: readonly {
            readonly day: string
            readonly sku: string
            readonly on_hand: number
          }[]
        }
      }
    }
    /** Tell before the checkout whether our van goes somewhere */
    readonly 'GET /store/delivery-check': {
      readonly params: null
      readonly query: {
        readonly country: string
        readonly postal_code: string
      }
      readonly body: null
      readonly idempotent: false
      readonly replies: {
        readonly 200: {
          readonly delivers: boolean
        }
      }
    }
    /** Write the stock report of today now */
    readonly 'POST /admin/stock-report': {
      readonly params: null
      readonly query: null
      readonly body: null
      readonly idempotent: false
      readonly replies: {
        readonly 202: null
      }
    }
    /** Note where our van leaves things for a customer */
    readonly 'PUT /admin/delivery-wishes/:id': {
      readonly params: {
        readonly id: string
      }
      readonly query: null
      readonly body: {
        readonly wish: string
      }
      readonly idempotent: false
      readonly replies: {
        readonly 204: null
      }
    }
    /** Block all postal codes that begin with the prefix */
    readonly 'PUT /admin/blocked-postcodes/:country/:prefix': {
      readonly params: {
        readonly country: string
        readonly prefix: string
      }
      readonly query: null
      readonly body: {
        readonly reason: string
      }
      readonly idempotent: false
      readonly replies: {
        readonly 200: AdminBlockedPostcode
      }
    }
  }
}

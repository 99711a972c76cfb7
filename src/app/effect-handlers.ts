// Which function carries out which effect.

import { recordingOf } from '#src/checkout/desk.ts'
import { fulfillOrder } from '#src/checkout/fulfill-order.ts'
import type { App } from '#src/http/app.ts'
import { issueCreditNote, issueInvoice } from '#src/invoices/issue-invoices.ts'
import { storeInvoicePdf } from '#src/invoices/store-pdf.ts'
import type { EffectHandlers } from '#src/jobs/run-effects.ts'
import type { AttemptId, CaptureId, LabelId, OrderId, RefundId, ShipmentId } from '#src/lib/ids.ts'
import { sendMessage } from '#src/messages/send-message.ts'
import { runCapture, runRefund, runVoid, type Till } from '#src/payments/transfers.ts'
import { buyLabel, voidLabel } from '#src/shipping/buy-label.ts'

export function tillOf({ db, payments, desk, clock }: App): Till {
  return {
    db,
    payments,
    recording: async (tx) => recordingOf(await desk.readBook(tx), desk.timings, clock()),
  }
}

export function effectHandlers(app: App): EffectHandlers {
  const till = tillOf(app)
  const message = sendMessage.bind(null, app)
  return {
    capture: ({ cause_id }) => runCapture(till, cause_id as CaptureId),
    void: ({ cause_id }) => runVoid(till, cause_id as AttemptId),
    refund: ({ cause_id }) => runRefund(till, cause_id as RefundId),
    invoice: (effect) => issueInvoice(app, effect),
    credit_note: (effect) => issueCreditNote(app, effect),
    invoice_pdf: (effect) => storeInvoicePdf(app, effect),
    fulfill: ({ cause_id }) => fulfillOrder(app.db, cause_id as OrderId, app.clock()),
    label: ({ cause_id }) => buyLabel(app.shipping_desk, cause_id as ShipmentId),
    void_label: ({ cause_id }) => voidLabel(app.shipping_desk, cause_id as LabelId),
    message_confirmation: message,
    message_receipt: message,
    message_shipped: message,
    message_delivered: message,
    message_canceled: message,
    message_refunded: message,
  }
}

// The plug-ins that come with Onhand. Each is loaded when it is used: it brings a library or two
// into memory.
import { smtp_settings } from '#plugins/mail-smtp/smtp.ts'
import { razorpay_settings } from '#plugins/payments-razorpay/settings.ts'
import { stripe_settings, stripeKeysProblem } from '#plugins/payments-stripe/settings.ts'
import { easypost_settings } from '#plugins/shipping-easypost/easypost.ts'
import { Secret } from '#src/lib/secret.ts'
import { settingIn } from '#src/lib/settings.ts'
import type { Plugin } from '#src/ports/plugin.ts'

const mail_timeout_ms = 20_000

const mail: Plugin = {
  kind: 'mail',
  title: 'Mail',
  settings: smtp_settings,
  open: async (texts) => {
    const { smtpMailer } = await import('#plugins/mail-smtp/smtp.ts')
    const from = settingIn(texts, 'MAIL_FROM')
    const url = new Secret(settingIn(texts, 'SMTP_URL'))
    return smtpMailer({ url, from, timeout_ms: mail_timeout_ms })
  },
}

const stripe: Plugin = {
  kind: 'payments',
  title: 'Stripe',
  settings: stripe_settings,
  together: stripeKeysProblem,
  open: async (texts, send) => {
    const { readStripeConfig } = await import('#plugins/payments-stripe/settings.ts')
    const { stripePayments } = await import('#plugins/payments-stripe/stripe.ts')
    return stripePayments(readStripeConfig(texts), send)
  },
}

const razorpay: Plugin = {
  kind: 'payments',
  title: 'Razorpay',
  settings: razorpay_settings,
  open: async (texts, send) => {
    const { readRazorpayConfig } = await import('#plugins/payments-razorpay/settings.ts')
    const { razorpayPayments } = await import('#plugins/payments-razorpay/razorpay.ts')
    return razorpayPayments(readRazorpayConfig(texts), send)
  },
}

const manual: Plugin = {
  kind: 'payments',
  title: 'Manual payments',
  settings: [],
  open: async () => {
    const { manualPayments } = await import('#plugins/payments-manual/manual.ts')
    return manualPayments()
  },
}

const easypost: Plugin = {
  kind: 'shipping',
  title: 'EasyPost',
  settings: easypost_settings,
  open: async (texts, send) => {
    const { easypostShipping } = await import('#plugins/shipping-easypost/easypost.ts')
    const settings = {
      api_key: new Secret(settingIn(texts, 'EASYPOST_API_KEY')),
      webhook_secret: new Secret(settingIn(texts, 'EASYPOST_WEBHOOK_SECRET')),
      api_base: settingIn(texts, 'EASYPOST_API_BASE'),
    }
    return easypostShipping(settings, send)
  },
}

/** In the order of the README's table. */
export const own_plugins: readonly Plugin[] = [mail, stripe, razorpay, manual, easypost]

// Is it Stripe that speaks? Decided over the raw bytes, before anything is parsed.
import type { Secret } from '#src/lib/secret.ts'
import { hmacSha256, sameBytes } from '#src/lib/signature.ts'
import type { RawWebhook } from '#src/ports/raw-webhook.ts'

const tolerance_s = 300
/** Two are there while Stripe rolls a secret; more than a few is somebody else's header. */
const signatures_max = 8

export function isFromStripe(raw: RawWebhook, secrets: readonly Secret[]): boolean {
  const parts = (raw.headers['stripe-signature'] ?? '').slice(0, 2_000).split(',')
  const valuesOf = (scheme: string): string[] =>
    parts
      .filter((part) => part.startsWith(`${scheme}=`))
      .map((part) => part.slice(scheme.length + 1))
  const [time, ...more_times] = valuesOf('t')
  if (time === undefined || more_times.length > 0 || !/^\d{1,12}$/.test(time)) return false
  const age_s = Math.floor(raw.received_at.getTime() / 1000) - Number(time)
  if (Math.abs(age_s) > tolerance_s) return false
  const signatures = valuesOf('v1').slice(0, signatures_max)
  return secrets.some((secret) => {
    const expected = hmacSha256(secret.reveal(), `${time}.`, raw.body).toString('hex')
    return signatures.some((signature) => sameBytes(signature, expected))
  })
}

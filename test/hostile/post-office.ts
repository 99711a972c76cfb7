// A mail server that keeps what the shop sends, and how the shop speaks to it.
import { startSmtpSimulator } from '#plugins/mail-smtp/simulator.ts'
import { smtpMailer } from '#plugins/mail-smtp/smtp.ts'
import { Secret } from '#src/lib/secret.ts'
import { atEnd } from '#test/cleanup.ts'

export async function openPostOffice() {
  const office = await startSmtpSimulator({ port: 0, sign_in: null, message_bytes_max: 5_000_000 })
  atEnd(office.close)
  const from = 'Shop <orders@shop.example>'
  return { office, mailer: smtpMailer({ from, url: new Secret(office.url), timeout_ms: 5_000 }) }
}

// Mail over SMTP. A transport is made for each mail, so that an error is always about this mail.
import { Readable } from 'node:stream'
import type { Secret } from '../../src/lib/secret.ts'
import type { Setting } from '../../src/lib/settings.ts'
import { assertNoTransaction } from '../../src/lib/transaction-guard.ts'
import type { Mail, Mailer, MailOutcome } from '../../src/ports/mailer.ts'

export type SmtpConfig = {
  /** `smtp://user:password@host:587`, or `smtps://` for TLS from the first byte. */
  readonly url: Secret
  /** `MAIL_FROM`: its address sends all mails, for SPF and DKIM are published for its domain. */
  readonly from: string
  /** How long one answer of the server may take. */
  readonly timeout_ms: number
}

const checkUrl = (text: string): string | null => {
  if (!URL.canParse(text)) return 'is not a URL'
  const { protocol, hostname } = new URL(text)
  if (protocol !== 'smtp:' && protocol !== 'smtps:') return 'starts with smtp:// or smtps://'
  return hostname === '' ? 'names no host' : null
}
const address = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/
const addressIn = (text: string): string => /^[^<>\r\n]*<([^<>]*)>$/.exec(text)?.[1] ?? text
const checkFrom = (text: string): string | null => {
  return address.test(addressIn(text))
    ? null
    : 'is not a mail address, such as Shop <orders@shop.example>'
}

export const smtp_settings = [
  {
    name: 'SMTP_URL',
    describe: 'The mail server: smtp://user:password@host:587',
    secret: true,
    fallback: null,
    check: checkUrl,
  },
  {
    name: 'MAIL_FROM',
    describe: 'Address that sends all mails: orders@shop.example',
    secret: false,
    fallback: null,
    check: checkFrom,
  },
] as const satisfies readonly Setting[]

/** A password is not sent over an open line, except to this machine. */
function needsTls(url: string): boolean {
  const { protocol, hostname, password } = new URL(url)
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
  return protocol === 'smtp:' && password !== '' && !loopback
}

type SmtpError = Error & {
  readonly code: string
  readonly responseCode?: number
  readonly command?: string
}
const isSmtpError = (error: unknown): error is SmtpError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

const about_this_mail = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])
const sign_in_first = 530

/** 5xx to this mail is for ever; what broke after the text was handed over is unknown. */
function readTrouble(error: SmtpError, handed_over: boolean): MailOutcome {
  const { responseCode = 0, command = '' } = error
  const reason = `${error.code} ${error.message}`.slice(0, 500)
  const is_ours = about_this_mail.has(command)
  if (is_ours && responseCode >= 500 && responseCode !== sign_in_first) {
    return { kind: 'refused', reason }
  }
  if (error.code === 'EENVELOPE' && responseCode === 0) return { kind: 'refused', reason }
  // Larger than the size that the server announced.
  if (error.code === 'EMESSAGE' && responseCode === 0) return { kind: 'refused', reason }
  if (responseCode >= 400 && responseCode < 500) return { kind: 'unavailable', reason }
  return { kind: handed_over ? 'unknown' : 'unavailable', reason }
}

const toMessage = (mail: Mail, from: string) => ({
  messageId: mail.message_id,
  from: { name: mail.sender, address: addressIn(from) },
  // As an object it is one address, whatever it contains.
  replyTo: { name: '', address: mail.reply_to },
  to: { name: '', address: mail.to },
  subject: mail.subject.replace(/[\r\n]+/g, ' '),
  text: mail.text,
  html: mail.html,
  attachments: mail.attachments.map(({ name, media_type, bytes }) => ({
    filename: name,
    contentType: media_type,
    content: Buffer.from(bytes),
  })),
  disableFileAccess: true,
  disableUrlAccess: true,
})

async function send({ url, from, timeout_ms }: SmtpConfig, mail: Mail): Promise<MailOutcome> {
  assertNoTransaction()
  if (!address.test(mail.to)) return { kind: 'refused', reason: 'not a mail address' }
  // Loaded when a mail is sent: most processes only read the settings above.
  const { default: nodemailer } = await import('nodemailer')
  const transport = nodemailer.createTransport({
    url: url.reveal(),
    requireTLS: needsTls(url.reveal()),
    connectionTimeout: timeout_ms,
    greetingTimeout: timeout_ms,
    socketTimeout: timeout_ms,
    dnsTimeout: timeout_ms,
  })
  // The server asks for the text only after it took the envelope. Until somebody reads the
  // stream, nothing can have been delivered.
  let handed_over = false
  transport.use('stream', ({ message }, done) => {
    const readText = message.createReadStream.bind(message)
    message.createReadStream = () =>
      Readable.from(
        (async function* () {
          handed_over = true
          yield* readText()
        })(),
        { objectMode: false },
      )
    done()
  })
  try {
    const { response } = await transport.sendMail(toMessage(mail, from))
    return { kind: 'sent', reference: String(response).slice(0, 500) }
  } catch (error) {
    if (!isSmtpError(error)) throw error
    return readTrouble(error, handed_over)
  }
}

export const smtpMailer = (config: SmtpConfig): Mailer => ({
  name: 'smtp',
  send: (mail) => send(config, mail),
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#src/lib/secret.ts'
import {
  type MailBench,
  type MailStep,
  type MailTrouble,
  testMailer,
} from '#src/ports/mailer.contract.ts'
import type { Mail } from '#src/ports/mailer.ts'
import {
  type SmtpSimulatorOptions,
  type SmtpStep,
  type SmtpTrouble,
  startSmtpSimulator,
} from './simulator.ts'
import { smtp_settings, smtpMailer } from './smtp.ts'

const steps: Readonly<Record<MailStep, SmtpStep>> = {
  greeting: 'greeting',
  sender: 'MAIL',
  recipient: 'RCPT',
  before_text: 'DATA',
  after_text: 'message',
}
const troubles: Readonly<Record<MailTrouble, SmtpTrouble>> = {
  later: 451,
  never: 554,
  cut: 'drop',
  silence: 'hang',
}
const mailer = (url: string) =>
  smtpMailer({ from: 'Shop <orders@shop.example>', url: new Secret(url), timeout_ms: 600 })

const start = (sign_in: SmtpSimulatorOptions['sign_in'] = null) =>
  startSmtpSimulator({ port: 0, sign_in, message_bytes_max: 1_000_000 })

async function makeBench(): Promise<MailBench> {
  const gone = await start()
  await gone.close()
  const simulator = await start()
  return {
    mailer: mailer(simulator.url),
    unreachable: mailer(gone.url),
    disturb: (step, trouble) => simulator.disturb(steps[step], troubles[trouble]),
    accepted: () => simulator.mails,
    close: simulator.close,
  }
}

testMailer('smtp', makeBench, {})

const mail: Mail = {
  message_id: 'shipped-7@shop.example',
  sender: 'The Shop',
  reply_to: 'questions@shop.example',
  to: 'ada@example.com',
  subject: 'On its way',
  html: '<p>Soon.</p>',
  text: 'Soon.',
  attachments: [],
}

test('smtp: signs in, and a wrong password does not condemn the mail', async (t) => {
  const sign_in = { user: 'shop', password: 'pass word&' }
  const simulator = await start(sign_in)
  t.after(simulator.close)
  const at = (user: string, query = '') =>
    mailer(simulator.url.replace('smtp://', `smtp://${user}@`) + query)
  assert.equal((await at('shop:pass%20word%26').send(mail)).kind, 'sent')
  assert.equal((await at('shop:pass%20word%26', '/?authMethod=LOGIN').send(mail)).kind, 'sent')
  const wrong = await at('shop:other').send(mail)
  assert.equal(wrong.kind, 'unavailable')
  assert(!JSON.stringify(wrong).includes('other'))
  assert.equal((await mailer(simulator.url).send(mail)).kind, 'unavailable')
  assert.equal(simulator.mails.length, 2)
  assert.match(simulator.mails[0]!.raw, /^Message-ID: <shipped-7@shop\.example>\r$/im)
})

test('smtp: the sender is MAIL_FROM by the name of the channel, and answers go to the channel', async (t) => {
  const simulator = await start()
  t.after(simulator.close)
  assert.equal((await mailer(simulator.url).send(mail)).kind, 'sent')
  const { raw, sender } = simulator.mails[0]!
  assert.equal(sender, 'orders@shop.example')
  assert.match(raw, /^From: "?The Shop"? <orders@shop\.example>\r$/im)
  assert.match(raw, /^Reply-To: <?questions@shop\.example>?\r$/im)
})

test('smtp: a mail larger than the server takes is refused', async (t) => {
  const simulator = await start()
  t.after(simulator.close)
  const bytes = Buffer.alloc(900_000, 1)
  const attachments = [{ name: 'big.bin', media_type: 'application/octet-stream', bytes }]
  const outcome = await mailer(simulator.url).send({ ...mail, attachments })
  assert.equal(outcome.kind, 'refused', JSON.stringify(outcome))
  assert.equal(simulator.mails.length, 0)
})

test('smtp: a password is not sent to another machine without TLS', async (t) => {
  const simulator = await start({ user: 'u', password: 'p' })
  t.after(simulator.close)
  const at = (host: string) => mailer(simulator.url.replace('127.0.0.1', host)).send(mail)
  assert.equal((await at('u:p@127.0.0.1')).kind, 'sent')
  // The same machine, by a name that does not say so.
  assert.equal((await at('u:p@[::ffff:127.0.0.1]')).kind, 'unavailable')
  assert.equal(simulator.mails.length, 1)
})

test('smtp: settings are checked', () => {
  const check = (name: string, text: string) =>
    smtp_settings.find((setting) => setting.name === name)!.check(text)
  assert.equal(check('SMTP_URL', 'smtp://user:pass@mail.example:587'), null)
  assert.equal(check('SMTP_URL', 'smtps://mail.example'), null)
  assert(check('SMTP_URL', 'https://mail.example'))
  assert(check('SMTP_URL', 'mail.example'))
  assert.equal(check('MAIL_FROM', 'Shop <orders@shop.example>'), null)
  assert.equal(check('MAIL_FROM', 'orders@shop.example'), null)
  assert(check('MAIL_FROM', 'Shop'))
  assert(check('MAIL_FROM', 'a@b.example, c@d.example'))
})

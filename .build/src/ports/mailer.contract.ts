// What every mailer must keep, asked of the real adapter against its simulator.
// A mailer that cannot do a case lists it by name, with the reason.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whileInTransaction } from '../lib/transaction-guard.ts'
import type { Mail, Mailer } from './mailer.ts'

/** The moment of a delivery: greeting, sender and recipient, before and after the text. */
export type MailStep = 'greeting' | 'sender' | 'recipient' | 'before_text' | 'after_text'
export type MailTrouble = 'later' | 'never' | 'cut' | 'silence'

export type MailBench = {
  readonly mailer: Mailer
  /** The same adapter, pointed at an address where nobody listens. */
  readonly unreachable: Mailer
  /** The next delivery meets this trouble. */
  disturb(step: MailStep, trouble: MailTrouble): void
  /** Everything accepted, in order; `raw` is the message as it was received. */
  accepted(): readonly {
    readonly sender: string
    readonly recipients: readonly string[]
    readonly raw: string
  }[]
  close(): Promise<void>
}
type Cases = Readonly<Record<string, (bench: MailBench) => Promise<void>>>

const mail: Mail = {
  message_id: '<order-1001.confirmation@shop.example>',
  sender: 'The Shop',
  reply_to: 'questions@shop.example',
  to: 'ada@example.com',
  subject: 'Your order 1001',
  html: '<p>Thank you, Ada.</p>',
  text: 'Thank you, Ada.',
  attachments: [],
}
const only = (bench: MailBench) => {
  const accepted = bench.accepted()
  assert.equal(accepted.length, 1)
  return accepted[0]!
}
/** The headers, with folded lines joined. */
const headersOf = (raw: string): readonly string[] =>
  raw
    .slice(0, raw.indexOf('\r\n\r\n'))
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
const headerOf = (raw: string, name: string): string | undefined =>
  headersOf(raw)
    .find((line) => line.toLowerCase().startsWith(`${name}:`))
    ?.slice(name.length + 1)
    .trim()

const cases: Cases = {
  'delivers a mail with all its parts': async (bench) => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251))
    const attachments = [{ name: 'invoice.pdf', media_type: 'application/pdf', bytes }]
    const outcome = await bench.mailer.send({ ...mail, attachments })
    assert.equal(outcome.kind, 'sent', JSON.stringify(outcome))
    const { sender, recipients, raw } = only(bench)
    assert.equal(sender, 'orders@shop.example')
    assert.deepEqual(recipients, ['ada@example.com'])
    assert.equal(headerOf(raw, 'message-id'), mail.message_id)
    assert.equal(headerOf(raw, 'subject'), mail.subject)
    assert.equal(headerOf(raw, 'to'), mail.to)
    assert.match(headerOf(raw, 'from') ?? '', /The Shop.*<orders@shop\.example>/)
    assert(raw.includes(mail.text) && raw.includes(mail.html))
    assert.match(raw, /Content-Type: application\/pdf; name=invoice\.pdf/)
    assert(raw.replaceAll('\r\n', '').includes(bytes.toString('base64')))
  },
  'the same mail has the same id each time': async (bench) => {
    await bench.mailer.send(mail)
    await bench.mailer.send(mail)
    const ids = bench.accepted().map(({ raw }) => headerOf(raw, 'message-id'))
    assert.deepEqual(ids, [mail.message_id, mail.message_id])
  },
  'lines of dots arrive as they were': async (bench) => {
    const text = 'first\r\n.\r\n..two\r\n.three\r\nlast'
    assert.equal((await bench.mailer.send({ ...mail, text })).kind, 'sent')
    assert(only(bench).raw.includes(text))
  },
  'other scripts arrive, and long subjects too': async (bench) => {
    const subject = 'Grüße an 東京 '.repeat(20).trim()
    const outcome = await bench.mailer.send({ ...mail, subject, text: '東京' })
    assert.equal(outcome.kind, 'sent', JSON.stringify(outcome))
    const { raw } = only(bench)
    assert(headersOf(raw).every((line) => !/[^\x20-\x7e\t]/.test(line)))
    assert(raw.split('\r\n').every((line) => line.length <= 998))
  },
  'a 5xx for the recipient is refused': async (bench) => {
    bench.disturb('recipient', 'never')
    const outcome = await bench.mailer.send(mail)
    assert(outcome.kind === 'refused' && outcome.reason !== '', JSON.stringify(outcome))
    assert.equal(bench.accepted().length, 0)
  },
  'a 5xx for the sender or the text is refused': async (bench) => {
    for (const step of ['sender', 'before_text', 'after_text'] as const) {
      bench.disturb(step, 'never')
      assert.equal((await bench.mailer.send(mail)).kind, 'refused', step)
    }
    assert.equal(bench.accepted().length, 0)
  },
  'a 4xx at any step is unavailable, and the next try goes through': async (bench) => {
    for (const step of ['greeting', 'sender', 'recipient', 'before_text', 'after_text'] as const) {
      bench.disturb(step, 'later')
      assert.equal((await bench.mailer.send(mail)).kind, 'unavailable', step)
    }
    assert.equal(bench.accepted().length, 0)
    assert.equal((await bench.mailer.send(mail)).kind, 'sent')
  },
  'a server that turns everyone away is unavailable: it is not about this mail': async (bench) => {
    bench.disturb('greeting', 'never')
    assert.equal((await bench.mailer.send(mail)).kind, 'unavailable')
  },
  'nobody listening is unavailable': async (bench) => {
    assert.equal((await bench.unreachable.send(mail)).kind, 'unavailable')
  },
  'a connection cut before the text is unavailable': async (bench) => {
    for (const step of ['greeting', 'sender', 'recipient', 'before_text'] as const) {
      bench.disturb(step, 'cut')
      assert.equal((await bench.mailer.send(mail)).kind, 'unavailable', step)
    }
  },
  'a connection cut after the text is unknown': async (bench) => {
    bench.disturb('after_text', 'cut')
    assert.equal((await bench.mailer.send(mail)).kind, 'unknown')
    // It had been accepted, and only its id tells the receiver that the second is a repeat.
    assert.equal((await bench.mailer.send(mail)).kind, 'sent')
    const ids = bench.accepted().map(({ raw }) => headerOf(raw, 'message-id'))
    assert.deepEqual(ids, [mail.message_id, mail.message_id])
  },
  'silence is unavailable before the text and unknown after it': async (bench) => {
    bench.disturb('recipient', 'silence')
    assert.equal((await bench.mailer.send(mail)).kind, 'unavailable')
    bench.disturb('after_text', 'silence')
    assert.equal((await bench.mailer.send(mail)).kind, 'unknown')
  },
  'nobody but the one recipient gets the mail': async (bench) => {
    const addresses = [
      'ada@example.com, eve@example.com',
      'ada@example.com\r\nRCPT TO:<eve@example.com>',
      'ada@example.com>\r\nRCPT TO:<eve@example.com',
      '"ada@example.com" <eve@example.com>',
      'ada',
      '',
    ]
    for (const to of addresses) {
      assert.equal((await bench.mailer.send({ ...mail, to })).kind, 'refused', to)
    }
    const subject = 'Hello\r\nBcc: eve@example.com\r\n\r\nNew text'
    assert.equal((await bench.mailer.send({ ...mail, subject })).kind, 'sent')
    const { recipients, raw } = only(bench)
    assert.deepEqual(recipients, ['ada@example.com'])
    assert.equal(headerOf(raw, 'bcc'), undefined)
  },
  'nothing is sent inside a transaction': async (bench) => {
    await assert.rejects(whileInTransaction(() => bench.mailer.send(mail)))
    assert.equal(bench.accepted().length, 0)
  },
}

export function testMailer(
  name: string,
  makeBench: () => Promise<MailBench>,
  listed_exceptions: Readonly<Record<string, string>>,
): void {
  const unmet = new Set(Object.keys(listed_exceptions))
  for (const [title, run] of Object.entries(cases)) {
    const reason = unmet.delete(title) ? listed_exceptions[title] : undefined
    test(`${name}: ${title}`, { skip: reason ?? false, timeout: 30_000 }, async () => {
      const bench = await makeBench()
      try {
        await run(bench)
      } finally {
        await bench.close()
      }
    })
  }
  assert.deepEqual([...unmet], [], 'exceptions that name no case')
}

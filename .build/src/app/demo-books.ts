// What the outside systems of the demo's own server have in their books. Onhand has no part in
// it: a charge or a mail that it made twice and noted once is seen here.
import type { Reply } from './demo-client.ts'

export type Books = {
  /** How many charges took or reserved money, at all payment providers. */
  readonly payments: number
  /** What was captured and not given back, in minor units. */
  readonly kept: number
  /** How many labels were paid. */
  readonly labels: number
  /** The Message-ID of each mail that the mail server took; empty when it had none. */
  readonly mails: readonly string[]
}

/** Where the simulators listen. */
export type Simulated = { readonly payments: readonly string[]; readonly shipping: string }

async function readBook(url: string): Promise<Reply> {
  const response = await fetch(`${url}/_simulator/books`)
  if (!response.ok) throw new Error(`${url} shows no books: ${response.status}`)
  return response.json()
}

const messageId = (raw: string): string => /^message-id:\s*<([^<>]*)>/im.exec(raw)?.[1] ?? ''

export async function readBooks(
  { payments, shipping }: Simulated,
  mails: readonly { readonly raw: string }[],
): Promise<Books> {
  const taken: Reply[] = []
  for (const url of payments) taken.push(...(await readBook(url)).payments)
  return {
    payments: taken.length,
    kept: taken.reduce((sum, { captured, refunded }) => sum + captured - refunded, 0),
    labels: (await readBook(shipping)).labels.length,
    mails: mails.map(({ raw }) => messageId(raw)),
  }
}

// A new password from whoever sits at the terminal, or from another program.
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text as readAll } from 'node:stream/consumers'

export type PasswordInput = NodeJS.ReadableStream & { readonly isTTY?: boolean }
export type AskedPassword =
  | { readonly kind: 'given'; readonly password: string }
  | { readonly kind: 'different' }
  /** Ctrl-C, or the input has ended. */
  | { readonly kind: 'given_up' }

/** Asks twice. The lines are read from an echo that goes nowhere. */
async function askTwice(
  input: PasswordInput,
  write: (text: string) => void,
): Promise<AskedPassword> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true })
  const gone = new AbortController()
  lines.once('SIGINT', () => gone.abort())
  lines.once('close', () => gone.abort())
  const ask = async (question: string): Promise<string> => {
    write(question)
    const answer = await lines.question('', { signal: gone.signal })
    write('\n')
    return answer
  }
  try {
    const password = await ask('Password: ')
    const again = await ask('Once more: ')
    return password === again ? { kind: 'given', password } : { kind: 'different' }
  } catch (error) {
    if (!gone.signal.aborted) throw error
    return { kind: 'given_up' }
  } finally {
    lines.close()
  }
}

/** What is piped in is the password, without the end of its line. */
export async function askPassword(
  input: PasswordInput,
  write: (text: string) => void,
): Promise<AskedPassword> {
  if (input.isTTY === true) return askTwice(input, write)
  const password = (await readAll(input)).replace(/\r?\n$/, '')
  return { kind: 'given', password }
}

// Passwords are kept as argon2id in the usual text form, so that its cost can rise later.
import { argon2, randomBytes } from 'node:crypto'
import { sameBytes } from './signature.ts'

type Cost = { readonly memory: number; readonly passes: number; readonly parallelism: number }

// 19 MiB and two passes: the first choice of the OWASP cheat sheet; about 50 ms on one core.
const cost: Cost = { memory: 19_456, passes: 2, parallelism: 1 }
const tag_bytes = 32
/** Of a new password, in letters. */
export const password_length = { min: 12, max: 200 } as const
const form = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([\w+/]{22})\$([\w+/]{43})$/

const derive = (password: string, nonce: Buffer, { memory, passes, parallelism }: Cost) =>
  new Promise<Buffer>((resolve, reject) => {
    // One spelling for letters that can be written in two ways.
    const message = Buffer.from(password.normalize('NFKC'))
    argon2(
      'argon2id',
      { message, nonce, memory, passes, parallelism, tagLength: tag_bytes },
      (error, tag) => (error ? reject(error) : resolve(tag)),
    )
  })

const plain = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const tag = await derive(password, nonce, cost)
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${plain(nonce)}$${plain(tag)}`
}

// A hash that no password has: whoever asks for an unknown person waits just as long.
const nobody_salt = 'A'.repeat(22)
const nobody_tag = 'A'.repeat(43)
const nobody_cost = `m=${cost.memory},t=${cost.passes},p=1`
const nobody = `$argon2id$v=19$${nobody_cost}$${nobody_salt}$${nobody_tag}`

/** `hash` null is a person who does not exist: false, after the same work. */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const match = form.exec(hash ?? nobody)
  if (!match) return false
  const [, memory, passes, parallelism, nonce, tag] = match
  const derived = await derive(password, Buffer.from(nonce!, 'base64'), {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  })
  return sameBytes(derived, Buffer.from(tag!, 'base64')) && hash !== null
}

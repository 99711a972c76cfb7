// What tests tell `npm run prove` about themselves: a line of JSON each, in the file it names.
import { appendFileSync } from 'node:fs'

export type Asked = { readonly name: string; readonly violations: number }
export type Proof =
  | { readonly about: 'promises'; readonly results: readonly Asked[] }
  | {
      readonly about: 'crash'
      /** The test file that killed there. */
      readonly file: string
      readonly point: string
      readonly hits: number
      /** From the last kill until everything was at rest. */
      readonly healed_ms: number
    }
  | {
      readonly about: 'backup'
      /** How far the log was followed. */
      readonly restored_to: string
      /** Orders that buyers were told of until the shop was lost. */
      readonly acknowledged: number
      readonly lost: number
      /** From the start of the copy until it is whole. */
      readonly taken_ms: number
      /** Until the restored database may be written to. */
      readonly restored_ms: number
    }

export function tellProof(proof: Proof): void {
  const file = process.env['PROOF_FILE']
  if (file) appendFileSync(file, `${JSON.stringify(proof)}\n`)
}

/** How much of it: `npm run prove` asks for more than `npm test`. */
export function sizeOf(name: string, usual: number): number {
  const asked = process.env[name]
  if (asked === undefined) return usual
  const size = Number(asked)
  if (!Number.isSafeInteger(size) || size < 1) throw new Error(`${name} must be a whole number`)
  return size
}

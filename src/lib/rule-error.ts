// A rule that a shop has brought along and that fails. Nothing of ours is broken then: its name
// says where to look.
import { Refusal } from './refusal.ts'

export type RuleKind = 'price' | 'discount' | 'tax' | 'checkout' | 'personal data'

export class RuleError extends Error {
  readonly kind: RuleKind
  readonly rule: string
  /** `fault` is a fixed text: it is logged. */
  constructor(kind: RuleKind, rule: string, fault: string, options?: ErrorOptions) {
    super(`The ${kind} rule "${rule}" ${fault}.`, options)
    this.name = 'RuleError'
    this.kind = kind
    this.rule = rule
  }
}

/** @throws RuleError with what the rule throws as its cause; a refusal is no failure */
export function runRule<T>(kind: RuleKind, rule: { readonly name: string }, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new RuleError(kind, rule.name, 'has failed', { cause: error })
  }
}

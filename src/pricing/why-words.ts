// The words that reasons are made of.
import { toDecimal } from '#src/lib/currency.ts'
import type { Currency } from '#src/lib/money.ts'
import type { Why } from './pricing.ts'

export const hit = (rule: string, reason: string): Why => ({ rule, applied: true, reason })
export const missed = (rule: string, reason: string): Why => ({ rule, applied: false, reason })

export const moment = (at: Date | null): string => at?.toISOString() ?? 'never'

export const amountText = (amount: bigint, currency: Currency): string =>
  `${toDecimal({ amount, currency })} ${currency}`

export const percent = (ppm: number): string => `${ppm / 10_000} %`

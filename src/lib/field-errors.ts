// Refusals that name the fields they are about.
import { isCountry } from './countries.ts'
import { isCurrency } from './currency.ts'
import { type FieldError, refuse } from './refusal.ts'

export const fieldError = (field: string, code: string, message: string): FieldError => ({
  field,
  code,
  message,
})

/** Of many errors the first ones say enough. */
export const errors_told_max = 100

/** @throws invalid_input unless there are no errors */
export function refuseErrors(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw refuse('invalid_input', { errors: errors.slice(0, errors_told_max) })
}

/** Text that is there, and says nothing. */
export const blankErrors = (field: string, text: string): FieldError[] =>
  text.trim() === '' ? [fieldError(field, 'required', 'Write something.')] : []

/** A price that is struck out was higher than the one that holds. */
export const compareAtErrors = (
  field: string,
  { amount, compare_at }: { readonly amount: bigint; readonly compare_at: bigint | null },
): FieldError[] =>
  compare_at !== null && compare_at <= amount
    ? [fieldError(field, 'too_small', 'A price to compare with is above the amount.')]
    : []

export const currencyErrors = (field: string, code: string | null): FieldError[] =>
  code === null || isCurrency(code)
    ? []
    : [fieldError(field, 'unknown', 'This is no currency of ISO 4217.')]

export const countriesErrors = (
  field: string,
  countries: readonly string[] | null,
): FieldError[] => {
  const unknown = (countries ?? []).filter((code) => !isCountry(code))
  const errors = unknown.map((code) =>
    fieldError(field, 'unknown', `${code} is no country of ISO 3166-1.`),
  )
  const has_twice = new Set(countries).size < (countries?.length ?? 0)
  return has_twice
    ? [...errors, fieldError(field, 'twice', 'A country stands there twice.')]
    : errors
}

export const scheduleErrors = ({
  starts_at,
  ends_at,
}: {
  readonly starts_at: Date | null
  readonly ends_at: Date | null
}): FieldError[] =>
  starts_at !== null && ends_at !== null && starts_at >= ends_at
    ? [fieldError('ends_at', 'before_start', 'It must end after it starts.')]
    : []

// Schemas that several routes share, and the checks that go with them.
import Type from 'typebox'
import {
  type Address,
  checkAddress,
  isEmail,
  isPhone,
  normalizeAddress,
  normalizePhone,
} from '#src/lib/addresses.ts'
import { type FieldError, refuse } from '#src/lib/refusal.ts'
import { Closed, Nullable, Text } from './route.ts'

export const AddressBody = Closed({
  name: Text(200, 1),
  company: Type.Optional(Nullable(Text(200))),
  line1: Text(200, 1),
  line2: Type.Optional(Nullable(Text(200))),
  city: Text(120, 1),
  region: Type.Optional(Nullable(Text(120))),
  postal_code: Type.Optional(Nullable(Text(20))),
  country: Type.String({ pattern: '^[A-Za-z]{2}$', description: 'ISO 3166-1 alpha-2' }),
  phone: Type.Optional(Nullable(Text(40))),
})
export const example_address = {
  name: 'Ada Lovelace',
  line1: 'Ritterstraße 1',
  postal_code: '10969',
  city: 'Berlin',
  country: 'DE',
}
export type AddressInput = Type.Static<typeof AddressBody>

export const AddressReply = Closed({
  name: Type.String(),
  company: Nullable(Type.String()),
  line1: Type.String(),
  line2: Nullable(Type.String()),
  city: Type.String(),
  region: Nullable(Type.String()),
  postal_code: Nullable(Type.String()),
  country: Type.String(),
  phone: Nullable(Type.String()),
})

/** Checks an address for its country and puts it into its usual form. */
export function readAddress(field: string, input: AddressInput, errors: FieldError[]): Address {
  const address = normalizeAddress({
    company: null,
    line2: null,
    region: null,
    postal_code: null,
    phone: null,
    ...input,
  })
  const found = checkAddress(address)
  errors.push(...found.map((error) => ({ ...error, field: `${field}.${error.field}` })))
  return address
}

export type ContactInput = {
  readonly email?: string | null
  readonly phone?: string | null
  readonly shipping_address?: AddressInput | null
  readonly billing_address?: AddressInput | null
}
export type Contact = {
  email?: string | null
  phone?: string | null
  shipping_address?: Address | null
  billing_address?: Address | null
}

/**
 * Reads what a buyer says about themselves; fields that are absent stay absent. `under` is where
 * in the request they stand.
 * @throws contact_invalid, address_invalid with one error per field
 */
export function readContact(input: ContactInput, under = ''): Contact {
  const found: FieldError[] = []
  const contact: Contact = {}
  if (input.email !== undefined) {
    const email = input.email?.trim() ?? null
    if (email !== null && !isEmail(email)) {
      found.push({ field: 'email', code: 'email_invalid', message: 'This is no e-mail address.' })
    }
    contact.email = email
  }
  if (input.phone !== undefined) {
    const phone = normalizePhone(input.phone)
    if (phone !== null && !isPhone(phone)) {
      const message = 'Write the phone number with its country: +49 30 123456.'
      found.push({ field: 'phone', code: 'phone_invalid', message })
    }
    contact.phone = phone
  }
  for (const field of ['shipping_address', 'billing_address'] as const) {
    const address = input[field]
    if (address === undefined) continue
    contact[field] = address === null ? null : readAddress(field, address, found)
  }
  if (found.length === 0) return contact
  const errors = found.map((error) => ({ ...error, field: under + error.field }))
  const is_address = errors.some(({ field }) => field.includes('_address.'))
  throw refuse(is_address ? 'address_invalid' : 'contact_invalid', { errors })
}

/**
 * The address of the shop itself: a location, a legal entity.
 * @throws address_invalid with one error per field
 */
export function readOwnAddress(input: AddressInput): Address {
  const errors: FieldError[] = []
  const address = readAddress('address', input, errors)
  if (errors.length > 0) throw refuse('address_invalid', { errors })
  return address
}

// A customer, their addresses and consents, as they themselves and staff see them.
import Type from 'typebox'
import { consent_sources, contacts } from '#src/customers/consents.ts'
import { customer_limits } from '#src/customers/customers.ts'
import type {
  CustomerAddressId,
  CustomerGroupId,
  CustomerId,
  CustomerSessionId,
} from '#src/lib/ids.ts'
import { password_length } from '#src/lib/passwords.ts'
import { Closed, Id, Moment, Nullable, Text } from './route.ts'
import { AddressBody, AddressReply } from './shapes.ts'

export const EmailBody = Text(254, 3)
export const NewPassword = Text(password_length.max, password_length.min)
export const OldPassword = Text(200, 1)
export const ContactWord = Type.Union(contacts.map((one) => Type.Literal(one)))

export const group_ids = Type.Unsafe<CustomerGroupId[]>(
  Type.Array(Id<CustomerGroupId>(), {
    maxItems: customer_limits.groups_per_customer,
    uniqueItems: true,
  }),
)
export const CustomerView = Closed({
  id: Id<CustomerId>(),
  email: Type.String(),
  name: Type.String(),
  phone: Nullable(Type.String()),
  group_ids: Type.Array(Id<CustomerGroupId>()),
  has_account: Type.Boolean({ description: 'They have a password and can sign in.' }),
  email_verified_at: Nullable(Moment()),
  erased_at: Nullable(Moment()),
  created_at: Moment(),
})
/** What customers see of themselves: not in which groups the shop puts them. */
export const MeView = Closed({
  id: Id<CustomerId>(),
  email: Type.String(),
  name: Type.String(),
  phone: Nullable(Type.String()),
  created_at: Moment(),
})

export const SavedAddressBody = Closed({
  address: AddressBody,
  default_shipping: Type.Optional(Type.Boolean({ default: false })),
  default_billing: Type.Optional(Type.Boolean({ default: false })),
})
export const SavedAddressView = Closed({
  id: Id<CustomerAddressId>(),
  address: AddressReply,
  default_shipping: Type.Boolean(),
  default_billing: Type.Boolean(),
  created_at: Moment(),
})

export const ConsentView = Closed({
  id: Id<string>(),
  contact: ContactWord,
  granted: Type.Boolean(),
  source: Type.Union(consent_sources.map((one) => Type.Literal(one))),
  actor: Type.String(),
  wording: Nullable(Type.String()),
  at: Moment(),
})
export const ConsentBody = {
  contact: ContactWord,
  granted: Type.Boolean(),
  wording: Type.Optional(Nullable(Text(1000))),
}

export const SessionView = Closed({
  id: Id<CustomerSessionId>(),
  device: Nullable(Type.String()),
  created_at: Moment(),
  renewed_at: Moment(),
  expires_at: Moment(),
})

// What stands where an e-mail address must stand and the person behind it was erased. The top
// level domain is one that never exists (RFC 2606).
const erased_domain = 'erased.invalid'

export const erased_email = `nobody@${erased_domain}`
/** One e-mail address is one customer, so each who was erased needs one of their own. */
export const erasedEmailOf = (customer_id: string): string => `${customer_id}@${erased_domain}`
export const isErased = (email: string): boolean => email.endsWith(`@${erased_domain}`)

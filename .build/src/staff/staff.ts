// Who may do what. Permissions are words in the code; roles are rows that list some of them.
export const permissions = [
  'catalog:read',
  'catalog:write',
  'prices:read',
  'prices:write',
  'stock:read',
  'stock:write',
  'orders:read',
  'orders:write',
  'payments:write',
  'shipping:read',
  'shipping:write',
  'customers:read',
  'customers:write',
  'messages:read',
  'messages:write',
  'ledger:read',
  'events:read',
  'exceptions:read',
  'exceptions:write',
  'settings:read',
  'settings:write',
  'staff:write',
] as const
export type Permission = (typeof permissions)[number]

/** Roles of a new shop. The merchant may change them; `owner` always has everything. */
export const default_roles = {
  owner: permissions,
  support: [
    'catalog:read',
    'prices:read',
    'stock:read',
    'orders:read',
    'orders:write',
    'shipping:read',
    'customers:read',
    'customers:write',
    'messages:read',
    'events:read',
    'exceptions:read',
  ],
  warehouse: [
    'catalog:read',
    'stock:read',
    'stock:write',
    'orders:read',
    'shipping:read',
    'shipping:write',
    'exceptions:read',
  ],
  accounting: ['orders:read', 'payments:write', 'ledger:read', 'events:read', 'prices:read'],
} as const satisfies Record<string, readonly Permission[]>

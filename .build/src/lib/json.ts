// JSON with bigint: written as a plain integer, never as text or a rounded double.

const writeBigint = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? JSON.rawJSON(value.toString()) : value

export const toJson = (value: unknown): string => JSON.stringify(value, writeBigint)

/** JSON with sorted keys, so that equal values have equal text (request hashes). */
export const toCanonicalJson = (value: unknown): string =>
  JSON.stringify(value, (key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) {
      return writeBigint(key, inner)
    }
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })

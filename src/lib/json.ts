// JSON with bigint: written as a plain integer, never as text or a rounded double.

const writeBigint = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? JSON.rawJSON(value.toString()) : value

/** Values of one row. What is no object needs no look inside, which costs most of the time. */
function rowToJson(row: object): string {
  let text = ''
  for (const [name, value] of Object.entries(row)) {
    if (value === undefined) continue
    text += text === '' ? '{"' : ',"'
    text += `${name}":${fieldToJson(value)}`
  }
  return text === '' ? '{}' : `${text}}`
}

function fieldToJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null || value instanceof Date)
    return JSON.stringify(value)
  return toJson(value)
}

/** The same as `toJson` for rows whose fields have names that need no escaping. */
export const rowsToJson = (rows: readonly object[]): string => `[${rows.map(rowToJson).join()}]`

export const toJson = (value: unknown): string => JSON.stringify(value, writeBigint)

/** JSON with sorted keys, so that equal values have equal text (request hashes). */
export const toCanonicalJson = (value: unknown): string =>
  JSON.stringify(value, (key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) {
      return writeBigint(key, inner)
    }
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })

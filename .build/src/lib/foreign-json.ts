// JSON that somebody else wrote. It may have any shape, so nothing here throws.

export type Foreign = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Foreign =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** What stands at the end of a path of names; undefined where the path breaks off. */
export const valueAt = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) => (isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined),
    value,
  )

/** Null when it is no text, or an empty one. */
export function textAt(value: unknown, ...path: readonly string[]): string | null {
  const text = valueAt(value, ...path)
  return typeof text === 'string' && text !== '' ? text : null
}

// Where in a body a text without a form of its own may stand.
import type { Schema } from '#src/http/schema.ts'
import type { Limits } from './document.ts'
import { fittingValue } from './values.ts'

export const isFree = (schema: Schema): boolean => {
  const { type, pattern, enum: words } = schema as Limits & Schema
  return type === 'string' && !pattern && !words && !schema['x-moment']
}

/** Puts a text into one place of a body that lacks nothing. */
export type Put = (text: string) => unknown

export function placesOf(
  schema: Schema,
  whole: unknown,
  put: (value: unknown) => unknown,
): readonly Put[] {
  if (isFree(schema)) return [put]
  if (schema.items) {
    const item = fittingValue(schema.items)
    return placesOf(schema.items, item, (value) => put([value]))
  }
  if (schema.anyOf) return schema.anyOf.flatMap((one) => placesOf(one, fittingValue(one), put))
  return Object.entries(schema.properties ?? {}).flatMap(([name, one]) => {
    const inner = (whole as Record<string, unknown>)[name] ?? fittingValue(one)
    return placesOf(one, inner, (value) => put({ ...(whole as object), [name]: value }))
  })
}

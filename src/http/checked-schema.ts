// Schemas as ajv is given them: of a union it looks at the branch that was meant and at no other,
// so that nobody is told what they would have done wrong in the others.
import { type Schema, withInner } from './schema.ts'

type Checked = Schema & {
  readonly discriminator?: { readonly propertyName: string }
  readonly oneOf?: readonly Schema[]
}

const wordsOf = (schema: Schema | undefined): readonly unknown[] =>
  schema === undefined ? [] : 'const' in schema ? [schema.const] : (schema.enum ?? [])

/** The field that tells the branches apart, as `kind` does; null where there is none. */
function tagOf(objects: readonly Schema[]): string | null {
  if (objects.length < 2 || objects.some(({ type }) => type !== 'object')) return null
  const tag = objects[0]!.required?.find((name) => {
    const words = objects.map(({ required = [], properties }) =>
      required.includes(name) ? wordsOf(properties?.[name]) : [],
    )
    const all = words.flat()
    const are_texts = all.every((word) => typeof word === 'string')
    return are_texts && words.every(({ length }) => length > 0) && new Set(all).size === all.length
  })
  return tag ?? null
}

const plain_types = new Set(['string', 'number', 'integer', 'boolean', 'null'])

/** Texts, numbers, true and false: what a schema says of one of them does not bind the others. */
function mergedPlain(branches: readonly Schema[]): Schema | null {
  const types = branches.flatMap(({ type }) => [type].flat().map(String))
  const are_plain = types.every((type) => plain_types.has(type))
  const has_words = branches.some((one) => 'const' in one || one.enum)
  const numbers = types.filter((type) => type === 'number' || type === 'integer')
  if (!are_plain || has_words || numbers.length > 1 || new Set(types).size < types.length) {
    return null
  }
  return Object.assign({}, ...branches, { type: types }) as Schema
}

/** Of a simplified schema. */
export function checkedSchema(schema: Schema): Checked {
  const inner = withInner(schema, checkedSchema)
  if (!schema.anyOf) return inner
  const branches = schema.anyOf.map(checkedSchema)
  const { anyOf: _, ...rest } = inner
  const plain = mergedPlain(branches)
  if (plain) return { ...rest, ...plain }
  const others = branches.filter(({ type }) => type !== 'null')
  const [only] = others
  if (others.length === 1 && others.length < branches.length && typeof only!.type === 'string') {
    return { ...rest, ...only, nullable: true }
  }
  const tag = tagOf(others)
  if (tag === null) return { ...rest, anyOf: branches }
  const words = others.flatMap(({ properties }) => wordsOf(properties?.[tag]))
  return {
    ...rest,
    type: 'object',
    ...(others.length < branches.length ? { nullable: true } : {}),
    required: [tag],
    properties: { [tag]: { enum: words } },
    discriminator: { propertyName: tag },
    oneOf: others,
  }
}

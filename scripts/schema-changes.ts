// What has changed between two JSON Schemas, and what of it breaks a client: a request must still
// be allowed what it was, and in a reply there must be nothing but what there was.

export type Schema = {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
  readonly [word: string]: unknown
}
export type Side = 'request' | 'reply'
export type Found = { readonly at: string; readonly what: string; readonly breaks: boolean }

/** Fewer are let through when one of these rises, or where there is one at last. */
const lower = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'] as const
/** Fewer are let through when one of these falls. */
const upper = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'] as const
/** Of two of these nobody can say here which lets more through. */
const forms = ['pattern', 'format', 'multipleOf', 'uniqueItems'] as const
const compared: ReadonlySet<string> = new Set([
  ...['type', 'const', 'enum', 'anyOf', 'oneOf', 'items', 'properties', 'patternProperties'],
  ...['additionalProperties', 'required', 'nullable', ...lower, ...upper, ...forms],
])
/** They say something to people, or to the server itself. */
const notes = /^(title|description|examples?|deprecated|\$comment|x-.*)$/

export const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** The single things that a schema lets through: every branch of a union, every word of a list. */
function branchesOf(schema: Schema): readonly Schema[] {
  const { anyOf, oneOf, enum: words, nullable, type } = schema
  if (nullable === true) {
    return [...branchesOf({ ...schema, nullable: false }), { type: 'null' }]
  }
  const choice = anyOf ?? oneOf
  if (choice) return choice.flatMap(branchesOf)
  if (words) return words.map((word) => (word === null ? { type: 'null' } : { const: word }))
  if (Array.isArray(type)) return type.map((one: string) => ({ ...schema, type: one }))
  return [schema]
}

function wordsOf(schema: Schema | undefined): readonly unknown[] | null {
  if (!schema) return null
  const branches = branchesOf(schema)
  return branches.every((one) => 'const' in one) ? branches.map((one) => one.const) : null
}

/** The field that tells the objects of a union apart, as `kind` does. */
function tagOf(branches: readonly Schema[]): string | undefined {
  const objects = branches.filter(({ type }) => type === 'object')
  if (objects.length < 2) return undefined
  return objects[0]!.required?.find((name) => {
    const words = objects.map(({ properties, required }) =>
      required?.includes(name) ? wordsOf(properties?.[name]) : null,
    )
    const all = words.flatMap((one) => one ?? [])
    return words.every((one) => one !== null) && new Set(all).size === all.length
  })
}

type Kinds = ReadonlyMap<string, readonly Schema[]>

/** By a name that means the same before and after. Several stand together where none has one. */
function kindsOf(branches: readonly Schema[], tag: string | undefined): Kinds {
  const named = branches.flatMap((one): [string, Schema][] => {
    if ('const' in one) return [[`= ${JSON.stringify(one.const)}`, one]]
    const words = one.type === 'object' && tag ? wordsOf(one.properties?.[tag]) : null
    if (!words) return [[String(one.type ?? 'anything'), one]]
    return words.map((word) => [
      `object with ${tag} ${JSON.stringify(word)}`,
      { ...one, properties: { ...one.properties, [tag!]: { const: word } } },
    ])
  })
  const names = new Set(named.map(([name]) => name))
  return new Map(
    [...names].map((name) => [name, named.filter(([is]) => is === name).map(([, one]) => one)]),
  )
}

const isWord = (kind: string): boolean => kind.startsWith('= ')
const isVariant = (kind: string): boolean => kind.startsWith('object with ')

/** The schemas that let this kind of value through. */
function takersOf(kinds: Kinds, kind: string): readonly Schema[] | undefined {
  const wider = isVariant(kind)
    ? 'object'
    : isWord(kind)
      ? typeof JSON.parse(kind.slice(2))
      : kind === 'integer'
        ? 'number'
        : kind
  return kinds.get(kind) ?? kinds.get(wider) ?? kinds.get('anything')
}

function limitChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  return [...lower, ...upper].flatMap((name) => {
    const is_lower = (lower as readonly string[]).includes(name)
    const none = is_lower ? -Infinity : Infinity
    const [was, is] = [Number(before[name] ?? none), Number(after[name] ?? none)]
    const lets_fewer = is_lower ? is > was : is < was
    if (was === is || lets_fewer !== (side === 'request')) return []
    const moved = `${is > was ? 'rose' : 'fell'} to ${is}`
    return [{ at, what: `${name} ${after[name] === undefined ? 'is gone' : moved}`, breaks: true }]
  })
}

function formChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  return forms.flatMap((name) => {
    const [was, is] = [before[name] || undefined, after[name] || undefined]
    const binds = side === 'request' ? is : was
    return same(was, is) || binds === undefined
      ? []
      : [{ at, what: `has another ${name}`, breaks: true }]
  })
}

export function fieldChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  const [were, are] = [before.properties ?? {}, after.properties ?? {}]
  const [needed, needs] = [new Set(before.required), new Set(after.required)]
  const gone = Object.keys(were).filter((name) => !(name in are))
  const fresh = Object.keys(are).filter((name) => !(name in were))
  const kept = Object.keys(were).filter((name) => name in are)
  return [
    ...gone.map((name) => ({ at: `${at}.${name}`, what: 'is gone', breaks: true })),
    ...fresh.map((name) => {
      const must = side === 'request' && needs.has(name)
      const what = must ? 'is new and must be sent' : 'is new'
      return { at: `${at}.${name}`, what, breaks: must }
    }),
    ...kept.flatMap((name) => {
      const field = `${at}.${name}`
      const found = schemaChanges(were[name]!, are[name]!, field, side)
      if (side === 'request' && needs.has(name) && !needed.has(name)) {
        found.push({ at: field, what: 'must be sent now', breaks: true })
      }
      if (side === 'reply' && needed.has(name) && !needs.has(name)) {
        found.push({ at: field, what: 'may be missing now', breaks: true })
      }
      return found
    }),
  ]
}

/** What may stand in an object beside the fields that are named. */
function otherFieldChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  const [were, are] = [before.patternProperties ?? {}, after.patternProperties ?? {}]
  const found = Object.keys(were).flatMap((names) =>
    are[names]
      ? schemaChanges(were[names]!, are[names], `${at}.*`, side)
      : [{ at: `${at}.*`, what: `is not named by ${names} any more`, breaks: true }],
  )
  const restOf = ({ additionalProperties: rest }: Schema): Schema | null =>
    rest === false ? null : typeof rest === 'object' ? rest : {}
  const [was, is] = [restOf(before), restOf(after)]
  if (was && is) found.push(...schemaChanges(was, is, `${at}.*`, side))
  if (was && !is && side === 'request') {
    found.push({ at, what: 'takes no other fields any more', breaks: true })
  }
  return found
}

function kindChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  // A word has nothing more to it, and what takes anything takes it in any form.
  if ('const' in before || after.type === undefined) return []
  return [
    ...limitChanges(before, after, at, side),
    ...formChanges(before, after, at, side),
    ...(before.type === 'array'
      ? schemaChanges(before.items ?? {}, after.items ?? {}, `${at}[]`, side)
      : []),
    ...(before.type === 'object'
      ? [...fieldChanges(before, after, at, side), ...otherFieldChanges(before, after, at, side)]
      : []),
  ]
}

/** Words of a schema that nothing else here compares: whoever uses a new one is warned. */
function wordChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  const words = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...words]
    .filter((word) => !compared.has(word) && !notes.test(word))
    .filter((word) => !same(before[word], after[word]))
    .map((word) => {
      const is_fresh = before[word] === undefined && /^(default|discriminator)$/.test(word)
      const breaks = !is_fresh && !(word === 'default' && side === 'reply')
      return { at, what: `has another ${word}`, breaks }
    })
}

/** Fields that a client could read without asking which variant it has. */
function commonFields(branches: readonly Schema[], tag: string | undefined): readonly string[] {
  const objects = branches.filter(({ type }) => type === 'object')
  const [first, ...others] = objects.map(({ required = [] }) => required)
  return (first ?? []).filter(
    (name) => name !== tag && others.every((required) => required.includes(name)),
  )
}

/**
 * Clients wait for the words and variants that are told of, so none may leave. They must be ready
 * for another word, and for a variant that has what all had, but for no other kind of value.
 */
export function schemaChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  const found = wordChanges(before, after, at, side)
  const [old, fresh] = [branchesOf(before), branchesOf(after)]
  const tag = tagOf(old) ?? tagOf(fresh)
  const [were, are] = [kindsOf(old, tag), kindsOf(fresh, tag)]
  for (const [kind, ones] of were) {
    const others = takersOf(are, kind)
    if (!others) {
      const breaks = side === 'request' || isWord(kind) || isVariant(kind)
      found.push({ at, what: `is never ${kind} any more`, breaks })
    } else if (ones.length === 1 && others.length === 1) {
      found.push(...kindChanges(ones[0]!, others[0]!, at, side))
    } else if (!same(ones, others)) {
      found.push({ at, what: `has other kinds of ${kind}`, breaks: true })
    }
  }
  const common = commonFields(old, tag)
  for (const [kind, [one]] of are) {
    if (takersOf(were, kind)) continue
    const has_all = common.every((name) => one!.required?.includes(name))
    const is_ready = isWord(kind) || (isVariant(kind) && has_all)
    found.push({ at, what: `may be ${kind}`, breaks: side === 'reply' && !is_ready })
  }
  return found
}

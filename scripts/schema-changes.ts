// What has changed between two JSON Schemas, and what of it breaks a client: a request must still
// be allowed what it was, and in a reply there must be nothing but what there was.

export type Schema = {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  /** Of a tuple its members, or what follows on those of `prefixItems`. */
  readonly items?: boolean | Schema | readonly Schema[]
  readonly prefixItems?: readonly Schema[]
  readonly additionalItems?: boolean | Schema
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
  ...['type', 'const', 'enum', 'anyOf', 'oneOf', 'allOf', 'properties', 'patternProperties'],
  ...['additionalProperties', 'required', 'nullable', 'items', 'prefixItems', 'additionalItems'],
  ...[...lower, ...upper, ...forms],
])
/** They say something to people, or to the server itself. */
const notes = /^(title|description|examples?|deprecated|\$comment|x-.*)$/

export const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** What both let through, of one kind of value: of two limits the tighter one. */
function meet(one: Schema, other: Schema): Schema {
  const mapped = (name: 'properties' | 'patternProperties') => {
    const [of_one, of_other] = [one[name] ?? {}, other[name] ?? {}]
    const both = Object.keys(of_one).filter((key) => key in of_other)
    const met = both.map((key): [string, Schema] => [
      key,
      { allOf: [of_one[key]!, of_other[key]!] },
    ])
    const all = { ...of_one, ...of_other, ...Object.fromEntries(met) }
    return Object.keys(all).length > 0 ? { [name]: all } : {}
  }
  const limits = (names: readonly string[], pick: (...values: number[]) => number) =>
    names
      .filter((name) => name in one && name in other)
      .map((name): [string, number] => [name, pick(Number(one[name]), Number(other[name]))])
  const required = [...new Set([...(one.required ?? []), ...(other.required ?? [])])]
  const is_closed = [one, other].some((all) => all.additionalProperties === false)
  return {
    ...one,
    ...other,
    ...mapped('properties'),
    ...mapped('patternProperties'),
    ...(required.length > 0 ? { required } : {}),
    ...(is_closed ? { additionalProperties: false } : {}),
    ...Object.fromEntries([...limits(lower, Math.max), ...limits(upper, Math.min)]),
  }
}

/** The single things that a schema lets through: every branch of a union, every word of a list. */
function branchesOf(schema: Schema): readonly Schema[] {
  const { anyOf, oneOf, allOf, enum: words, nullable, type } = schema
  if (nullable === true) {
    return [...branchesOf({ ...schema, nullable: false }), { type: 'null' }]
  }
  if (allOf) {
    const { allOf: _, ...own } = schema
    const parts = Object.keys(own).length > 0 ? [own, ...allOf] : allOf
    const [first = {}, ...others] = parts
    return others.reduce(
      (met, part) => met.flatMap((one) => branchesOf(part).map((other) => meet(one, other))),
      branchesOf(first),
    )
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

type Items = { readonly members: readonly Schema[]; readonly rest: Schema | null }

/** What stands at each place of a list, and what at all further ones: null where there are none. */
function itemsOf({ items, prefixItems, additionalItems }: Schema): Items {
  const is_old = Array.isArray(items)
  const members = is_old ? (items as readonly Schema[]) : (prefixItems ?? [])
  const more = is_old ? additionalItems : (items as boolean | Schema | undefined)
  return { members, rest: more === false ? null : typeof more === 'object' ? more : {} }
}

function itemChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  const [were, are] = [itemsOf(before), itemsOf(after)]
  const places = Math.max(were.members.length, are.members.length)
  const compare = (was: Schema | null, is: Schema | null, where: string): Found[] => {
    if (was === null) return is === null ? [] : [{ at: where, what: 'is new', breaks: false }]
    if (is === null) return [{ at: where, what: 'is gone', breaks: true }]
    return schemaChanges(was, is, where, side)
  }
  return [
    ...Array.from({ length: places }, (_, n) =>
      compare(were.members[n] ?? were.rest, are.members[n] ?? are.rest, `${at}[${n}]`),
    ).flat(),
    ...compare(were.rest, are.rest, `${at}[]`),
  ]
}

function kindChanges(before: Schema, after: Schema, at: string, side: Side): Found[] {
  // A word has nothing more to it, and what takes anything takes it in any form.
  if ('const' in before || after.type === undefined) return []
  return [
    ...limitChanges(before, after, at, side),
    ...formChanges(before, after, at, side),
    ...(before.type === 'array' ? itemChanges(before, after, at, side) : []),
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

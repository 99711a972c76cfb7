// Every route by which staff write, asked so that it is done: what it has changed stands in the
// audit with who did it. The tables say by themselves what was written, so that neither a new
// route nor a new table is forgotten.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/app/routes.ts'
import type { Schema } from '#src/http/schema.ts'
import { readFingerprint } from '#test/fingerprint.sql.ts'
import { openWorld } from '#test/world.ts'
import { attack, behind_proxy, fillShop, idsFor, readIds } from './attacker.ts'
import { isStaff, nobody, type Operation, readOperations } from './document.ts'
import { fittingValue, type Ids } from './values.ts'

const world = await openWorld({ worker: false, ...behind_proxy })
await fillShop(world)
const operations = await readOperations(world.url)
const writes = operations.filter((one) => isStaff(one) && one.method !== 'GET')

/** Ids that exist, by the names of the fields that hold them. */
function withIds(value: unknown, schema: Schema, ids: Ids, name = ''): unknown {
  if (typeof value === 'string') return value === nobody ? (ids[name]?.[0] ?? value) : value
  if (Array.isArray(value)) {
    return value.map((one) => withIds(one, schema.items ?? {}, ids, name.replace(/s$/, '')))
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      withIds(one, schema.properties?.[key] ?? {}, ids, key),
    ]),
  )
}

const examples = new Map(
  routes.map(({ method, path, example }) => [
    `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    example,
  ]),
)

type Done = { readonly status: number; readonly text: string; readonly request_id: string }

async function succeed(operation: Operation, ids: Ids): Promise<Done | string> {
  const { body, takes_bytes, name } = operation
  const example = examples.get(name)
  const bodies = body
    ? [
        ...(example ? [example] : []),
        withIds(example ?? {}, body, ids),
        withIds(fittingValue(body), body, ids),
      ]
    : [null]
  const known = Object.entries(idsFor(operation, ids))
  const sets = [0, 1, 2, 3].map((n) =>
    Object.fromEntries(known.map(([key, some]) => [key, some[n] ?? some[0] ?? nobody])),
  )
  const said = new Set<string>()
  for (const values of sets) {
    for (const one of takes_bytes ? ['bytes'] : bodies) {
      const text = takes_bytes ? 'bytes' : one === null ? null : JSON.stringify(one)
      const answer = await attack(world, operation, {
        values,
        ...(text === null ? {} : { text }),
      })
      if (answer.status < 300) {
        return { ...answer, request_id: answer.headers.get('x-request-id')! }
      }
      said.add(`${answer.status} ${answer.text.slice(0, 200)}`)
    }
  }
  return [...said].join(' · ')
}

test('x', async () => {
  const ordered = [
    ...writes.filter(({ method }) => method !== 'DELETE'),
    ...writes.filter(({ method }) => method === 'DELETE'),
  ]
  let ok = 0
  for (const operation of ordered) {
    const before = await readFingerprint(world.db)
    const done = await succeed(operation, await readIds(world))
    if (typeof done === 'string') {
      console.log('NOT', operation.name, done)
      continue
    }
    ok++
    const now = await readFingerprint(world.db)
    const changed = Object.keys(now)
      .filter((t) => now[t] !== before[t])
      .map((t) => t.replace('public.', ''))
    const { rows } = await world.db.query(
      'select distinct resource from audit_entry where request_id = $1',
      [done.request_id],
    )
    console.log(
      'ok',
      operation.name,
      changed
        .filter(
          (t) =>
            !rows.some((r) => r.resource === t) &&
            !['audit_entry', 'event', 'idempotency'].includes(t),
        )
        .join(),
      '|',
      rows.length,
    )
  }
  console.log(ok, ordered.length)
})

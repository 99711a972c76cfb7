import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { openApi } from '#src/http/openapi.ts'
import { Closed, Nullable, Page, route } from '#src/http/route.ts'
import { clientTypes, ownClientTypes } from './client-types.ts'

test('names that only a pattern tells are those of one type', () => {
  const fields = {
    type: 'object',
    patternProperties: { '^[a-z]+$': { anyOf: [{ type: 'string' }, { type: 'null' }] } },
    additionalProperties: false,
  }
  const answer = { content: { 'application/json': { schema: fields } } }
  const get = { summary: 'Own', parameters: [], responses: { 200: answer } }
  const text = clientTypes({ paths: { '/store/own': { get } } } as never)
  assert.match(text, /200: \{\s+readonly \[name: string\]: string \| null\s+\}/)
})

test('routes of a shop are added to those that the client knows', () => {
  const Rack = Closed({
    id: Type.String(),
    state: Type.Union([Type.Literal('full'), Type.Literal('empty')]),
    note: Nullable(Type.String()),
    items: Type.Array(Closed({ sku: Type.String({ description: 'As on the label.' }) })),
  })
  const handle = async () => ({ status: 200 })
  const list = route({
    method: 'GET',
    path: '/custom/racks',
    who: 'anyone',
    summary: 'List racks',
    query: Closed({ after: Type.Optional(Type.String()) }),
    replies: { 200: Page(Rack) },
    handle,
  })
  const put = route({
    method: 'PUT',
    path: '/admin/racks/:id',
    who: { staff: 'stock:write' },
    summary: 'Fill a rack',
    params: Closed({ id: Type.String() }),
    body: Closed({ state: Rack.properties.state }),
    replies: { 200: Rack, 204: null },
    handle,
  })
  assert.equal(
    ownClientTypes(openApi([list, put], '1')),
    `// Written by "npx onhand client" from the routes of onhand.config: do not edit.
import 'onhand/client'

export type Rack = {
  readonly id: string
  readonly state: 'full' | 'empty'
  readonly note: string | null
  readonly items: readonly {
    /** As on the label. */
    readonly sku: string
  }[]
}

declare module 'onhand/client' {
  interface Api {
    /** List racks */
    readonly 'GET /custom/racks': {
      readonly params: null
      readonly query: {
        readonly after?: string
      }
      readonly body: null
      readonly idempotent: false
      readonly replies: {
        readonly 200: {
          readonly items: readonly Rack[]
          readonly next_cursor: string | null
        }
      }
    }
    /** Fill a rack */
    readonly 'PUT /admin/racks/:id': {
      readonly params: {
        readonly id: string
      }
      readonly query: null
      readonly body: {
        readonly state: 'full' | 'empty'
      }
      readonly idempotent: false
      readonly replies: {
        readonly 200: Rack
        readonly 204: null
      }
    }
  }
}
`,
  )
})

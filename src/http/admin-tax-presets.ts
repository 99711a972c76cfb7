// Ready-made sets of tax rates, for staff and machines.
import Type from 'typebox'
import { transaction } from '#src/db/transaction.ts'
import { loadPreset } from '#src/pricing/load-preset.ts'
import { taxPresets } from '#src/pricing/tax-presets.ts'
import { actorOf } from './identity.ts'
import { Closed, type Route, route } from './route.ts'

const list = route({
  method: 'GET',
  path: '/admin/tax-presets',
  who: { staff: 'settings:read' },
  summary: 'Sets of tax rates that can be loaded, with their source and day',
  replies: {
    200: Closed({
      items: Type.Array(
        Closed({
          name: Type.String(),
          title: Type.String(),
          source: Type.String(),
          as_of: Type.String(),
          zones: Type.Integer(),
          districts: Type.Integer(),
        }),
      ),
    }),
  },
  handle: async () => {
    const items = taxPresets().map(({ zones, districts, ...preset }) => ({
      ...preset,
      zones: zones.length,
      districts: districts.length,
    }))
    return { status: 200, body: { items } }
  },
})

const load = route({
  method: 'PUT',
  path: '/admin/tax-presets/:name',
  who: { staff: 'settings:write' },
  summary: 'Load a set of tax rates; zones that are there stay, unless replace is true',
  params: Closed({ name: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }) }),
  body: Closed({ replace: Type.Optional(Type.Boolean({ default: false })) }),
  example: { replace: true },
  replies: {
    200: Closed({ made: Type.Integer(), replaced: Type.Integer(), left: Type.Integer() }),
  },
  handle: async ({ app, params, body, identity, now }) => {
    const asked = { name: params.name, replace: body.replace ?? false }
    const editing = { actor: actorOf(identity), now }
    return { status: 200, body: await transaction(app.db, (tx) => loadPreset(tx, asked, editing)) }
  },
})

export const admin_tax_presets_routes: readonly Route[] = [list, load]

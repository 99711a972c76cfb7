import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { Closed, type Route, route } from '#src/http/route.ts'
import { routeProblems } from './own-routes.ts'

const at = (name: string): Route => {
  const [method, path] = name.split(' ') as [Route['method'], string]
  const handle = async () => ({ status: 200 })
  return route({ method, path, who: 'anyone', summary: 'Own', replies: { 200: null }, handle })
}

const cases: readonly [own: string, told: RegExp | null][] = [
  ['GET /custom/reports', null],
  ['GET /store/reports/:id', null],
  ['GET /elsewhere', /must begin with \/store\//],
  ['GET /store/products', /collides with GET \/store\/products of Onhand/],
  ['DELETE /store/products', null],
  ['GET /store/products/:slug', /collides with GET \/store\/products\/:handle of/],
  ['GET /store/products/newest', /collides with GET \/store\/products\/:handle of/],
  ['GET /store/:page', /collides with GET \/store\//],
  // No id of ours reads like that.
  ['GET /admin/orders/late', null],
]
for (const [own, told] of cases) {
  test(`${own} ${told === null ? 'stands beside ours' : 'does not'}`, async () => {
    const problems = await routeProblems([at(own)])
    if (told === null) assert.deepEqual(problems, [])
    else assert.match(problems.join('\n'), told)
  })
}

test('two that take the same addresses are one too many, whatever they call what varies', async () => {
  const problems = await routeProblems([at('GET /custom/:a'), at('GET /custom/:b')])
  assert.deepEqual(problems, ['the route GET /custom/:b stands there twice'])
  const apart = [at('GET /custom/:a'), at('GET /custom/fixed'), at('PUT /custom/:a')]
  assert.deepEqual(await routeProblems(apart), [])
})

test('what varies meets only what its pattern allows', async () => {
  const own = (pattern: string): Route => ({
    ...at('GET /store/:page'),
    params: Closed({ page: Type.String({ pattern }) }),
  })
  assert.deepEqual(await routeProblems([own('^page-[0-9]+$')]), [])
  assert.match((await routeProblems([own('^[a-z]+$')])).join(), /collides/)
})

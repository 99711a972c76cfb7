// Whether the routes of a shop's own can stand beside ours.
import type { Route } from '#src/http/route.ts'
import type { Schema } from '#src/http/schema.ts'

const paths = /^\/(store|admin|custom)\/[a-z0-9:/_-]+$/

/** `/store/carts/:id` and `/store/carts/:cart` are one address. */
const shapeOf = ({ method, path }: Route): string => `${method} ${path.replaceAll(/:\w+/g, ':')}`

type Segment = { readonly text: string; readonly is_open: boolean; readonly pattern: RegExp | null }

function segmentsOf({ path, params }: Route): Segment[] {
  const schemas = (params as Schema | undefined)?.properties ?? {}
  return path.split('/').map((text) => {
    const { pattern } = (schemas[text.slice(1)] ?? {}) as { readonly pattern?: string }
    const is_open = text.startsWith(':')
    return { text, is_open, pattern: is_open && pattern ? new RegExp(pattern) : null }
  })
}

/** Whether something can stand there that both take. */
function meet(one: Segment, other: Segment): boolean {
  if (one.is_open && other.is_open) return true
  if (one.is_open) return one.pattern?.test(other.text) ?? true
  return other.is_open ? meet(other, one) : one.text === other.text
}

/** Whether one address can mean both: then one would take requests of the other. */
function collide(own: Route, ours: Route): boolean {
  if (own.method !== ours.method) return false
  const [mine, theirs] = [segmentsOf(own), segmentsOf(ours)]
  return mine.length === theirs.length && mine.every((one, i) => meet(one, theirs[i]!))
}

/** What is wrong with routes of a shop's own, in words. */
export async function routeProblems(own: readonly Route[]): Promise<string[]> {
  if (own.length === 0) return []
  // Not every process that reads the shop's file serves requests.
  const { routes } = await import('./routes.ts')
  const shapes = own.map(shapeOf)
  return own.flatMap((route, i) => {
    const name = `${route.method} ${route.path}`
    if (!paths.test(route.path)) {
      return [`the route ${name} must begin with /store/, /admin/ or /custom/`]
    }
    if (shapes.indexOf(shapes[i]!) < i) return [`the route ${name} stands there twice`]
    const taken = routes.find((one) => collide(route, one))
    return taken ? [`the route ${name} collides with ${taken.method} ${taken.path} of Onhand`] : []
  })
}

// A real OpenID provider on this machine: `oidc-provider` from npm, with people of its own. Its
// pages are short, and nobody asks for consent.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { atEnd } from './cleanup.ts'

export type Person = {
  email?: string
  email_verified?: boolean
  name?: string
  /** How they have shown who they are: RFC 8176. */
  amr?: string[]
}
export const client = { client_id: 'shop', client_secret: 'a secret between shop and provider' }

export type OpenIdProvider = {
  readonly issuer: string
  /** By the `sub` that the provider gives them. */
  readonly people: Map<string, Person>
  /** What stands between the provider and whoever asks it: changes its JSON answers. */
  tamper: ((path: string, body: Record<string, unknown>) => Record<string, unknown>) | null
  /** Answers with nothing but errors. */
  down: boolean
  /** Signs somebody in there, as their browser does: gives the address the browser is sent to. */
  enter(authorization_url: string, sub: string): Promise<string>
}

export async function startOpenIdProvider(redirect_uri: string): Promise<OpenIdProvider> {
  const people = new Map<string, Person>()
  let handle: RequestListener = () => {}
  const server = createServer((request, response) => {
    if (told.down) {
      response.writeHead(503).end()
      return
    }
    const { tamper } = told
    if (tamper) {
      const end = response.end.bind(response) as (text?: unknown) => typeof response
      response.end = ((chunk?: unknown) => {
        const text = chunk === undefined ? '' : String(chunk)
        if (!String(response.getHeader('content-type')).includes('json')) return end(chunk)
        const changed = JSON.stringify(tamper(request.url ?? '', JSON.parse(text)))
        response.setHeader('content-length', Buffer.byteLength(changed))
        return end(changed)
      }) as typeof response.end
    }
    handle(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(() => void server.close())
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [{ ...client, redirect_uris: [redirect_uri] }],
    cookies: { keys: ['only for tests'] },
    claims: { email: ['email', 'email_verified'], profile: ['name'], openid: ['sub', 'amr'] },
    // Addresses are told by the userinfo endpoint alone, as many providers do it.
    conformIdTokenClaims: true,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, ...people.get(sub) }),
    }),
    loadExistingGrant: async ({ oidc }) => {
      const { client: asking, session } = oidc
      const grant = new oidc.provider.Grant({
        clientId: asking!.clientId,
        accountId: session!.accountId!,
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  const callback = provider.callback()
  handle = (request, response) => {
    const asked = new URL(request.url ?? '', issuer)
    const sub = asked.searchParams.get('as')
    if (!asked.pathname.startsWith('/interaction/') || sub === null) {
      void callback(request, response)
      return
    }
    const amr = people.get(sub)?.amr ?? ['pwd']
    const result = people.has(sub)
      ? { login: { accountId: sub, amr } }
      : { error: 'access_denied', error_description: 'nobody of this name' }
    void provider.interactionFinished(request, response, result)
  }

  const told: OpenIdProvider = {
    issuer,
    people,
    tamper: null,
    down: false,
    enter: async (authorization_url, sub) => {
      const jar = new Map<string, string>()
      let url = authorization_url
      for (let hops = 0; hops < 10 && url.startsWith(issuer); hops++) {
        const at = new URL(url)
        if (at.pathname.startsWith('/interaction/')) at.searchParams.set('as', sub)
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
        const answer = await fetch(at, { redirect: 'manual', headers: { cookie } })
        for (const set of answer.headers.getSetCookie()) {
          const [name, value] = set.split(';')[0]!.split('=') as [string, string]
          jar.set(name, value)
        }
        const next = answer.headers.get('location')
        if (!next) throw new Error(`${answer.status} ${await answer.text()}`)
        url = new URL(next, at).href
      }
      return url
    },
  }
  return told
}

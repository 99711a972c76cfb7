// Sign-in by an OpenID provider of the shop's own: authorization code flow with PKCE, state and
// nonce. Nothing of a sign-in that has begun is stored here: the browser carries it, sealed.
import * as oauth from 'oauth4webapi'
import type { Send } from '#src/lib/http-client.ts'
import { Refusal, type RefusalCode, refuse } from '#src/lib/refusal.ts'
import { type Sealing, seal, unseal } from '#src/lib/sealed.ts'
import type { Secret } from '#src/lib/secret.ts'

export type OpenIdSettings = {
  readonly issuer: string
  readonly client_id: string
  readonly client_secret: Secret
  /** Who is not known here becomes a member of staff with this role; null lets nobody in. */
  readonly default_role: string | null
  /** Where the browser goes once it is signed in. */
  readonly return_url: string
}
export type OpenIdParts = {
  readonly send: Send
  readonly key: Secret
  /** Where the provider sends the browser back to. */
  readonly redirect_uri: string
}
/** Who the provider says it is. */
export type Told = {
  readonly issuer: string
  readonly subject: string
  readonly email: string | null
  readonly email_verified: boolean
  readonly name: string | null
  /** The provider has asked for more than one factor: RFC 8176. */
  readonly several_factors: boolean
}
export type OpenId = {
  readonly settings: OpenIdSettings
  /** Where to send the browser, and what it must bring back. */
  begin(now: Date): Promise<{ readonly url: string; readonly carried: string }>
  /**
   * @throws sign_in_interrupted, sign_in_denied, sign_in_not_authentic,
   *   sign_in_provider_unavailable
   */
  finish(parameters: URLSearchParams, carried: string | null, now: Date): Promise<Told>
}

/** Where the provider sends the browser back to; it is registered there. */
export const openid_callback = '/admin/sign-in/openid/callback'
export const begun_seconds = 10 * 60
const answer_ms = 10_000
/** What a provider says about itself is asked for again after so long. */
const metadata_ms = 10 * 60_000
/** Values of `amr` that a password alone does not bring. */
const further_factors = new Set(['mfa', 'otp', 'hwk', 'swk', 'fpt', 'face', 'sc', 'pop'])

class ProviderAway extends Error {}

/** The way to the provider: that of all other calls, with its limits of time and size. */
const fetchBy =
  (send: Send) =>
  async (
    url: string,
    asked: { readonly method: string; readonly headers: Record<string, string>; body?: unknown },
  ): Promise<Response> => {
    const answer = await send({
      method: asked.method as 'GET' | 'POST',
      url,
      headers: asked.headers,
      body: asked.body === undefined || asked.body === null ? null : String(asked.body),
      timeout_ms: answer_ms,
    })
    if (answer.kind === 'no_answer' || answer.status >= 500) throw new ProviderAway()
    const body = answer.status === 204 ? null : new Uint8Array(answer.body)
    return new Response(body, { status: answer.status, headers: answer.headers })
  }

type Begun = {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly until: number
}

const sealingFor = ({ key }: OpenIdParts): Sealing => ({
  key,
  purpose: 'sign-in that has begun',
  about: 'openid',
})

function readBegun(carried: string | null, parts: OpenIdParts, now: Date): Begun {
  const read = unseal(Buffer.from(carried ?? '', 'base64url'), sealingFor(parts))
  if (!read) throw refuse('sign_in_interrupted')
  const begun = JSON.parse(read.toString()) as Begun
  if (begun.until < now.getTime()) throw refuse('sign_in_interrupted')
  return begun
}

/** Only what the library says in words of its own; never a token or an address. */
function refusalOf(error: unknown): unknown {
  if (error instanceof Refusal) return error
  if (error instanceof ProviderAway) return refuse('sign_in_provider_unavailable')
  if (error instanceof oauth.AuthorizationResponseError) {
    return refuse('sign_in_denied', { reason: String(error.error).slice(0, 100) })
  }
  const code = (error as { code?: unknown }).code
  if (error instanceof oauth.ResponseBodyError) {
    const used = error.error === 'invalid_grant'
    const told: RefusalCode = used ? 'sign_in_interrupted' : 'sign_in_not_authentic'
    return refuse(told, { reason: String(error.error).slice(0, 100) })
  }
  if (typeof code === 'string' && code.startsWith('OAUTH_')) {
    return refuse('sign_in_not_authentic', { reason: code.toLowerCase() })
  }
  return error
}

async function orRefuse<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    throw refusalOf(error)
  }
}

const wordOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null

export function openOpenId(settings: OpenIdSettings, parts: OpenIdParts): OpenId {
  const { issuer, client_id, client_secret } = settings
  const issuer_url = new URL(issuer)
  const client: oauth.Client = { client_id }
  const outside = {
    [oauth.customFetch]: fetchBy(parts.send),
    [oauth.allowInsecureRequests]: issuer_url.protocol === 'http:',
  }
  let known: { readonly server: oauth.AuthorizationServer; readonly at: number } | null = null

  const discover = async (): Promise<oauth.AuthorizationServer> => {
    if (known && performance.now() - known.at < metadata_ms) return known.server
    const answer = await oauth.discoveryRequest(issuer_url, { algorithm: 'oidc', ...outside })
    const server = await oauth.processDiscoveryResponse(issuer_url, answer)
    known = { server, at: performance.now() }
    return server
  }
  const authentication = (server: oauth.AuthorizationServer): oauth.ClientAuth => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const by = methods.includes('client_secret_basic')
      ? oauth.ClientSecretBasic
      : oauth.ClientSecretPost
    return by(client_secret.reveal())
  }

  const begin: OpenId['begin'] = (now) =>
    orRefuse(async () => {
      const { authorization_endpoint } = await discover()
      const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
      const verifier = oauth.generateRandomCodeVerifier()
      const url = new URL(authorization_endpoint!)
      const asked = {
        client_id,
        redirect_uri: parts.redirect_uri,
        response_type: 'code',
        scope: 'openid email profile',
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
      const begun: Begun = { state, nonce, verifier, until: now.getTime() + begun_seconds * 1000 }
      const carried = seal(Buffer.from(JSON.stringify(begun)), sealingFor(parts))
      return { url: url.href, carried: carried.toString('base64url') }
    })

  const finish: OpenId['finish'] = (parameters, carried, now) =>
    orRefuse(async () => {
      const { state, nonce, verifier } = readBegun(carried, parts, now)
      // Another state is another browser's sign-in, or somebody who wants it to be taken for one.
      if (parameters.get('state') !== state) throw refuse('sign_in_interrupted')
      const server = await discover()
      const valid = oauth.validateAuthResponse(server, client, parameters, state)
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication(server),
        valid,
        parts.redirect_uri,
        verifier,
        outside,
      )
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
        expectedNonce: nonce,
        requireIdToken: true,
      })
      await oauth.validateApplicationLevelSignature(server, answer, outside)
      const id_token = oauth.getValidatedIdTokenClaims(tokens)!
      // Many providers tell the address only to whoever asks for it.
      const about =
        id_token['email'] === undefined && server.userinfo_endpoint
          ? await oauth.processUserInfoResponse(
              server,
              client,
              id_token.sub,
              await oauth.userInfoRequest(server, client, tokens.access_token, outside),
            )
          : id_token
      const amr = Array.isArray(id_token['amr']) ? (id_token['amr'] as unknown[]) : []
      return {
        issuer: id_token.iss,
        subject: id_token.sub,
        email: wordOf(about['email']),
        email_verified: about['email_verified'] === true,
        name: wordOf(about['name']),
        several_factors: amr.some((one) => further_factors.has(String(one))),
      }
    })
  return { settings, begin, finish }
}

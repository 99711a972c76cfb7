// A machine with a secret key that talks to the admin API over HTTP.
import { transaction } from '#src/db/transaction.ts'
import type { App } from '#src/http/app.ts'
import type { Server } from '#src/http/server.ts'
import { type ApiKeyId, newId } from '#src/lib/ids.ts'
import { insertKey } from '#src/staff/keys.sql.ts'
import { hashKeyToken, hintOf, newKeyToken } from '#src/staff/keys.ts'
import type { Permission } from '#src/staff/staff.ts'

/** What the API says when it refuses. */
export type Problem = {
  readonly code: string
  readonly errors?: readonly { readonly field: string; readonly code: string }[]
}
export type Answer<Body> = { readonly status: number; readonly body: Body }
export type AdminClient = <Body = Problem>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  key?: string,
) => Promise<Answer<Body>>

export async function adminClient(
  app: App,
  server: Server,
  permissions: readonly Permission[],
): Promise<AdminClient> {
  const token = newKeyToken('secret')
  await transaction(app.db, (tx) =>
    insertKey(tx, {
      id: newId<ApiKeyId>(),
      kind: 'secret',
      name: 'tests',
      token_hash: hashKeyToken(token),
      hint: hintOf(token),
      channel_id: null,
      permissions,
      expires_at: null,
      created_at: app.clock(),
    }),
  )
  return async <Body>(
    method: Parameters<AdminClient>[0],
    url: string,
    body?: unknown,
    key: string = newId<string>(),
  ): Promise<Answer<Body>> => {
    const answer = await server.fastify.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': key,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    })
    // What a test expects there is what it asserts on.
    const said: unknown = answer.body === '' ? null : answer.json()
    return { status: answer.statusCode, body: said as Body }
  }
}

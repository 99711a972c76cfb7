// Who of the staff acts: carried along with the request, and told to the database at the begin of
// each transaction that writes, so that no command can forget it. Triggers of the audited tables
// read it: see migration 0034. Of shoppers and jobs nothing is told, and nothing is written down.
import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'

export type Acting = {
  /** `staff:` or `key:`, and the id. */
  readonly actor: string
  readonly via: 'session' | 'key' | 'link'
  readonly request_id: string
  /** `PATCH /admin/orders/:id` */
  readonly route: string
  readonly at: Date
}

const acting = new AsyncLocalStorage<string>()

/** All transactions that `body` opens write down what they change, in this name. */
export const actAs = <T>(who: Acting, body: () => Promise<T>): Promise<T> =>
  acting.run(`; set local onhand.acting = ${pg.escapeLiteral(JSON.stringify(who))}`, body)

export const isActing = (): boolean => acting.getStore() !== undefined

/** What is sent with `begin`. */
export const settingOfActing = (): string => acting.getStore() ?? ''

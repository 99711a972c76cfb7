import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'

const open = new AsyncLocalStorage<boolean>()

export const whileInTransaction = <T>(body: () => Promise<T>): Promise<T> => open.run(true, body)

/** For work that is started inside a transaction but runs beside it. */
export const outsideTransaction = <T>(body: () => T): T => open.run(false, body)

/** A provider may take a minute to answer; rows must not stay locked meanwhile. */
export const assertNoTransaction = (): void =>
  assert(!open.getStore(), 'network call inside a transaction')

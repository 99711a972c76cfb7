// When each promise was asked last by the clock, and what it said.
import type { Tx } from '../db/sql.ts'
import { giveMemory } from './promises.sql.ts'

export const scopes = ['touched', 'all'] as const
export type Scope = (typeof scopes)[number]
export const isScope = (value: unknown): value is Scope => scopes.some((scope) => scope === value)

export type Asking = {
  readonly promise: string
  readonly scope: Scope
  readonly asked_at: Date
  readonly took_ms: number
  /** How many were looked at; null stands for all. */
  readonly things: number | null
  /** Null: it could not be asked to the end. */
  readonly guilty: number | null
}

export async function noteAsking(tx: Tx, asking: Asking): Promise<void> {
  await tx.run`
    insert into promise_asking (promise, scope, asked_at, took_ms, things, guilty)
    values (${asking.promise}, ${asking.scope}, ${asking.asked_at}, ${asking.took_ms},
      ${asking.things}, ${asking.guilty})
    on conflict (promise, scope) do update set asked_at = excluded.asked_at,
      took_ms = excluded.took_ms, things = excluded.things, guilty = excluded.guilty`
}

export const readAskings = (tx: Tx): Promise<Asking[]> =>
  tx.many<Asking>`
    select promise, scope, asked_at, took_ms, things, guilty from promise_asking
    order by promise, asked_at`

/** When all of them had been asked last: a round that was broken off does not count. */
export async function readLastAsked(tx: Tx, scope: Scope): Promise<Date | null> {
  const { at } = await tx.one<{ at: Date | null }>`
    select min(asked_at) as at from promise_asking where scope = ${scope}`
  return at
}

/** A promise that was renamed is another one. */
export async function forgetOthers(tx: Tx, scope: Scope, asked: readonly string[]): Promise<void> {
  await tx.run`delete from promise_asking where scope = ${scope} and promise <> all(${asked})`
}

/**
 * For one question that may read all there is: without the help of further processes, which
 * the shop needs itself, and without an end that is meant for short statements. Returns who may
 * be told to stop.
 */
export async function takeTime(tx: Tx, patience_ms: number): Promise<number> {
  await giveMemory(tx)
  const { pid } = await tx.one<{ pid: number }>`
    select pg_backend_pid() as pid, set_config('max_parallel_workers_per_gather', '0', true),
      set_config('jit', 'off', true), set_config('statement_timeout', ${String(patience_ms)}, true)`
  return pid
}

export const stopAsking = (tx: Tx, pid: number): Promise<number> =>
  tx.run`select pg_cancel_backend(${pid})`

// What follows from a change of orders or money: entries of the journal, things to do, events to
// tell. Gathered while everything is decided, so that all of it is written in one turn.
import { type Tx, together } from '../db/sql.ts'
import { addEvents, type NewEvent } from '../events/events.sql.ts'
import { addEffects, type NewEffect } from '../jobs/effects.sql.ts'
import { addEntries } from '../ledger/ledger.sql.ts'
import type { JournalEntry } from '../ledger/ledger.ts'

export type FollowUps = {
  readonly entries: JournalEntry[]
  readonly effects: NewEffect[]
  /** In the order in which the timeline tells them. */
  readonly events: NewEvent[]
}

export const noFollowUps = (): FollowUps => ({ entries: [], effects: [], events: [] })

export async function writeFollowUps(
  tx: Tx,
  { entries, effects, events }: FollowUps,
  now: Date,
): Promise<void> {
  await together(addEntries(tx, entries, now), addEffects(tx, effects, now), addEvents(tx, events))
}

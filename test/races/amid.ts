// A change that comes in the middle of a crowd: some are surely before it, some surely after it,
// and most of them race with it. Dice decide when it sets out.
import assert from 'node:assert/strict'
import { sizeOf } from '#test/proof.ts'
import { type Dice, openDice } from '#test/simulation/dice.ts'
import type { Answer } from '#test/world.ts'
import { tally } from './crowd.ts'

const seed = sizeOf('RACE_SEED', 20_260_101)
const lanes = 64

/** The dice of one race of this run. */
export const diceOf = (...which: readonly number[]): Dice => openDice(seed, ...which)

let races = 0

/**
 * Up to 64 act at any time. The change sets out when dice say so, between a quarter and a half of
 * the answers; the last quarter waits for the answer of the change. Of those who act some get
 * what they wanted and some do not, or the race has shown nothing and fails.
 */
export async function changeAmid(
  size: number,
  act: (i: number) => Promise<Answer>,
  change: () => Promise<Answer>,
): Promise<Answer[]> {
  const quarter = Math.floor(size / 4)
  const sets_out_after = quarter + diceOf(races++).roll(quarter)
  const answers: Answer[] = []
  const setOut = Promise.withResolvers<void>()
  const changed = setOut.promise.then(change)
  let next = 0
  let done = 0
  const lane = async (): Promise<void> => {
    while (next < size) {
      const i = next++
      if (i >= size - quarter) await changed
      answers[i] = await act(i)
      done += 1
      if (done >= sets_out_after) setOut.resolve()
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  const { status, body } = await changed
  assert(status < 300, JSON.stringify(body))
  assertBothWon(answers)
  return answers
}

/** Each side wins sometimes: what is always won by one is no race. */
export function assertBothWon(answers: readonly Answer[]): void {
  const won = answers.filter(({ status }) => status < 300).length
  const told = `seed ${seed}: ${JSON.stringify(tally(answers))}`
  assert(won > 0 && won < answers.length, `one side won every time, ${told}`)
}

// What is told "send the same again" is sent again, with the same key: a busy shop says so. So is
// what got no answer, where processes of the shop are killed.
import { is_fleet_wanted } from '#test/fleet.ts'
import {
  type Answer,
  complete,
  type FilledCart,
  fillCart,
  freshKey,
  until,
  type World,
} from '#test/world.ts'

const patience_ms = 120_000
const pause_ms = 200
let heard = 0

/** How many answers everybody has got so far: the clock by which things break. */
export const answersHeard = (): number => heard

/** Nothing for a request whose server died before it answered. @throws everything else */
function noAnswer(error: unknown): null {
  if (is_fleet_wanted && error instanceof TypeError) return null
  throw error
}

const isAgain = ({ status, body }: Answer): boolean =>
  status === 503 || (status === 409 && body.code === 'request_in_progress')

export const insist = (send: () => Promise<Answer>): Promise<Answer> =>
  until(
    'an answer of a server that has time',
    async () => {
      const answer = await send().catch(noAnswer)
      if (answer === null || isAgain(answer)) return false
      heard += 1
      return answer
    },
    patience_ms,
    pause_ms,
  )

/** The Buy button. */
export function press(
  world: World,
  cart: FilledCart,
  more: Parameters<typeof complete>[2] = {},
): Promise<Answer> {
  const asking = { idempotency_key: freshKey(), ...more }
  return insist(() => complete(world, cart, asking))
}

/** @throws when it is refused for good, as with a coupon that is used up */
export const fillPatiently = (...wanted: Parameters<typeof fillCart>): Promise<FilledCart> =>
  until(
    'a cart',
    () =>
      fillCart(...wanted).catch((error: unknown) => {
        if (String(error).includes('"status":503')) return null
        return noAnswer(error)
      }),
    patience_ms,
    pause_ms,
  )

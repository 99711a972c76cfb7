// What is told "send the same again" is sent again, with the same key: a busy shop says so.
import {
  type Answer,
  complete,
  type FilledCart,
  fillCart,
  freshKey,
  until,
  type World,
} from '#test/world.ts'

export const insist = (send: () => Promise<Answer>): Promise<Answer> =>
  until(
    'an answer of a server that has time',
    async () => {
      const answer = await send()
      return answer.status !== 503 && answer
    },
    60_000,
    200,
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
        throw error
      }),
    60_000,
    200,
  )

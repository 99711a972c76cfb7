// A clock that a test moves, also for the processes of the shop that read it.
import { type Clock, systemClock } from '#src/lib/clock.ts'

export type MovableClock = Clock & {
  /** Resolves when everybody who follows it has moved too. */
  advance(ms: number): Promise<void>
  /** Whoever follows is told by how much it is ahead. */
  follow(follower: (ahead_ms: number) => Promise<void>): void
}

export function openClock(): MovableClock {
  let ahead_ms = 0
  const followers: ((ahead_ms: number) => Promise<void>)[] = []
  const clock = (): Date => new Date(systemClock().getTime() + ahead_ms)
  return Object.assign(clock, {
    advance: async (ms: number) => {
      ahead_ms += ms
      await Promise.all(followers.map((tell) => tell(ahead_ms)))
    },
    follow: (follower: (ahead_ms: number) => Promise<void>) => void followers.push(follower),
  })
}

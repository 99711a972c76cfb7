// What `npm run prove` does, in its order. Each section is a set of test files: `npm test` runs
// the same attacks in a shorter form and against servers in the test's own process.

export type Section = {
  readonly name: string
  readonly title: string
  readonly files: readonly string[]
  /** How often all of it is run, each time with other dice. */
  readonly rounds: { readonly usual: number; readonly deep: number }
  /** Sizes for the tests, as environment variables. */
  readonly sizes: {
    readonly usual: Readonly<Record<string, number>>
    readonly deep: Readonly<Record<string, number>>
  }
  /** How many files at the same time; one where each wants all of the machine for its own crowd. */
  readonly files_at_once: number
  /** Against two web servers and two workers as processes of their own. */
  readonly fleet: boolean
  /**
   * Sections of one lane run one after the other, the lanes side by side: while one waits for
   * what was taken from it to come back, the other one uses the processors.
   */
  readonly lane: 1 | 2
}

const once = { usual: 1, deep: 1 }
const none = { usual: {}, deep: {} }

export const sections: readonly Section[] = [
  {
    name: 'races',
    title: 'Races: 64 and more clients on two web servers and two workers',
    lane: 1,
    files: ['test/races/*.test.ts'],
    files_at_once: 1,
    rounds: { usual: 1, deep: 5 },
    sizes: {
      usual: {
        RACES: 64,
        CONTESTED_ORDERS: 32,
        PROMOTION_ORDERS: 200,
        BUNDLE_BUYERS: 64,
        FILE_ORDERS: 12,
      },
      deep: {
        RACES: 640,
        CONTESTED_ORDERS: 64,
        PROMOTION_ORDERS: 1_000,
        BUNDLE_BUYERS: 400,
        FILE_ORDERS: 100,
      },
    },
    fleet: true,
  },
  {
    name: 'crashes',
    title: 'Crashes: kill -9 at every step, under load',
    lane: 1,
    files: ['test/crash/*.test.ts'],
    files_at_once: 2,
    rounds: once,
    sizes: {
      usual: { CRASH_HITS: 3, CRASH_EVERY: 1 },
      deep: { CRASH_HITS: 20, CRASH_EVERY: 1 },
    },
    // Its processes are its own: they are made to be killed.
    fleet: false,
  },
  {
    name: 'outages',
    title: 'Outages: database killed, cut off and full, clocks jump, providers have bad days',
    lane: 2,
    files: ['test/outages/*.test.ts'],
    // Much of the time is waiting for what is away to come back.
    files_at_once: 2,
    rounds: once,
    sizes: {
      usual: {
        OUTAGE_KILLS: 3,
        OUTAGE_CUTS: 10,
        OUTAGE_ORDERS: 12,
        BAD_DAY_ORDERS: 5,
        REFUSED_MS: 60_000,
      },
      deep: {
        OUTAGE_KILLS: 10,
        OUTAGE_CUTS: 100,
        OUTAGE_ORDERS: 100,
        BAD_DAY_ORDERS: 60,
        REFUSED_MS: 60_000,
      },
    },
    // Its processes are its own: what they need is taken from them.
    fleet: false,
  },
  {
    name: 'failover',
    title: 'Failover: the primary is killed under load, its synchronous standby is promoted',
    lane: 2,
    files: ['test/failover/*.test.ts'],
    files_at_once: 2,
    rounds: { usual: 1, deep: 20 },
    sizes: {
      usual: { FAILOVER_ORDERS: 40, FAILOVER_BUYERS: 16 },
      deep: { FAILOVER_ORDERS: 200, FAILOVER_BUYERS: 32 },
    },
    // Its processes are its own: they are led from one server to the other.
    fleet: false,
  },
  {
    name: 'shop',
    title: 'A random shop against a model of its money and stock, all faults mixed',
    lane: 2,
    files: ['test/simulation/*.test.ts'],
    files_at_once: 1,
    rounds: once,
    sizes: {
      usual: { SIM_ORDERS: 5_000, SIM_SHOPPERS: 470 },
      deep: { SIM_ORDERS: 50_000, SIM_SHOPPERS: 240 },
    },
    fleet: true,
  },
  {
    name: 'hostile',
    title: 'Hostile input, strangers, slow senders, forged requests, on every route',
    lane: 1,
    files: ['test/hostile/*.test.ts'],
    files_at_once: 2,
    rounds: { usual: 1, deep: 5 },
    sizes: {
      usual: {},
      deep: {
        INPUT_RUNS: 60,
        INPUT_LIGHT_EACH: 1,
        INPUT_HEAVY_EACH: 1,
        SQL_WORDS_EACH: 1,
        INPUT_EDGES_EACH: 1,
        BYTES_EACH: 1,
        CELLS_EACH: 1,
        WEBHOOK_EACH: 1,
        QUERIES_EACH: 1,
        HEADERS_EACH: 10,
      },
    },
    fleet: false,
  },
  {
    name: 'promises',
    title: 'The promises find what they are for: guilty rows are planted',
    lane: 1,
    files: ['test/promises.test.ts', 'test/card-promises.test.ts'],
    files_at_once: 2,
    rounds: once,
    sizes: none,
    fleet: false,
  },
  {
    name: 'carts',
    title: 'Random carts: taxes of every kind add up, and net → gross → net is exact',
    lane: 1,
    files: ['src/pricing/random-carts.test.ts'],
    files_at_once: 1,
    rounds: once,
    sizes: { usual: { RANDOM_CARTS: 100_000 }, deep: { RANDOM_CARTS: 1_000_000 } },
    fleet: false,
  },
  {
    name: 'backup',
    title: 'Backup: a copy taken while buyers order, restored into an empty database',
    lane: 1,
    files: ['test/backup/*.test.ts'],
    files_at_once: 1,
    rounds: once,
    sizes: { usual: { BACKUP_ORDERS: 40 }, deep: { BACKUP_ORDERS: 2_000 } },
    // Its processes are its own: they are lost with their database.
    fleet: false,
  },
  {
    name: 'upgrade',
    title: "Upgrade: today's migrations, while the previous version serves buyers",
    lane: 1,
    files: ['test/upgrade/*.test.ts'],
    files_at_once: 1,
    rounds: once,
    sizes: {
      usual: { UPGRADE_ORDERS: 20, UPGRADE_EARLIER: 10_000 },
      deep: { UPGRADE_ORDERS: 1_000, UPGRADE_EARLIER: 200_000 },
    },
    // Each version brings its own processes.
    fleet: false,
  },
]

// Connections to the database break one by one under load, at moments that dice choose: in the
// middle of a transaction, before its commit arrives, after the commit and before its answer.
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { atEnd } from '#test/cleanup.ts'
import { testDatabase } from '#test/database.ts'
import { openLoad } from '#test/load.ts'
import { sizeOf, tellProof } from '#test/proof.ts'
import { openDice } from '#test/simulation/dice.ts'
import { until } from '#test/world.ts'
import { type Fate, type Judge, openCutLine } from './cut-line.ts'
import { buyers, openShop } from './shop.ts'

const seed = Number(process.env['RACE_SEED'] ?? 1)
/** So many at each place. */
const cuts = sizeOf('OUTAGE_CUTS', 13)
const patience_ms = 60_000
/** Of a hundred moments at which a cut is possible. */
const chances = { inside: 2, before: 10, after: 10, queue: 30 }

const places = {
  inside: 'a connection is cut in the middle of a transaction',
  before: 'a connection is cut before a commit arrives',
  after: 'a connection is cut after a commit and before its answer',
  queue: 'a connection is cut after a job was taken or finished and before the answer',
  any: 'a connection is cut at any moment',
} as const
type Place = keyof typeof places

const dice = openDice(seed)
const hits = new Map<Place, number>()
let cutting = false
let last_cut_at = 0

const isWanted = (place: Place): boolean => cutting && (hits.get(place) ?? 0) < cuts
const isOver = (): boolean => !Object.keys(places).some((place) => isWanted(place as Place))

function hit(place: Place): void {
  hits.set(place, (hits.get(place) ?? 0) + 1)
  last_cut_at = performance.now()
}

function cutAt(place: keyof typeof chances, fate: Fate): Fate {
  if (!isWanted(place) || !dice.chance(chances[place])) return 'passes'
  hit(place)
  return fate
}

/** Transactions that only read are of no interest: nothing hangs on the end of them. */
function openJudge(): Judge {
  let writes = false
  return (statement) => {
    if (statement?.startsWith('begin')) {
      writes = statement.startsWith('begin read write')
      return 'passes'
    }
    const is_queue = /_private_jobs|graphile_worker\W+\w*job/.test(statement ?? '')
    if (!writes && is_queue) return cutAt('queue', 'is cut before its answer')
    if (!writes) return 'passes'
    if (statement !== 'commit') return cutAt('inside', 'is cut before it')
    writes = false
    return dice.chance(50)
      ? cutAt('before', 'is cut before it')
      : cutAt('after', 'is cut before its answer')
  }
}

const real = await testDatabase(10)
const line = await openCutLine(real.url, { judge: openJudge })
atEnd(() => line.close())
const shop = await openShop({ database: real, processes_url: line.url })

test(`connections are cut at every moment of a transaction, under load (seed ${seed})`, async (t) => {
  const load = openLoad(buyers, shop.buy, 100)
  await load.more(buyers)
  cutting = true
  const cut = until(
    'all cuts',
    async () => {
      if (isWanted('any') && line.sever(dice.roll)) hit('any')
      return isOver()
    },
    patience_ms,
    25,
  )
  try {
    await Promise.race([cut, load.more(Number.MAX_SAFE_INTEGER)])
  } finally {
    cutting = false
    t.diagnostic(JSON.stringify(Object.fromEntries(hits)))
  }
  await load.more(buyers)
  await load.stop()
  await shop.rest()
  const healed_ms = performance.now() - last_cut_at
  const file = path.basename(import.meta.filename)
  for (const [place, times] of hits) {
    tellProof({ about: 'crash', file, point: places[place], hits: times, healed_ms })
  }
  t.diagnostic(JSON.stringify({ told: shop.told.size, answers: shop.answers() }))
  assert(shop.answers()['503 database_unavailable']! > 0, 'nobody has felt it')
  await shop.assertNothingLost()
})

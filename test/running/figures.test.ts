// Rules and board ask for figures that /metrics serves, by the names and labels it gives them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { sweep } from '#src/checkout/sweep.ts'
import { snapshot } from '#src/db/transaction.ts'
import { readBacklog } from '#src/jobs/backlog.sql.ts'
import { plusMs } from '#src/lib/clock.ts'
import { complete, fillCart, openWorld, until } from '#test/world.ts'

const deploy = path.resolve(import.meta.dirname, '../../deploy')
const read = (file: string): string => readFileSync(path.join(deploy, file), 'utf8')

type Rule = {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly labels?: { readonly severity?: string }
  readonly annotations?: { readonly summary?: string; readonly what_to_do?: string }
}
type Panel = {
  readonly type: string
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}
const groups: readonly { readonly rules: readonly Rule[] }[] = parse(
  read('prometheus/onhand.rules.yml'),
).groups
const rules = groups.flatMap((group) => group.rules)
const board: { readonly panels: readonly Panel[] } = JSON.parse(read('grafana/onhand.json'))
const asked = [
  ...rules.map(({ expr, alert, record }) => [alert ?? record, expr] as const),
  ...board.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [title, expr] as const),
  ),
]

const world = await openWorld({ worker: false })
assert.equal((await complete(world, await fillCart(world))).status, 201)
const served = await (await fetch(`${world.url}/metrics`)).text()
const series = [...served.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)].map(([, name, labels = '']) => ({
  name: name!,
  labels: new Map([...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((m) => [m[1]!, m[2]!])),
}))
const recorded = new Set(rules.flatMap(({ record }) => record ?? []))

/** Figures that an expression names, each with the labels that it chooses them by. */
const figuresIn = (expr: string) =>
  [...expr.matchAll(/\b(onhand[\w:]*)(?:\{([^}]*)\})?/g)].map(([, name, chosen = '']) => ({
    name: name!,
    chosen: [...chosen.matchAll(/(\w+)(=~|=)"([^"]*)"/g)].map((m) => m.slice(1) as string[]),
  }))

test('every figure that rules and board ask for is served, with these labels', () => {
  assert(asked.length > 40)
  for (const [where, expr] of asked) {
    const figures = figuresIn(expr)
    assert(figures.length > 0, `${where} asks for nothing of ours`)
    for (const { name, chosen } of figures) {
      if (recorded.has(name)) continue
      const found = series.filter((one) => one.name === name)
      assert(found.length > 0, `${where}: ${name} is not served`)
      for (const [label, operator, value] of chosen) {
        // Prometheus adds the instance; no answer of this shop has failed yet.
        if (label === 'instance' || value === '5..') continue
        // One of the patterns is that of an order in one call, which nobody has made here.
        const pattern = new RegExp(`^(${operator === '=' ? RegExp.escape(value!) : value})$`)
        const matches = found.some(({ labels }) => pattern.test(labels.get(label!) ?? ''))
        assert(matches, `${where}: no ${name} has ${label}${operator}"${value}"`)
      }
    }
  }
})

test('each alert says how urgent it is, what happened and what to do', () => {
  const alerts = rules.filter(({ alert }) => alert !== undefined)
  assert(alerts.length >= 15)
  for (const { alert, labels, annotations } of alerts) {
    assert(['page', 'ticket'].includes(labels?.severity ?? ''), alert)
    assert((annotations?.summary ?? '').length > 10, alert)
    assert((annotations?.what_to_do ?? '').length > 20, alert)
  }
})

test('what the shop promises of itself is on the board and has an alert', () => {
  const wanted = [
    'onhand_promises_broken',
    'onhand_payments_unclear',
    'onhand_orders_stuck',
    'onhand_outbox_lag_seconds',
    'onhand_jobs',
    'onhand_db_connections',
    'onhand_database_read',
  ]
  const alerts = rules.flatMap(({ alert, expr }) => (alert ? figuresIn(expr) : []))
  const panels = board.panels.flatMap(({ targets = [] }) =>
    targets.flatMap(({ expr }) => figuresIn(expr)),
  )
  for (const name of wanted) {
    assert(
      alerts.some((one) => one.name === name),
      `no alert on ${name}`,
    )
    assert(
      panels.some((one) => one.name === name),
      `no panel of ${name}`,
    )
  }
})

test('promtool finds the rules right, and they alert when they should', (t) => {
  const run = (...words: string[]) =>
    spawnSync('promtool', words, { cwd: path.join(deploy, 'prometheus'), encoding: 'utf8' })
  if (run('--version').error) return t.skip('promtool is not installed')
  for (const words of [
    ['check', 'rules', 'onhand.rules.yml'],
    ['test', 'rules', 'onhand.rules.test.yml'],
  ]) {
    const { status, stdout, stderr } = run(...words)
    assert.equal(status, 0, stdout + stderr)
  }
})

test('what lags, what is stuck and what is unclear is counted', async () => {
  const { app, simulators } = world
  const backlog = (ahead_ms: number) =>
    snapshot(app.db, (tx) => readBacklog(tx, plusMs(app.clock(), ahead_ms)))
  const minute = 60_000
  const calm = await backlog(0)
  assert.deepEqual([calm.orders_stuck, calm.payments_unclear, calm.webhooks_lag_s], [0, 0, 0])
  // No worker runs here: what the first order needs has waited since.
  const { effects_lag_s } = await backlog(10 * minute)
  assert(effects_lag_s >= 600 && effects_lag_s < 700, String(effects_lag_s))

  const declined = await complete(world, await fillCart(world), { card: 'pm_card_chargeDeclined' })
  assert.equal(declined.status, 402, JSON.stringify(declined.body))
  assert.equal((await backlog(15 * minute)).orders_stuck, 0)
  assert.equal((await backlog(25 * minute)).orders_stuck, 1)

  Object.assign(simulators.stripe.faults, { lose_answers: 1_000, webhook_drop: 1_000 })
  await complete(world, await fillCart(world))
  await until('a lookup that tells nothing', async () => {
    await sweep(app.desk, app.shipping_desk, (_part, error) => assert.ifError(error))
    return (await backlog(0)).payments_unclear === 1
  })
  Object.assign(simulators.stripe.faults, { lose_answers: 0, webhook_drop: 0 })
})

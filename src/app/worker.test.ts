import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { TaskList } from 'graphile-worker'
import { snapshot, transaction } from '#src/db/transaction.ts'
import { readBacklog } from '#src/jobs/backlog.sql.ts'
import { beat, freeJobsOfNobody, freeJobsOfSilent } from '#src/jobs/workers.sql.ts'
import { Secret } from '#src/lib/secret.ts'
import { testApp } from '#test/app.ts'
import { testDatabase } from '#test/database.ts'
import { startWorker, type Worker, type WorkerOptions } from './worker.ts'

const workers: Worker[] = []
// Before the connections are closed, which testApp does.
after(() => Promise.all(workers.map((worker) => worker.stop())))
const database = await testDatabase()
const app = await testApp({ database })
const { db } = app

const options: WorkerOptions = {
  database_url: new Secret(database.url),
  concurrency: 2,
  beat_ms: 50,
  silent_ms: 60_000,
  sweep_ms: 60_000,
  carts_ms: 60_000,
}

async function start(tasks: TaskList, more: Partial<WorkerOptions> = {}): Promise<Worker> {
  const worker = await startWorker(app, tasks, { ...options, ...more })
  workers.push(worker)
  return worker
}
const addJob = (task: string, payload: object) =>
  transaction(
    db,
    (tx) => tx.run`select graphile_worker.add_job(${task}, ${JSON.stringify(payload)}::json)`,
  )
const count = async (what: string): Promise<number> =>
  (await db.query<{ count: number }>(`select count(*)::int as count from ${what}`)).rows[0]!.count

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const started_at = performance.now()
  while (!(await condition())) {
    assert(performance.now() - started_at < 60_000, `waited too long: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a job runs, and the worker says that it is alive', async () => {
  const seen: unknown[] = []
  const worker = await start({ note: (payload) => void seen.push(payload) })
  await addJob('note', { a: 1 })
  await until(() => seen.length === 1)
  assert.deepEqual(seen, [{ a: 1 }])
  await until(async () => (await count('worker_heartbeat')) === 1)
  await worker.stop()
  assert.equal(await count('worker_heartbeat'), 0)
})

test('stopping waits for the job that runs', async () => {
  const running = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  let finished = false
  const worker = await start({
    slow: async () => {
      running.resolve()
      await go.promise
      finished = true
    },
  })
  await addJob('slow', {})
  await running.promise
  const stopped = worker.stop()
  go.resolve()
  await stopped
  assert(finished)
  assert.equal(await count('graphile_worker._private_jobs'), 0)
})

/** As the queue does it when a worker takes a job; it was a minute ago. */
const lock = (worker_id: string, task: string) =>
  transaction(
    db,
    (tx) => tx.run`
      update graphile_worker._private_jobs as job set locked_by = ${worker_id},
        locked_at = now() - interval '1 minute', attempts = attempts + 1
      from graphile_worker._private_tasks as task
      where task.id = job.task_id and task.identifier = ${task}`,
  )

const silent_ms = 10_000

test('a job that takes longer than the silence of the dead is left to who runs it', async () => {
  let started = 0
  const go = Promise.withResolvers<void>()
  const tasks: TaskList = {
    long: async () => {
      started += 1
      await go.promise
    },
  }
  const hasty = { beat_ms: 10, silent_ms: 400 }
  const [worker, other] = await Promise.all([start(tasks, hasty), start(tasks, hasty)])
  await addJob('long', {})
  // For three times as long as a silent one is waited for.
  await until(async () => {
    const held = await count(
      "graphile_worker._private_jobs where locked_at < now() - interval '1200 ms'",
    )
    return held === 1 || started > 1
  })
  assert.equal(started, 1)
  go.resolve()
  await until(async () => (await count('graphile_worker._private_jobs')) === 0)
  await Promise.all([worker.stop(), other.stop()])
  assert.equal(started, 1)
})

test('jobs of a worker that went silent are set free, those of a living one are not', async () => {
  await addJob('lost', {})
  await addJob('kept', {})
  await lock('worker-dead', 'lost')
  await lock('worker-alive', 'kept')
  await transaction(db, (tx) => beat(tx, ['worker-dead', 'worker-alive'], silent_ms))
  await transaction(
    db,
    (tx) => tx.run`
      update worker_heartbeat set beat_at = now() - interval '1 minute'
      where worker_id = 'worker-dead'`,
  )
  assert.equal(await transaction(db, (tx) => freeJobsOfSilent(tx, silent_ms)), 1)
  assert.equal(await transaction(db, (tx) => freeJobsOfSilent(tx, silent_ms)), 0)
  const { jobs_waiting } = await snapshot(db, (tx) => readBacklog(tx, new Date()))
  assert.equal(jobs_waiting, 1)
  const seen: string[] = []
  const worker = await start({
    lost: () => void seen.push('lost'),
    kept: () => void seen.push('kept'),
  })
  await until(() => seen.length > 0)
  assert.deepEqual(seen, ['lost'])
  await worker.stop()
})

test('after an outage, in which nobody beat, the living get the time to say so', async () => {
  const silent = 1_000
  const judges = () => transaction(db, (tx) => beat(tx, ['worker-judge'], silent))
  const silence = (ms: number) =>
    transaction(
      db,
      (tx) => tx.run`
        update worker_heartbeat set beat_at = beat_at - ${ms}::int * interval '1 millisecond',
          since = since - ${ms}::int * interval '1 millisecond'
        where worker_id = 'worker-judge'`,
    )
  assert.equal(await judges(), false)
  await silence(600)
  assert.equal(await judges(), false)
  await silence(600)
  assert.equal(await judges(), true)
  await silence(1_200)
  assert.equal(await judges(), false)
})

test('a job that its worker was never told of is set free, with its queue', async () => {
  for (const task of ['unheard', 'under_way']) {
    await transaction(
      db,
      (tx) => tx.run`select graphile_worker.add_job(${task}, '{}'::json, queue_name => ${task})`,
    )
    await lock('worker-alive', task)
  }
  await transaction(
    db,
    (tx) => tx.run`
      update graphile_worker._private_job_queues set locked_by = 'worker-alive', locked_at = now()
      where queue_name in ('unheard', 'under_way')`,
  )
  const { rows } = await db.query<{ id: string }>(
    `select id::text from graphile_worker.jobs where task_identifier = 'under_way'`,
  )
  const crew = { worker_ids: ['worker-alive'], running: [rows[0]!.id] }
  const free = () => transaction(db, (tx) => freeJobsOfNobody(tx, crew, silent_ms))
  // `kept` of the test before is nobody's either.
  assert.equal(await free(), 2)
  assert.equal(await free(), 0)
  await transaction(db, (tx) => beat(tx, ['worker-alive'], silent_ms))
  const seen: string[] = []
  const worker = await start({
    unheard: () => void seen.push('unheard'),
    under_way: () => void seen.push('under_way'),
  })
  await until(() => seen.length > 0)
  assert.deepEqual(seen, ['unheard'])
  await worker.stop()
})

test('a job is not given up, however many workers died over it', async () => {
  await transaction(
    db,
    (tx) => tx.run`select graphile_worker.add_job('unlucky', '{}'::json, max_attempts => 3)`,
  )
  for (let deaths = 0; deaths < 4; deaths++) {
    assert.equal(await lock('worker-dead', 'unlucky'), 1)
    await transaction(db, (tx) => freeJobsOfSilent(tx, silent_ms))
  }
  let ran = false
  const worker = await start({
    unlucky: () => {
      ran = true
    },
  })
  await until(() => ran)
  await worker.stop()
})

test('a task that throws is tried again', async () => {
  let tries = 0
  await start({
    shaky: () => {
      tries += 1
      if (tries === 1) throw new Error('once')
    },
  })
  await addJob('shaky', {})
  // The queue waits some seconds before it tries again: not here.
  await until(async () => {
    await transaction(
      db,
      (tx) => tx.run`
        update graphile_worker._private_jobs set run_at = now() where locked_at is null`,
    )
    return tries === 2
  })
})

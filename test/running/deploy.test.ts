// What is deployed: the compose file, the Dockerfile and the file of settings, held against the
// settings that Onhand knows and the files that are there. No container is run here.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { settingGroups } from '#src/app/settings.ts'
import { no_config } from '#src/app/shop-config.ts'

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const settings = new Map(
  settingGroups(no_config)
    .flatMap((group) => group.settings)
    .map((setting) => [setting.name, setting]),
)

type Service = {
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  readonly env_file?: readonly string[]
  readonly command: readonly string[]
  readonly ports?: readonly string[]
  readonly networks: readonly string[]
  readonly volumes?: readonly string[]
  readonly healthcheck: { readonly disable?: boolean; readonly test?: readonly string[] }
  readonly restart: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt: readonly string[]
  readonly deploy?: { readonly replicas: number }
}
type Compose = {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
}
const compose: Compose = parse(read('deploy/compose.yaml'), { merge: true })
const { db, web, worker } = compose.services as Record<'db' | 'web' | 'worker', Service>
const example = new Map(
  [...read('deploy/onhand.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map((m) => [m[1]!, m[2]!]),
)
const demanded = /\$\{([A-Z_]+):\?[^}]*\}/

test('the compose file runs PostgreSQL 18, two web servers and two workers', () => {
  assert.deepEqual(Object.keys(compose.services), ['db', 'web', 'worker'])
  assert.equal(db.image, 'postgres:18')
  assert.deepEqual([web.deploy?.replicas, worker.deploy?.replicas], [2, 2])
  assert.deepEqual([web.command, worker.command], [['--web'], ['--worker']])
  assert.deepEqual(db.volumes, ['database:/var/lib/postgresql'])
})

test('all that it sets are settings of Onhand, with values that are taken', () => {
  for (const { environment, env_file } of [web, worker]) {
    assert.deepEqual(env_file, ['onhand.env'])
    for (const [name, value] of Object.entries(environment)) {
      const setting = settings.get(name)
      assert(setting, `${name} is no setting`)
      if (!demanded.test(value)) assert.equal(setting.check(value), null, name)
    }
  }
  const url = web.environment['DATABASE_URL']!.replace(demanded, '0f3a')
  assert.equal(settings.get('DATABASE_URL')!.check(url), null)
})

test('nothing is open or has a password by default', () => {
  for (const { environment } of [db, web, worker]) {
    for (const [name, value] of Object.entries(environment)) {
      if (name === 'POSTGRES_PASSWORD' || settings.get(name)?.secret) {
        assert.match(value, demanded, `${name} has a default`)
      }
    }
  }
  const names = [...read('deploy/compose.yaml').matchAll(new RegExp(demanded, 'g'))].map(
    (found) => found[1]!,
  )
  for (const name of new Set(names)) assert.equal(example.get(name), '', `${name} in the example`)
  for (const [name, value] of example) {
    if (name !== 'POSTGRES_PASSWORD') assert(settings.has(name), `${name} is no setting`)
    assert.equal(value, '', `${name} has a value in the example`)
  }
  assert.equal(db.ports, undefined, 'the database is reached from outside')
  assert.deepEqual(db.networks, ['inside'])
  assert.equal(compose.networks['inside']?.internal, true)
  for (const port of web.ports ?? []) assert.match(port, /^127\.0\.0\.1:/)
  assert.equal(worker.ports, undefined)
  for (const part of [web, worker]) {
    assert.deepEqual([part.read_only, part.cap_drop], [true, ['ALL']])
  }
  for (const service of [db, web, worker]) {
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'])
    assert.equal(service.restart, 'unless-stopped')
    assert(service.healthcheck.disable || (service.healthcheck.test ?? []).length > 1)
  }
})

test('the image holds what is run, and runs as nobody special', () => {
  const lines = read('deploy/Dockerfile').split('\n')
  const copied = lines.flatMap((line) => {
    const found = /^COPY (.+) \S+$/.exec(line)
    return found ? found[1]!.split(' ') : []
  })
  assert(copied.length >= 6)
  const sent = read('deploy/Dockerfile.dockerignore')
  for (const name of copied) {
    assert(existsSync(path.join(root, name)), `${name} is not there`)
    assert(sent.includes(`\n!${name}\n`), `${name} is not sent to the build`)
  }
  const entry = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(lines.join('\n'))![1]!) as string[]
  const program = entry.at(-1)!
  assert(copied.includes(program.split('/')[0]!) && existsSync(path.join(root, program)))
  for (const [, name, value] of (lines.find((line) => line.startsWith('ENV ')) ?? '').matchAll(
    /(\w+)=(\S+)/g,
  )) {
    if (name === 'NODE_ENV') continue
    assert.equal(settings.get(name!)?.check(value!), null, name)
  }
  const user = lines.indexOf('USER node')
  const run = lines.findIndex((line) => line.startsWith('ENTRYPOINT'))
  assert(user > 0 && user < run)
  // No file of the sources that the image needs is left out of it.
  const kept = ['src/messages/templates', 'migrations/0001_revision.sql', 'samples/catalog.csv']
  for (const file of kept) assert(copied.includes(file.split('/')[0]!), file)
})

test('the image can dump the database of the compose file', () => {
  const [, version] = /^postgres:(\d+)$/.exec(db.image)!
  const image = read('deploy/Dockerfile')
  assert.match(image, new RegExp(`apt-get install .* postgresql-client-${version} `))
  assert.match(image, new RegExp(`^ENV PATH=/usr/lib/postgresql/${version}/bin:`, 'm'))
  const told = read('docs/backup.md')
  for (const command of ['backup --to', 'drill --from', 'restore --from']) {
    assert(told.includes(`src/app/backup.ts ${command} `), command)
  }
  assert(existsSync(path.join(root, 'src/app/backup.ts')))
})

test('the log of changes has semantic versions, and begins with what is not released', () => {
  const heads = [...read('CHANGELOG.md').matchAll(/^## (.+)$/gm)].map((found) => found[1]!)
  const version = (JSON.parse(read('package.json')) as { version: string }).version
  const released = heads.filter((head) => head !== 'Unreleased')
  for (const head of released) assert.match(head, /^\d+\.\d+\.\d+$/)
  assert(released.includes(version), `${version} is not told of`)
  const order = (text: string): number =>
    text.split('.').reduce((sum, part) => sum * 1_000 + Number(part), 0)
  assert.deepEqual(
    released,
    released.toSorted((a, b) => order(b) - order(a)),
  )
})

// What a shop adds to Onhand without changing it: `onhand.config.ts` in the folder where it is
// started. Everything in it is checked before anything is opened.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { no_own_data, type OwnData } from '#src/accounts/own-data.ts'
import { no_rules, type ShopRules } from '#src/carts/shop-rules.ts'
import type { Environment } from '#src/config.ts'
import type { App } from '#src/http/app.ts'
import type { Route } from '#src/http/route.ts'
import type { Plugin } from '#src/ports/plugin.ts'
import { fieldProblems, type OwnFields } from './own-fields.ts'
import { routeProblems } from './own-routes.ts'
import { own_plugins } from './plugins.ts'
import { StartError } from './start-error.ts'

/** What an own job is given beside its payload. */
export type JobContext = {
  readonly app: App
  /** Aborts when the worker is asked to end: the job is run again later. */
  readonly signal: AbortSignal
}
export type Job = {
  /** Small letters, digits and underscores. */
  readonly name: string
  /** When the clock starts it, as five fields of cron, in UTC; without it only enqueueJob does. */
  readonly every?: string
  /** Runs at least once; throwing means that it is tried again, later and later. */
  run(payload: unknown, context: JobContext): Promise<void>
}

export type ShopConfig = OwnData & {
  readonly plugins: readonly Plugin[]
  /** Prices, discounts, taxes and what a cart must fulfil, decided by the shop itself. */
  readonly rules: ShopRules
  readonly routes: readonly Route[]
  readonly jobs: readonly Job[]
  /** Fields of products and variants, by their keys; each start sees to it that they are there. */
  readonly fields: OwnFields
  /** A folder of migrations for tables of the shop's own, in the schema `shop`. */
  readonly migrations: string | null
}

export const no_config: ShopConfig = {
  plugins: [],
  rules: no_rules,
  routes: [],
  jobs: [],
  fields: {},
  migrations: null,
  ...no_own_data,
}

export type ShopDefinition = Partial<Omit<ShopConfig, 'migrations'>> & {
  readonly migrations?: string | URL
}

/** What onhand.config.ts exports by default. */
export const defineShop = (definition: ShopDefinition): ShopDefinition => definition

const names = ['onhand.config.ts', 'onhand.config.js', 'onhand.config.mjs']

/** A path in ONHAND_CONFIG, or the file with the usual name; null when there is none. */
function findFile({ ONHAND_CONFIG }: Environment): string | null {
  const named = ONHAND_CONFIG?.trim()
  if (named) {
    const file = path.resolve(named)
    if (existsSync(file)) return file
    throw new StartError(`ONHAND_CONFIG: there is no file ${file}.`, 2)
  }
  return names.map((name) => path.resolve(name)).find((file) => existsSync(file)) ?? null
}

async function cronProblems(jobs: readonly Job[]): Promise<string[]> {
  const timed = jobs.filter(({ every }) => every !== undefined)
  if (timed.length === 0) return []
  const { parseCronItem } = await import('graphile-worker')
  return timed.flatMap(({ name, every }) => {
    try {
      parseCronItem({ task: name, match: every! })
      return []
    } catch {
      return [`the job ${name} runs at no time that cron knows: "${every}"`]
    }
  })
}

function jobProblems(jobs: readonly Job[]): string[] {
  const twice = jobs.filter(({ name }, i) => jobs.findIndex((one) => one.name === name) !== i)
  const unnamed = jobs.filter(({ name }) => !/^[a-z][a-z0-9_]{0,59}$/.test(name))
  return [
    ...twice.map(({ name }) => `the job ${name} stands there twice`),
    ...unnamed.map(({ name }) => `"${name}" is no name of a job: small letters, digits and _`),
  ]
}

function pluginProblems(plugins: readonly Plugin[]): string[] {
  const titles = [...own_plugins, ...plugins].map(({ title }) => title)
  const twice = titles.filter((title, i) => titles.indexOf(title) !== i)
  return twice.map((title) => `two plug-ins have the title ${title}`)
}

const known = new Set<string>(Object.keys(no_config))

/** @throws StartError with everything that is wrong */
async function readDefinition(definition: unknown, file: string): Promise<ShopConfig> {
  const name = path.basename(file)
  if (typeof definition !== 'object' || definition === null) {
    throw new StartError(`${name} must export defineShop({ … }) by default.`, 2)
  }
  const { migrations, ...rest } = definition as ShopDefinition
  const folder = migrations === undefined ? null : folderOf(migrations, file)
  const shop: ShopConfig = { ...no_config, ...rest, migrations: folder }
  const problems = [
    ...Object.keys(definition)
      .filter((key) => !known.has(key))
      .map((key) => `"${key}" is nothing that a shop can define`),
    ...pluginProblems(shop.plugins),
    ...(await routeProblems(shop.routes)),
    ...jobProblems(shop.jobs),
    ...(await fieldProblems(shop.fields)),
    ...(await cronProblems(shop.jobs)),
    ...(folder === null || existsSync(folder) ? [] : [`there is no folder ${folder}`]),
  ]
  if (problems.length === 0) return shop
  const list = problems.map((problem) => `  ${problem}`).join('\n')
  throw new StartError(`Onhand does not start, because of ${name}:\n${list}`, 2)
}

const folderOf = (migrations: string | URL, file: string): string =>
  migrations instanceof URL
    ? fileURLToPath(migrations)
    : path.resolve(path.dirname(file), migrations)

/** @throws StartError when the file cannot be loaded, or something in it is wrong */
export async function loadShopConfig(environment: Environment): Promise<ShopConfig> {
  const file = findFile(environment)
  if (file === null) return no_config
  let loaded: { readonly default?: unknown }
  try {
    loaded = await import(pathToFileURL(file).href)
  } catch (error) {
    const { stack } = error as Error
    throw new StartError(`${path.basename(file)} cannot be loaded:\n${stack}`, 2)
  }
  return readDefinition(loaded.default, file)
}

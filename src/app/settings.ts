// All settings of Onhand and its plug-ins, and what they are read into.

import { isIP } from 'node:net'
import path from 'node:path'
import { describeProblems, type Environment, readSettings, type SettingGroup } from '#src/config.ts'
import { checkDatabaseUrl } from '#src/db/primary.ts'
import { type LogLevel, log_levels } from '#src/lib/log.ts'
import { Secret } from '#src/lib/secret.ts'
import type { Setting } from '#src/lib/settings.ts'
import type { Plugin } from '#src/ports/plugin.ts'
import type { OpenIdSettings } from '#src/staff/openid.ts'
import type { Telemetry } from './otlp.ts'
import { own_plugins } from './plugins.ts'
import { no_config, type ShopConfig } from './shop-config.ts'
import { StartError } from './start-error.ts'

type Check = Setting['check']

const whole =
  (min: number, max: number): Check =>
  (text) =>
    /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max
      ? null
      : `must be a whole number from ${min} to ${max}`
const oneOf =
  (...words: readonly string[]): Check =>
  (text) =>
    words.includes(text) ? null : `must be one of: ${words.join(', ')}`
const checkHost: Check = (text) =>
  /^[A-Za-z0-9.:-]{1,253}$/.test(text) ? null : 'must be an address or a name of this machine'
const checkPublicUrl: Check = (text) => {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol))
    return 'must begin with https:// or http://'
  return /^https?:\/\/[^/?#]+(\/[^?#]*[^/?#])?$/.test(text) ? null : 'must not end with a slash'
}
const checkProxies: Check = (text) =>
  text.split(',').every((one) => {
    const [address, bits, ...more] = one.trim().split('/')
    const version = isIP(address!)
    if (version === 0 || more.length > 0) return false
    return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  })
    ? null
    : 'must be addresses or networks such as 10.0.0.0/8, with commas between them'
const long =
  (min: number): Check =>
  (text) =>
    text.length >= min && text.length <= 1_000 ? null : `must have ${min} characters or more`

const open = (name: string, fallback: string | null, describe: string, check: Check): Setting => ({
  name,
  describe,
  secret: false,
  fallback,
  check,
})
const hidden = (name: string, describe: string, check: Check): Setting => ({
  name,
  describe,
  secret: true,
  fallback: null,
  check,
})

const core_settings: readonly Setting[] = [
  open('PORT', '4000', 'Port of the web server; 0 takes any free one', whole(0, 65_535)),
  open('HOST', '127.0.0.1', 'Address it listens on; 0.0.0.0 for all', checkHost),
  open('DATA_DIR', './data', 'Folder for the embedded database, keys and simulators', long(1)),
  hidden(
    'DATABASE_URL',
    'A PostgreSQL (16 or newer) of yours; hosts with commas: primary and standbys',
    checkDatabaseUrl,
  ),
  open('LOG_LEVEL', 'info', 'How much is logged', oneOf(...log_levels)),
  hidden('SECRET_KEY', 'Signs tokens; made and kept in DATA_DIR when not set', long(32)),
  open('PUBLIC_URL', null, 'Where shoppers reach this server, for links in mails', checkPublicUrl),
  open('DB_CONNECTIONS', '20', 'Connections to the database of each process', whole(3, 1_000)),
  open('WORKER_CONCURRENCY', '8', 'Jobs that a worker does side by side', whole(1, 200)),
  open(
    'RATE_LIMIT',
    '6000',
    'Requests a minute for one key and address; 0 is no limit',
    whole(0, 1_000_000),
  ),
  open('TRUSTED_PROXIES', null, 'Proxies whose X-Forwarded-For is believed', checkProxies),
  hidden('METRICS_TOKEN', 'Bearer token that /metrics asks for; open to all when not set', long(8)),
  open(
    'WEBHOOK_ALLOW_PRIVATE',
    'no',
    'yes: outgoing webhooks may go to private addresses and by plain http too',
    oneOf('yes', 'no'),
  ),
  open(
    'DEMO_SHOP',
    'yes',
    '"npm start" and import turn an empty database into the demo shop; no part alone does',
    oneOf('yes', 'no'),
  ),
  open(
    'SIMULATOR_SCAN_MS',
    '1500',
    'How long a simulated parcel travels from scan to scan',
    whole(10, 86_400_000),
  ),
]

const checkIssuer: Check = (text) => {
  const url = URL.parse(text)
  if (url?.search !== '' || url.hash !== '') return 'must be the address of an issuer'
  // What goes there by plain http can be read and changed on its way.
  const is_here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && is_here)
    ? null
    : 'must begin with https://, or be on this machine'
}

const openid_title = 'OpenID sign-in'
const openid_settings: SettingGroup = {
  title: openid_title,
  all_or_none: true,
  settings: [
    open('OPENID_ISSUER', null, 'OpenID provider by which staff sign in', checkIssuer),
    open('OPENID_CLIENT_ID', null, 'Who this shop is there', long(1)),
    hidden('OPENID_CLIENT_SECRET', 'The secret that goes with it', long(8)),
    open(
      'OPENID_DEFAULT_ROLE',
      'none',
      'Role of people from there who are not known here; none lets in known ones only',
      (text) => (/^[a-z_]{1,40}$/.test(text) ? null : 'must be the code of a role'),
    ),
    open('OPENID_RETURN_URL', '/admin/me', 'Where the browser goes once it is signed in', (text) =>
      /^(\/(?!\/)|https?:\/\/)\S*$/.test(text) ? null : 'must be an address',
    ),
  ],
}
const checkEndpoint: Check = (text) =>
  /^https?:\/\/[^?#@]+$/.test(text) && URL.canParse(text)
    ? null
    : 'must be an address such as http://127.0.0.1:4318, without a name or password in it'
/** As OpenTelemetry writes them: `name=value,name=value`, values percent-encoded. */
export function readHeaders(text: string): Readonly<Record<string, string>> | null {
  try {
    const pairs = text.split(',').map((one) => {
      const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([!-+\--~]*)\s*$/.exec(one) ?? []
      return name === undefined ? null : [name, decodeURIComponent(value!)]
    })
    return pairs.includes(null) ? null : Object.fromEntries(pairs as [string, string][])
  } catch {
    return null
  }
}

const trace_settings: readonly Setting[] = [
  open(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    null,
    'A collector that takes OTLP over HTTP; traces are sent to /v1/traces there',
    checkEndpoint,
  ),
  hidden('OTEL_EXPORTER_OTLP_HEADERS', 'What the collector asks for: name=value,…', (text) =>
    readHeaders(text) ? null : 'must be pairs such as api-key=abc, with commas between them',
  ),
  open('OTEL_SERVICE_NAME', 'onhand', 'How traces name this shop', long(1)),
  open(
    'OTEL_TRACES_SAMPLER_ARG',
    '1',
    'Which share of the traces that begin here is kept, from 0 to 1',
    (text) =>
      /^(0|1|0?\.\d{1,6}|[01]\.0)$/.test(text) ? null : 'must be a number from 0 to 1, as 0.05',
  ),
]

const groupOf = ({ title, settings, together }: Plugin): SettingGroup => ({
  title,
  all_or_none: true,
  settings,
  ...(together ? { together } : {}),
})

/** What can be set in a shop: our own settings, and those of all its plug-ins. */
export const settingGroups = ({ plugins }: ShopConfig): readonly SettingGroup[] => [
  { title: 'Onhand', all_or_none: false, settings: core_settings },
  openid_settings,
  { title: 'Traces', all_or_none: false, settings: trace_settings },
  ...[...own_plugins, ...plugins].filter(({ settings }) => settings.length > 0).map(groupOf),
]

export type Config = {
  readonly port: number
  readonly host: string
  readonly data_dir: string
  readonly database_url: Secret | null
  readonly log_level: LogLevel
  readonly secret_key: Secret | null
  readonly public_url: string | null
  readonly db_connections: number
  readonly worker_concurrency: number
  readonly rate_per_minute: number
  readonly trusted_proxies: readonly string[]
  readonly metrics_token: Secret | null
  readonly webhook_allow_private: boolean
  /** Null where staff sign in with passwords alone. */
  readonly openid: OpenIdSettings | null
  readonly demo_shop: boolean
  readonly simulator_scan_ms: number
  /** Where traces are sent; null sends none, and loads nothing of it. */
  readonly telemetry: Telemetry | null
  /** Settings of plug-ins by name, each checked. */
  readonly texts: Readonly<Record<string, string>>
  /** Titles of the groups with keys of their own; the others speak to simulators. */
  readonly configured: ReadonlySet<string>
  /** What the shop has added to Onhand. */
  readonly shop: ShopConfig
}

const openIdSettings = (texts: Readonly<Record<string, string>>): OpenIdSettings => ({
  issuer: texts['OPENID_ISSUER']!,
  client_id: texts['OPENID_CLIENT_ID']!,
  client_secret: new Secret(texts['OPENID_CLIENT_SECRET']!),
  default_role: texts['OPENID_DEFAULT_ROLE'] === 'none' ? null : texts['OPENID_DEFAULT_ROLE']!,
  return_url: texts['OPENID_RETURN_URL']!,
})
function telemetryOf(texts: Readonly<Record<string, string>>): Telemetry | null {
  const endpoint = texts['OTEL_EXPORTER_OTLP_ENDPOINT']
  if (endpoint === undefined) return null
  return {
    endpoint,
    headers: readHeaders(texts['OTEL_EXPORTER_OTLP_HEADERS'] ?? '') ?? {},
    service_name: texts['OTEL_SERVICE_NAME']!,
    share: Number(texts['OTEL_TRACES_SAMPLER_ARG']),
  }
}

const exit_code_settings = 2

/** @throws StartError that names every bad setting with its reason */
export function readConfig(environment: Environment, shop: ShopConfig = no_config): Config {
  const { texts, configured, problems } = readSettings(settingGroups(shop), environment)
  if (problems.length > 0) {
    throw new StartError(
      `Onhand does not start, because of these settings:\n${describeProblems(problems)}`,
      exit_code_settings,
    )
  }
  const secret = (name: string): Secret | null =>
    texts[name] === undefined ? null : new Secret(texts[name])
  return Object.freeze({
    port: Number(texts['PORT']),
    host: texts['HOST']!,
    data_dir: path.resolve(texts['DATA_DIR']!),
    database_url: secret('DATABASE_URL'),
    log_level: texts['LOG_LEVEL'] as LogLevel,
    secret_key: secret('SECRET_KEY'),
    public_url: texts['PUBLIC_URL'] ?? null,
    db_connections: Number(texts['DB_CONNECTIONS']),
    worker_concurrency: Number(texts['WORKER_CONCURRENCY']),
    rate_per_minute: Number(texts['RATE_LIMIT']),
    trusted_proxies: texts['TRUSTED_PROXIES']?.split(',').map((one) => one.trim()) ?? [],
    metrics_token: secret('METRICS_TOKEN'),
    simulator_scan_ms: Number(texts['SIMULATOR_SCAN_MS']),
    webhook_allow_private: texts['WEBHOOK_ALLOW_PRIVATE'] === 'yes',
    openid: configured.has(openid_title) ? openIdSettings(texts) : null,
    demo_shop: texts['DEMO_SHOP'] === 'yes',
    telemetry: telemetryOf(texts),
    texts,
    configured,
    shop,
  })
}

// Settings come from the environment, are checked all at once, and are read nowhere else.
import type { Setting, SettingProblem } from '#src/lib/settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Settings that belong together. Of a plug-in all that have no fallback are set, or none. */
export type SettingGroup = {
  readonly title: string
  readonly all_or_none: boolean
  readonly settings: readonly Setting[]
  /** Why settings that are right by themselves are not right together. */
  readonly together?: (texts: Readonly<Record<string, string>>) => SettingProblem | null
}
export type ReadSettings = {
  /** The value or the fallback of each setting; those with neither are left out. */
  readonly texts: Readonly<Record<string, string>>
  /** Titles of the groups that are configured. */
  readonly configured: ReadonlySet<string>
  readonly problems: readonly SettingProblem[]
}

/** An empty variable is one that is not set: that is how shells and containers leave them out. */
const givenText = (environment: Environment, name: string): string | null =>
  environment[name] ? environment[name].trim() : null

function missingIn(group: SettingGroup, texts: Readonly<Record<string, string>>): SettingProblem[] {
  if (!group.all_or_none) return []
  const needed = group.settings.filter(({ fallback }) => fallback === null)
  const given = needed.find(({ name }) => texts[name] !== undefined)
  if (!given) return []
  return needed
    .filter(({ name }) => texts[name] === undefined)
    .map(({ name }) => ({ name, reason: `is missing, while ${given.name} is set` }))
}

/** Asked once each of them is there and right by itself. */
function problemsTogether(
  { settings, together }: SettingGroup,
  { texts, problems }: Pick<ReadSettings, 'texts' | 'problems'>,
): SettingProblem[] {
  const names = new Set(settings.map(({ name }) => name))
  const is_whole = settings.every(({ name }) => texts[name] !== undefined)
  if (!together || !is_whole || problems.some(({ name }) => names.has(name))) return []
  return [together(texts) ?? []].flat()
}

export function readSettings(
  groups: readonly SettingGroup[],
  environment: Environment,
): ReadSettings {
  const texts: Record<string, string> = {}
  const problems: SettingProblem[] = []
  for (const { name, fallback, check } of groups.flatMap(({ settings }) => settings)) {
    const value = givenText(environment, name)
    // What opens a door when it is not set must not be blank by mistake.
    const reason = value === null ? null : value === '' ? 'holds nothing but blanks' : check(value)
    if (reason !== null) problems.push({ name, reason })
    const text = value ?? fallback
    if (text !== null) texts[name] = text
  }
  const configured = groups.filter(({ settings }) =>
    settings.some(({ name, fallback }) => fallback === null && texts[name] !== undefined),
  )
  return {
    texts,
    configured: new Set(configured.map(({ title }) => title)),
    problems: [
      ...problems,
      ...groups.flatMap((group) => missingIn(group, texts)),
      ...groups.flatMap((group) => problemsTogether(group, { texts, problems })),
    ],
  }
}

/** What is refused, one line each. Values are not repeated: they may be secrets. */
export const describeProblems = (problems: readonly SettingProblem[]): string =>
  problems.map(({ name, reason }) => `  ${name} ${reason}`).join('\n')

/** The table of the README. */
export function settingsTable(groups: readonly SettingGroup[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  const rows = groups.flatMap(({ title, settings }) =>
    settings.map(({ name, describe, secret, fallback }) =>
      [
        title,
        `\`${name}\``,
        fallback === null ? '' : `\`${fallback}\``,
        secret ? 'yes' : '',
        describe,
      ]
        .map(cell)
        .join(' | '),
    ),
  )
  const head = ['part | name | default | secret | what', '--- | --- | --- | --- | ---']
  return [...head, ...rows].map((row) => `| ${row} |`).join('\n')
}

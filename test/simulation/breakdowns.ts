// What breaks while everybody acts: processes die by kill -9 and are replaced, PostgreSQL too,
// connections to the database are cut, a gateway or the carrier refuses everything for a while,
// mails are refused or their receipt is lost. Dice say what and when; the time is counted in
// answers that were heard, so that it falls into the midst of the work.
import { type SmtpSimulator, startSmtpSimulator } from '#plugins/mail-smtp/simulator.ts'
import { atEnd } from '#test/cleanup.ts'
import { type TestDatabase, testDatabase } from '#test/database.ts'
import { type FleetMember, is_fleet_wanted } from '#test/fleet.ts'
import { type OwnServer, openOwnServer } from '#test/outages/own-server.ts'
import { until } from '#test/world.ts'
import type { Dice } from './dice.ts'
import { answersHeard } from './insist.ts'
import { count, type Scene } from './shoppers.ts'

/** What can break apart from the processes of the shop. */
export type Fragile = {
  readonly database: TestDatabase
  /** Where the shop has processes of its own, which go on without it. */
  readonly server: OwnServer | null
  readonly mail_server: SmtpSimulator
}

export async function openFragile(): Promise<Fragile> {
  const server = is_fleet_wanted ? await openOwnServer() : null
  const database = server?.database ?? (await testDatabase(30))
  const mail_server = await startSmtpSimulator({
    port: 0,
    sign_in: null,
    message_bytes_max: 2_000_000,
  })
  atEnd(() => mail_server.close())
  return { database, server, mail_server }
}

const cuts_each_burst = 3
const refused_mails_each_burst = 4
const patience_ms = 300_000
/** A gateway that refuses does so for this part of the answers, or for so long. */
const refused_part = 0.2
const refused_ms_max = 60_000

/** One of a kind dies at a time: the other one goes on. */
async function replace({ tally }: Scene, member: FleetMember): Promise<void> {
  await member.replace()
  count(tally, `killed ${member.part}`)
}

/** All of its processes at once; whoever gets no answer meanwhile asks again. */
async function killDatabase({ tally, fragile }: Scene): Promise<void> {
  await fragile.server!.kill()
  count(tally, 'killed PostgreSQL')
}

type Burst = {
  readonly answers: number
  readonly isOver: () => boolean
  /** Whether the database may go: nobody who needs it for longer is at work. */
  readonly may_lose_database: boolean
}

/** One of those outside says no to everything. */
async function refuse(scene: Scene, dice: Dice, { answers, isOver }: Burst): Promise<void> {
  const name = dice.pick(['stripe', 'razorpay', 'easypost'] as const)
  const { faults } = scene.world.simulators[name]
  const ends_after = answersHeard() + answers * refused_part
  const ends_at = performance.now() + refused_ms_max
  faults.refuse = Number.POSITIVE_INFINITY
  const look = async () => answersHeard() >= ends_after || isOver() || performance.now() >= ends_at
  await until('the end of its refusals', look, patience_ms, 50)
  faults.refuse = 0
  count(scene.tally, 'refused for a while')
}

/** Until it is over, of about so many answers. */
export async function breakDown(scene: Scene, dice: Dice, burst: Burst): Promise<void> {
  const { answers, isOver, may_lose_database } = burst
  const { world, tally, fragile } = scene
  const begun = answersHeard()
  const at = async (act: () => Promise<void> | void): Promise<void> => {
    const moment = begun + dice.roll(answers)
    const look = async () => answersHeard() >= moment || isOver()
    await until('its moment', look, patience_ms, 50)
    if (!isOver()) await act()
  }
  const pick = (part: FleetMember['part']) =>
    dice.pick(world.fleet.filter((member) => member.part === part))
  const kills = world.fleet.length === 0 ? [] : [pick('web'), pick('worker')]
  const cut = async (): Promise<void> => {
    const member = dice.pick(world.fleet)
    if (await member.cut(dice.roll(1_000) / 1_000)) count(tally, 'cut')
  }
  const spoilMail = (): void => {
    fragile.mail_server.disturb('message', dice.chance(50) ? 451 : 'drop')
    count(tally, 'mail spoiled')
  }
  const cuts = world.fleet.length === 0 ? 0 : cuts_each_burst
  const is_lost = may_lose_database && fragile.server !== null
  await Promise.all([
    at(() => refuse(scene, dice, burst)),
    ...(is_lost ? [at(() => killDatabase(scene))] : []),
    ...kills.map((member) => at(() => replace(scene, member))),
    ...Array.from({ length: cuts }, () => at(cut)),
    ...Array.from({ length: refused_mails_each_burst }, () => at(spoilMail)),
  ])
}

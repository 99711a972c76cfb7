// What breaks while everybody acts: processes die by kill -9 and are replaced, connections to the
// database are cut, mails are refused or their receipt is lost. Dice say what and when; the time
// is counted in answers that were heard, so that it falls into the midst of the work.
import { type SmtpSimulator, startSmtpSimulator } from '#plugins/mail-smtp/simulator.ts'
import { atEnd } from '#test/cleanup.ts'
import type { FleetMember } from '#test/fleet.ts'
import { type CutLine, openCutLine } from '#test/outages/cut-line.ts'
import { until } from '#test/world.ts'
import type { Dice } from './dice.ts'
import { answersHeard } from './insist.ts'
import { count, type Scene } from './shoppers.ts'

/** What can break: the way to the database is one of its own for the fleet alone. */
export type Fragile = { readonly line: CutLine; readonly mail_server: SmtpSimulator }

export async function openFragile(database_url: string): Promise<Fragile> {
  const line = await openCutLine(database_url)
  const mail_server = await startSmtpSimulator({
    port: 0,
    sign_in: null,
    message_bytes_max: 2_000_000,
  })
  atEnd(() => Promise.all([line.close(), mail_server.close()]))
  return { line, mail_server }
}

const cuts_each_burst = 3
const refused_mails_each_burst = 4
const patience_ms = 300_000

/** One of a kind dies at a time: the other one goes on. */
async function replace({ tally }: Scene, member: FleetMember): Promise<void> {
  await member.replace()
  count(tally, `killed ${member.part}`)
}

/** Until `isOver`, of about so many answers. */
export async function breakDown(
  scene: Scene,
  dice: Dice,
  { answers, isOver }: { readonly answers: number; readonly isOver: () => boolean },
): Promise<void> {
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
  const cut = (): void => {
    if (fragile.line.sever(dice.roll)) count(tally, 'cut')
  }
  const spoilMail = (): void => {
    fragile.mail_server.disturb('message', dice.chance(50) ? 451 : 'drop')
    count(tally, 'mail spoiled')
  }
  const cuts = world.fleet.length === 0 ? 0 : cuts_each_burst
  await Promise.all([
    ...kills.map((member) => at(() => replace(scene, member))),
    ...Array.from({ length: cuts }, () => at(cut)),
    ...Array.from({ length: refused_mails_each_burst }, () => at(spoilMail)),
  ])
}

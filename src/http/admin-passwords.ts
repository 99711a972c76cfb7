// Passwords of staff: whoever knows theirs changes it, whoever has forgotten it gets a link by
// mail.
import {
  askStaffPassword,
  changeStaffPassword,
  resetStaffPassword,
} from '#src/accounts/staff-passwords.ts'
import type { Mailing } from '#src/customers/ask-by-mail.ts'
import { snapshot } from '#src/db/transaction.ts'
import { refuse } from '#src/lib/refusal.ts'
import { personOf, staff_sign_in_limit } from './admin-sign-in.ts'
import { EmailBody, NewPassword, OldPassword } from './customer-views.ts'
import { new_password_headers, newPasswordPage } from './new-password-page.ts'
import { type Asked, Closed, Media, type Route, route, Text } from './route.ts'
import { readContact } from './shapes.ts'
import { Told } from './store-accounts.ts'

const rate_per_minute = 20

/** Staff belong to no channel: the shop writes to them in the name of its first one. */
async function mailingOf({
  app,
  now,
}: Pick<Asked<unknown, unknown, unknown>, 'app' | 'now'>): Promise<Mailing> {
  const { channels } = await snapshot(app.db, app.desk.readBook)
  const [channel_id] = [...channels.keys()].sort()
  if (!channel_id) throw refuse('mail_server_missing')
  return { secret_key: app.secret_key, channel_id, now }
}

const change = route({
  method: 'PUT',
  path: '/admin/me/password',
  who: 'staff',
  summary: 'Change the own password; every other session ends',
  rate_per_minute,
  body: Closed({ current_password: OldPassword, password: NewPassword }),
  example: { current_password: 'violet otters sing', password: 'seven quiet lanterns' },
  replies: { 204: null },
  handle: async (asked) => {
    const { current_password: current, password } = asked.body
    const wanted = { ...personOf(asked), current, password }
    const mailing = await mailingOf(asked)
    await changeStaffPassword(asked.app.db, staff_sign_in_limit, wanted, mailing)
    return { status: 204 }
  },
})

const ask = route({
  method: 'POST',
  path: '/admin/password-resets',
  who: 'anyone',
  summary: 'Ask for a link by mail with which a member of staff sets a new password',
  rate_per_minute,
  body: Closed({ email: EmailBody }),
  example: { email: 'owner@shop.example' },
  replies: { 202: Told },
  handle: async (asked) => {
    const { email } = readContact({ email: asked.body.email })
    await askStaffPassword(asked.app.db, email!, await mailingOf(asked))
    const message = 'If somebody here has this address, a mail is on its way to it.'
    return { status: 202, body: { message } }
  },
})

const path = '/admin/password-resets/confirmation'
const setNew = route({
  method: 'POST',
  path,
  who: 'anyone',
  summary: 'Follow such a link: set the new password, which ends all sessions',
  rate_per_minute,
  body: Closed({ token: Text(100, 1), password: NewPassword }),
  example: { token: 'r.019a0000.3f2c9d', password: 'violet otters sing' },
  replies: { 204: null },
  handle: async (asked) => {
    const request = { request_id: asked.request_id, route: `POST ${path}` }
    const followed = { ...asked.body, request }
    await resetStaffPassword(asked.app.db, followed, await mailingOf(asked))
    return { status: 204 }
  },
})

const show = route({
  method: 'GET',
  path: '/admin/new-password',
  who: 'anyone',
  summary: 'The page to which the link in such a mail leads',
  replies: { 200: Media('text/html') },
  handle: async () => ({
    status: 200,
    raw: {
      media_type: 'text/html; charset=utf-8',
      headers: new_password_headers,
      content: newPasswordPage,
    },
  }),
})

export const admin_password_routes: readonly Route[] = [change, ask, setNew, show]

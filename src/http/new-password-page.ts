// The page on which staff set a new password. The token of the link stands after the # of its
// address, which browsers do not send: neither logs nor other pages get to see it.
import { password_length } from '#src/lib/passwords.ts'
import { headersFor, page_style } from './order-page-assets.ts'

const script = `
(() => {
  const form = document.querySelector('form')
  const said = document.querySelector('[role=status]')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const { password, button } = form.elements
    button.disabled = true
    said.textContent = ''
    try {
      const answer = await fetch('/admin/password-resets/confirmation', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: location.hash.slice(1), password: password.value }),
      })
      if (answer.ok) form.hidden = true
      said.textContent = answer.ok
        ? 'Your password is changed, and you are signed out everywhere. Sign in with the new one.'
        : (await answer.json()).title
    } catch {
      said.textContent = 'The server does not answer now: try again.'
    }
    button.disabled = false
  })
})()
`

export const new_password_headers = headersFor(page_style, script)

export const newPasswordPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A new password</title>
<style>${page_style}</style>
</head>
<body>
<main>
<h1>A new password</h1>
<form class="card">
<p><label for="password">New password, ${password_length.min} letters or more</label></p>
<p><input id="password" name="password" type="password" autocomplete="new-password" required
  minlength="${password_length.min}" maxlength="${password_length.max}"></p>
<p><button name="button">Set it</button></p>
</form>
<p class="status" role="status"></p>
<noscript><p>This page needs JavaScript.</p></noscript>
</main>
<script>${script}</script>
</body>
</html>
`

// `npm run templates` compiles the mail templates that come with Onhand, so that no shop waits for
// the compiler before its first mail. The HTML lies beside the MJML that it was made of.
import { writeFileSync } from 'node:fs'
import { compileMjml } from '#src/messages/compile-mjml.ts'
import { message_kinds } from '#src/messages/messages.ts'
import { defaultTemplate, htmlFile } from '#src/messages/templates.ts'

const compiled = await compileMjml(message_kinds.map((kind) => defaultTemplate(kind).mjml))
message_kinds.forEach((kind, i) => {
  const { html, errors } = compiled[i]!
  for (const { line, message } of errors) {
    process.exitCode = 1
    process.stderr.write(`${kind}, line ${line}: ${message}\n`)
  }
  if (errors.length === 0) writeFileSync(htmlFile(kind), html)
})

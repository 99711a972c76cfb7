// A process of its own that compiles MJML and ends: loaded, MJML takes 170 MB. It is given no
// environment, and may not write files or start programs.
import mjml from 'mjml'
import type { Compiled } from './compile-mjml.ts'

async function compile(text: string): Promise<Compiled> {
  try {
    const { html, errors } = await mjml(text, { validationLevel: 'soft', ignoreIncludes: true })
    return { html, errors: errors.map(({ line, message }) => ({ line, message })) }
  } catch (error) {
    const message = error instanceof Error ? error.message : 'This is not MJML.'
    return {
      html: '',
      errors: [{ line: Number(/line:? (\d+)/i.exec(message)?.[1] ?? 1), message }],
    }
  }
}

process.once('message', async (texts: readonly string[]) => {
  const compiled: Compiled[] = []
  for (const text of texts) compiled.push(await compile(text))
  process.send!(compiled, () => process.disconnect())
})

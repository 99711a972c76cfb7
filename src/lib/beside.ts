// Programs that are started by path: TypeScript in a clone, JavaScript in the package.
import path from 'node:path'

/** `fileBeside(import.meta.filename, 'mjml-child')`: with the ending of the file that asks. */
export const fileBeside = (asking: string, name: string): string =>
  path.join(path.dirname(asking), `${name}${path.extname(asking)}`)

// MJML → HTML in a child process, so that neither web nor worker ever loads the compiler.
import { fork } from 'node:child_process'
import { fileBeside } from '#src/lib/beside.ts'

export type Compiled = {
  readonly html: string
  readonly errors: readonly { readonly line: number; readonly message: string }[]
}

const timeout_ms = 30_000
const child_path = fileBeside(import.meta.filename, 'mjml-child')

function compileNow(texts: readonly string[]): Promise<Compiled[]> {
  return new Promise((resolve, reject) => {
    const child = fork(child_path, {
      env: {},
      execArgv: ['--permission', '--allow-fs-read=*', '--max-old-space-size=400'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout_ms)
    child.once('message', (compiled: Compiled[]) => resolve(compiled))
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      reject(new Error(`the MJML compiler ended without an answer: ${signal ?? code}`))
    })
    child.send(texts)
  })
}

// One child at a time: ten people who press "save" must not take two gigabytes.
let last: Promise<unknown> = Promise.resolve()

export function compileMjml(texts: readonly string[]): Promise<Compiled[]> {
  const compiled = last.then(() => compileNow(texts))
  last = compiled.catch(() => {})
  return compiled
}

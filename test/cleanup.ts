// What a test file opened is closed in the opposite order: the database goes last. So it is when
// somebody ends the run before its time: a server of its own would outlive it otherwise.
import { after } from 'node:test'

const closing: (() => unknown)[] = []

async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close()
}

after(closeAll)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void closeAll().finally(() => process.exit(130)))
}

export const atEnd = (close: () => unknown): void => void closing.push(close)

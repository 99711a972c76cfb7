// What a test file opened is closed in the opposite order: the database goes last.
import { after } from 'node:test'

const closing: (() => unknown)[] = []

after(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

export const atEnd = (close: () => unknown): void => void closing.push(close)

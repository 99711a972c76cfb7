/** One environment variable: what it is for, and why a value of it is refused at start. */
export type Setting = {
  readonly name: string
  readonly describe: string
  readonly secret: boolean
  readonly fallback: string | null
  /** The reason why a value is bad, or null. */
  readonly check: (text: string) => string | null
}

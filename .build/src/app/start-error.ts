/** Why Onhand cannot start, for whoever started it: a text without a stack. */
export class StartError extends Error {
  readonly exit_code: number
  constructor(message: string, exit_code = 1) {
    super(message)
    this.name = 'StartError'
    this.exit_code = exit_code
  }
}

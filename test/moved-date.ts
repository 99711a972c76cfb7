// The time of day of a whole process, moved: what its libraries read, ids and signatures too.
// Timers and `performance.now` go on as they are, as they do when somebody sets the clock.

const real = Date
let ahead_ms = 0
const now = (): number => real.now() + ahead_ms

export function setDateAhead(ms: number): void {
  ahead_ms = ms
}

export function replaceDate(): void {
  globalThis.Date = new Proxy(real, {
    apply: () => new real(now()).toString(),
    construct: (_, args: readonly unknown[]) =>
      args.length === 0 ? new real(now()) : Reflect.construct(real, args),
    get: (_, name) => (name === 'now' ? now : Reflect.get(real, name)),
  })
}

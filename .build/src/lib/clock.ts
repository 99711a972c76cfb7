/** "Now" is passed in: tests and the simulator move the clock. */
export type Clock = () => Date

export const systemClock: Clock = () => new Date()

export const plusMs = (at: Date, ms: number): Date => new Date(at.getTime() + ms)

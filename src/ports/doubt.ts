// How a plug-in says that nobody knows what was done.

/** No answer, one that cannot be read, or a provider that is busy or broken. */
export class Doubt extends Error {}

type Unknown = { readonly kind: 'unknown'; readonly reason: string }

/** Whatever is in doubt becomes `unknown`, and the core asks again. Everything else is a bug. */
export const orUnknown =
  <Request, Outcome>(ask: (request: Request) => Promise<Outcome>) =>
  async (request: Request): Promise<Outcome | Unknown> => {
    try {
      return await ask(request)
    } catch (error) {
      if (error instanceof Doubt) return { kind: 'unknown', reason: error.message }
      throw error
    }
  }

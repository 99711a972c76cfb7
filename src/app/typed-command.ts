// How a command of ours is typed.

/** Sources in a clone, JavaScript in a project that has the package. */
const is_clone = import.meta.filename.endsWith('.ts')

/** `npm run export --`, or `npx onhand export`. */
export const typedCommand = (name: string): string =>
  is_clone ? `npm run ${name} --` : `npx onhand ${name}`

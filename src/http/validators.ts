// What checks a request by the schema of its route. A schema is compiled when the first request
// asks for it: to compile all of them took longer than everything else a server does at start.
import AjvCompiler from '@fastify/ajv-compiler'
import type { FastifySchemaCompiler } from 'fastify'

type Validate = ReturnType<FastifySchemaCompiler<unknown>>

/** Own readers turn text into numbers; ajv only says yes or no, and names every mistake. */
const ajv_options = {
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: true,
  allErrors: true,
  discriminator: true,
  strict: false,
} as const

/** For one server: where two routes share a schema, it is compiled once. */
export function openValidators(): FastifySchemaCompiler<unknown> {
  const compile = AjvCompiler()({}, { customOptions: ajv_options })
  return ({ schema }) => {
    let validate: Validate | null = null
    const check: Validate = (value: unknown) => {
      validate ??= compile({ schema } as never) as Validate
      const is_valid = validate(value)
      check.errors = validate.errors ?? null
      return is_valid
    }
    return check
  }
}

// What rates of taxes look like on the wire, and what absent fields mean.
import Type from 'typebox'
import type { Currency } from '#src/lib/money.ts'
import { type DistrictRate, pricing_limits } from '#src/pricing/pricing.ts'
import { Closed, Minor, Nullable, Text } from './route.ts'

const Ppm = Type.Integer({ minimum: 0, maximum: 1_000_000, description: '19 % is 190000' })
const StepMode = Type.Union([Type.Literal('whole'), Type.Literal('part')], {
  description:
    'whole: the rate of the step in which the price of a unit lies holds for all of it. ' +
    'part: each rate holds for the part of the price that lies in its step.',
})

export const RateView = Closed({
  category: Text(64, 1),
  component: Text(64, 1),
  rate_ppm: Ppm,
  position: Type.Integer(),
  is_compound: Type.Boolean(),
  steps: Nullable(
    Closed({
      currency: Type.String(),
      of: StepMode,
      steps: Type.Array(Closed({ from: Minor(), is_over: Type.Boolean(), rate_ppm: Ppm })),
    }),
  ),
})
const StepBody = Closed({
  from: Minor({ minimum: 0, description: 'Net price of a unit from which the step holds.' }),
  is_over: Type.Optional(
    Type.Boolean({ default: false, description: 'true: only above that price, not at it' }),
  ),
  rate_ppm: Ppm,
})
const RateBody = Closed({
  category: Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' }),
  component: Text(64, 1),
  rate_ppm: Ppm,
  position: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000 })),
  is_compound: Type.Optional(
    Type.Boolean({ default: false, description: 'also taxes the components before it' }),
  ),
  steps: Type.Optional(
    Nullable(
      Closed({
        currency: Type.String({ pattern: '^[A-Z]{3}$' }),
        of: StepMode,
        steps: Type.Array(StepBody, { minItems: 1, maxItems: pricing_limits.steps_per_rate }),
      }),
    ),
  ),
})
export const RatesBody = Type.Array(RateBody, { maxItems: pricing_limits.rates_per_zone })

export const readRates = (rates: Type.Static<typeof RatesBody>): DistrictRate[] =>
  rates.map(({ steps = null, is_compound = false, ...rate }, position) => ({
    position,
    is_compound,
    ...rate,
    steps: steps && {
      currency: steps.currency as Currency,
      of: steps.of,
      steps: steps.steps.map((step) => ({ is_over: false, ...step })),
    },
  }))

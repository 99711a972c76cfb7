// How an outside system is plugged in: which settings it needs, and what is made from them.
import type { Send } from '#src/lib/http-client.ts'
import type { Setting, SettingProblem } from '#src/lib/settings.ts'
import type { Mailer } from './mailer.ts'
import type { PaymentProvider } from './payment-provider.ts'
import type { ShippingProvider } from './shipping-provider.ts'

export type PluginPorts = {
  readonly payments: PaymentProvider
  readonly shipping: ShippingProvider
  readonly mail: Mailer
}
export type PluginKind = keyof PluginPorts

type PluginOf<Kind extends PluginKind> = {
  readonly kind: Kind
  /** Heads its settings; no other plug-in has it. */
  readonly title: string
  /** Those without a fallback are set all or none; without them the plug-in is not opened. */
  readonly settings: readonly Setting[]
  /** Why settings that are right by themselves are not right together. */
  readonly together?: (texts: Readonly<Record<string, string>>) => SettingProblem | null
  /** `send` is the only way out: it knows time limits, and refuses to be used in a transaction. */
  open(
    texts: Readonly<Record<string, string>>,
    send: Send,
  ): PluginPorts[Kind] | Promise<PluginPorts[Kind]>
}
export type Plugin = { [Kind in PluginKind]: PluginOf<Kind> }[PluginKind]

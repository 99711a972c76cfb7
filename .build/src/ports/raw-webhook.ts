/** A webhook as it came over the wire. Header names are lower case. */
export type RawWebhook = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly received_at: Date
}

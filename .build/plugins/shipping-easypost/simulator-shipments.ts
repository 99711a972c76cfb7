// Shipments of the simulated EasyPost: quoted, bought, given back.
import { readCurrency, toDecimal } from '../../src/lib/currency.ts'
import type { SimulatorAnswer } from '../../src/lib/simulator.ts'
import type { LabelAddress } from './simulator-label.ts'
import {
  fail,
  hexId,
  type Json,
  stamp,
  trackerView,
  type World,
  writeOunces,
} from './simulator-trackers.ts'

type Address = LabelAddress & { readonly id: string }
type Quote = {
  readonly id: string
  readonly carrier: string
  readonly service: string
  readonly cents: number
  readonly currency: string
  readonly days: number | null
}
type Message = { readonly carrier: string; readonly type: string; readonly message: string }
export type Shipment = {
  readonly id: string
  readonly created_at: string
  readonly updated_at: string
  readonly reference: string | null
  readonly from: Address
  readonly to: Address
  readonly parcel: { readonly id: string; readonly weight: number } & {
    readonly length: number | null
    readonly width: number | null
    readonly height: number | null
  }
  readonly customs: Json | null
  readonly options: Json
  readonly quotes: readonly Quote[]
  readonly messages: readonly Message[]
  readonly bought: {
    readonly quote: Quote
    readonly label_id: string
    readonly label_format: 'PDF' | 'PNG'
    readonly has_pdf: boolean
    readonly at: string
  } | null
  readonly tracking_code: string | null
  readonly refund: {
    readonly id: string
    readonly status: string
    readonly due_at_ms: number
  } | null
}

// What a carrier charges: base, per ounce and per zone, in cents.
type Service = readonly [
  carrier: string,
  service: string,
  cents: readonly [base: number, per_oz: number, per_zone: number],
  days: number | null,
  oz_max: number,
]
const us_domestic: readonly Service[] = [
  ['USPS', 'GroundAdvantage', [480, 9, 35], 3, 1120],
  ['USPS', 'Priority', [790, 14, 55], 2, 1120],
  ['USPS', 'Express', [2875, 30, 90], 1, 1120],
  ['UPSDAP', 'Ground', [920, 6, 40], 3, 2400],
  ['UPSDAP', '2ndDayAir', [1890, 22, 120], 2, 2400],
  ['FedEx', 'FEDEX_GROUND', [935, 6, 41], 4, 2400],
]
const us_abroad: readonly Service[] = [
  ['USPS', 'FirstClassPackageInternationalService', [1450, 60, 40], null, 64],
  ['USPS', 'PriorityMailInternational', [4400, 45, 90], 8, 1056],
  ['FedEx', 'INTERNATIONAL_ECONOMY', [6100, 40, 80], 6, 2400],
]
const elsewhere: readonly Service[] = [
  ['DHLExpress', 'EconomySelect', [1290, 12, 60], 4, 2400],
  ['DHLExpress', 'ExpressWorldwide', [2990, 25, 90], 2, 2400],
]
const domestic: Readonly<Record<string, readonly [string, readonly Service[]]>> = {
  US: ['USD', us_domestic],
  GB: ['GBP', [['RoyalMail', 'Tracked48', [389, 3, 0], 2, 705], ...elsewhere]],
  CA: ['CAD', [['CanadaPost', 'ExpeditedParcel', [1180, 9, 45], 4, 1058], ...elsewhere]],
}

const unserved = new Set(['KP', 'SY', 'CU', 'IR', 'AQ'])
const us_states = new Set(
  (
    'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH ' +
    'NJ ' +
    'NM NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY GU VI AS MP AA AE AP'
  ).split(' '),
)
const exists = ({ country, state, zip }: LabelAddress): boolean =>
  country !== 'US' ||
  (us_states.has((state ?? '').toUpperCase()) &&
    /^\d{5}(-\d{4})?$/.test(zip ?? '') &&
    Number(zip!.slice(0, 5)) >= 501)

function zoneOf(from: LabelAddress, to: LabelAddress): number {
  if (from.country !== to.country) return 8
  const [a, b] = [Number(from.zip?.[0]), Number(to.zip?.[0])]
  return Number.isNaN(a) || Number.isNaN(b) ? 4 : Math.min(8, 1 + Math.abs(a - b))
}

/** What stands in the way of each carrier. */
function objectionTo(shipment: Shipment, [, , , , oz_max]: Service): string | null {
  const { from, to, parcel, customs } = shipment
  if (!exists(from)) return 'Invalid origin ZIP code.'
  if (!exists(to)) return 'Invalid destination ZIP code.'
  if (unserved.has(to.country)) return `The destination country ${to.country} is not served.`
  if (from.country !== to.country && !customs) return 'Customs information is required.'
  if (parcel.weight > oz_max) return `The maximum weight is ${Math.floor(oz_max / 16)} lbs.`
  return null
}

function quote(shipment: Shipment): Pick<Shipment, 'quotes' | 'messages'> {
  const { from, to, parcel } = shipment
  const [currency, at_home] = domestic[from.country] ?? ['USD', elsewhere]
  const services =
    from.country === to.country ? at_home : from.country === 'US' ? us_abroad : elsewhere
  const volume = (parcel.length ?? 0) * (parcel.width ?? 0) * (parcel.height ?? 0)
  // Large and light parcels are charged by volume.
  const oz = Math.max(parcel.weight, volume > 1728 ? (volume / 166) * 16 : 0)
  const quotes: Quote[] = []
  const messages: Message[] = []
  for (const service of services) {
    const [carrier, name, [base, per_oz, per_zone], days] = service
    const message = objectionTo(shipment, service)
    if (message) messages.push({ carrier, type: 'rate_error', message })
    else {
      const cents = base + Math.ceil(oz) * per_oz + zoneOf(from, to) * per_zone
      quotes.push({ id: hexId('rate'), carrier, service: name, cents, currency, days })
    }
  }
  return { quotes, messages }
}

const writeCents = (cents: number, currency: string): string =>
  toDecimal({ amount: BigInt(cents), currency: readCurrency(currency) })

const rateView = (shipment: Shipment, row: Quote): Json => ({
  id: row.id,
  object: 'Rate',
  created_at: shipment.created_at,
  updated_at: shipment.updated_at,
  mode: 'test',
  service: row.service,
  carrier: row.carrier,
  rate: writeCents(row.cents, row.currency),
  currency: row.currency,
  retail_rate: writeCents(row.cents + 300, row.currency),
  retail_currency: row.currency,
  list_rate: writeCents(row.cents, row.currency),
  list_currency: row.currency,
  billing_type: 'easypost',
  delivery_days: row.days,
  delivery_date: null,
  delivery_date_guaranteed: false,
  est_delivery_days: row.days,
  shipment_id: shipment.id,
  carrier_account_id: `ca_${row.carrier.toLowerCase()}`,
})

function labelView(world: World, shipment: Shipment): Json | null {
  const { bought } = shipment
  if (!bought) return null
  const file = `${world.url()}/files/postage_label/${bought.label_id}`
  const is_pdf = bought.label_format === 'PDF'
  return {
    object: 'PostageLabel',
    id: bought.label_id,
    created_at: bought.at,
    updated_at: shipment.updated_at,
    label_date: bought.at,
    label_resolution: 300,
    label_size: '4x6',
    label_type: 'default',
    label_file_type: is_pdf ? 'application/pdf' : 'image/png',
    label_url: `${file}.${is_pdf ? 'pdf' : 'png'}`,
    label_pdf_url: bought.has_pdf ? `${file}.pdf` : null,
    label_zpl_url: null,
    label_epl2_url: null,
    label_file: null,
  }
}

export function shipmentView(world: World, shipment: Shipment): Json {
  const { bought, parcel, refund, tracking_code } = shipment
  const tracker = tracking_code === null ? undefined : world.trackers.get(tracking_code)
  return {
    id: shipment.id,
    object: 'Shipment',
    mode: 'test',
    created_at: shipment.created_at,
    updated_at: shipment.updated_at,
    is_return: false,
    reference: shipment.reference,
    status: tracker?.status ?? 'unknown',
    from_address: { object: 'Address', mode: 'test', ...shipment.from },
    to_address: { object: 'Address', mode: 'test', ...shipment.to },
    parcel: { object: 'Parcel', mode: 'test', ...parcel, weight: writeOunces(parcel.weight) },
    customs_info: shipment.customs,
    options: shipment.options,
    messages: shipment.messages,
    rates: shipment.quotes.map((row) => rateView(shipment, row)),
    selected_rate: bought ? rateView(shipment, bought.quote) : null,
    postage_label: labelView(world, shipment),
    tracking_code,
    tracker: tracker ? trackerView(world, tracker) : null,
    refund_status: refund?.status ?? null,
    insurance: null,
    scan_form: null,
    forms: [],
    fees: bought
      ? [
          {
            object: 'Fee',
            type: 'PostageFee',
            amount: `${writeCents(bought.quote.cents, bought.quote.currency)}000`,
            charged: true,
            refunded: refund?.status === 'refunded',
          },
        ]
      : [],
  }
}

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
const text = (value: unknown): string | null => (typeof value === 'string' && value ? value : null)
const size = (value: unknown): number | null =>
  typeof value === 'number' && value > 0 ? Math.round(value * 10) / 10 : null

function readAddress(world: World, value: unknown): Address | null {
  if (!isObject(value)) return null
  const { id, country } = value
  if (typeof id === 'string') return (world.addresses.get(id) as Address | undefined) ?? null
  if (typeof country !== 'string' || !/^[A-Z]{2}$/.test(country) || !text(value['street1'])) {
    return null
  }
  const { name, company, street1, street2, city, state, zip, phone, email } = value
  const [contact, place] = [
    { name: text(name), company: text(company), phone: text(phone), email: text(email) },
    { street1: text(street1), street2: text(street2), city: text(city), state: text(state) },
  ]
  return { id: hexId('adr'), ...contact, ...place, zip: text(zip), country }
}

/** `verify` stands beside `address`. Strict checks refuse, the others report. */
export function createAddress(world: World, body: Json): SimulatorAnswer {
  const address = readAddress(world, body['address'])
  if (!address) return fail(422, 'ADDRESS.PARAMETERS.INVALID', 'The address is not complete.')
  const errors: Json[] = []
  const add = (code: string, field: string, message: string) =>
    errors.push({ code, field, message, suggestion: null })
  if (!exists(address)) add('E.ADDRESS.NOT_FOUND', 'address', 'Address not found')
  else if (address.country === 'US' && !/\d/.test(address.street1 ?? '')) {
    add('E.HOUSE_NUMBER.MISSING', 'street1', 'House number is missing')
  }
  if (body['verify_strict'] && errors.length > 0) {
    return fail(422, 'ADDRESS.VERIFY.FAILURE', 'Unable to verify address.', errors)
  }
  const delivery = { success: errors.length === 0, errors, details: null }
  const verifications = body['verify'] || body['verify_strict'] ? { delivery } : {}
  world.addresses.put(address.id, address)
  return { status: 201, body: { object: 'Address', mode: 'test', ...address, verifications } }
}

export function createShipment(world: World, body: Json): SimulatorAnswer {
  const input = body['shipment']
  if (!isObject(input)) return fail(422, 'SHIPMENT.INVALID_PARAMS', 'shipment is required.')
  const [from, to] = [input['from_address'], input['to_address']].map((a) => readAddress(world, a))
  const parcel = isObject(input['parcel']) ? input['parcel'] : {}
  const weight = size(parcel['weight'])
  const errors = [
    from ? null : { field: 'from_address', message: 'is not complete' },
    to ? null : { field: 'to_address', message: 'is not complete' },
    weight ? null : { field: 'parcel.weight', message: 'must be a number above 0' },
  ].filter((error) => error !== null)
  if (!from || !to || weight === null) {
    return fail(422, 'SHIPMENT.INVALID_PARAMS', 'Unable to create shipment.', errors)
  }
  const [length, width, height] = ['length', 'width', 'height'].map((side) => size(parcel[side]))
  const now = stamp()
  const bare: Shipment = {
    id: hexId('shp'),
    created_at: now,
    updated_at: now,
    reference: text(input['reference']),
    from,
    to,
    parcel: {
      id: hexId('prcl'),
      weight,
      length: length ?? null,
      width: width ?? null,
      height: height ?? null,
    },
    customs: isObject(input['customs_info']) ? input['customs_info'] : null,
    options: isObject(input['options']) ? input['options'] : {},
    quotes: [],
    messages: [],
    bought: null,
    tracking_code: null,
    refund: null,
  }
  const shipment = { ...bare, ...quote(bare) }
  world.shipments.put(shipment.id, shipment)
  return { status: 201, body: shipmentView(world, shipment) }
}

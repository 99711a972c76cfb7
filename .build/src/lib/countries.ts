// The countries of ISO 3166-1, how their postal codes look, and the regions without which mail
// or tax does not work there. Facts; written for this shop.

const codes =
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR ' +
  'BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ ' +
  'EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW ' +
  'GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY ' +
  'KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV ' +
  'MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY ' +
  'QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG ' +
  'TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'

const countries: ReadonlySet<string> = new Set(codes.split(' '))

export const isCountry = (code: string): boolean => countries.has(code)

/**
 * Postal codes as they are written: 9 is a digit, A a letter, * a letter or digit, a space may
 * be left out, ? makes the sign before it optional, and | parts alternatives. What stands
 * between apostrophes is meant literally.
 */
const postal_patterns: Readonly<Record<string, string>> = {
  '999': 'FO GN IS LS MG OM PG',
  '9999':
    'AF AL AT AU BD BE BG CH CV CY DK ET GE GW HM HU LR LU MK MZ NE NO NZ PA PH PY SI SJ TN VE ZA',
  '99999':
    'BA BT CU DE DO DZ EE EG EH ES FI GT HN HR IQ IT JO KE KW LA LK LY MA ME MM MV MX MY NA NI ' +
    'NP PK SD SN TH TR TZ UA UY ZM ID KR RS',
  '999999': 'BY CN CO EC KG KZ NG RO RU SG TJ TM TT UZ',
  '99999|9999999': 'IL',
  '99999|999999': 'KH MN VN',
  '99999|99999-?9999': 'SA',
  '99999|99999-9999': 'US AS GU MP PR VI FM MH PW UM',
  '999 99': 'CZ GR SE SK',
  '99 999': 'FR',
  '999 999': 'IN',
  '99-999': 'PL',
  '9999-999': 'PT',
  '99999-?999': 'BR',
  '999-?9999': 'JP',
  '9999999|999-?9999': 'CL',
  '999|99999|999999': 'TW',
  '99999-?99999': 'IR',
  '9999|9999 9999': 'LB',
  '9999|99999|99999-9999': 'CR',
  '999|9999': 'BH',
  '99999|999AA999': 'MU',
  '9999|A9999AAA': 'AR',
  '99999|A99*99': 'PE',
  'A9A 9A9': 'CA',
  '9999 AA': 'NL',
  '*** ****': 'IE',
  'AAA 9999': 'MT',
  'AA 9999': 'BN',
  'AA 99|AA AA': 'BM',
  A999: 'SZ',
  'AA-?999-?9999|AA-?9999-?9999': 'GH',
  "A9 9AA|A99 9AA|AA9 9AA|AA99 9AA|A9A 9AA|AA9A 9AA|'GIR' '0AA'": 'GB',
  "'GY'9 9AA|'GY'99 9AA": 'GG',
  "'JE'9 9AA|'JE'99 9AA": 'JE',
  "'IM'9 9AA|'IM'99 9AA": 'IM',
  "'GX11' '1AA'": 'GI',
  "'FIQQ' '1ZZ'": 'FK',
  "'SIQQ' '1ZZ'": 'GS',
  "'PCRN' '1ZZ'": 'PN',
  "'TKCA' '1ZZ'": 'TC',
  "'BBND' '1ZZ'": 'IO',
  "'STHL' '1ZZ'|'ASCN' '1ZZ'|'TDCU' '1ZZ'": 'SH',
  "'AD'999": 'AD',
  "9999|'AZ' 9999|'AZ'-9999": 'AZ',
  "9999|'37'9999": 'AM',
  "'BB'99999|99999": 'BB',
  "'AI'-?2640|2640": 'AI',
  "'KY'9-9999": 'KY',
  "'VC'9999": 'VC',
  "'VG'9999": 'VG',
  "'LC'99 999": 'LC',
  "'MSR' 9999|'MSR'-9999": 'MS',
  "'LT'-99999|99999": 'LT',
  "'LV'-9999|9999": 'LV',
  "'MD'-9999|9999": 'MD',
  "'HT' 9999|'HT'9999|9999": 'HT',
  "'CP' 9999|9999": 'SV',
  "'AA' 99999|99999": 'SO',
  "'948'9|'949'9": 'LI',
  "'4789'9": 'SM',
  "'00120'": 'VA',
  "'980'99": 'MC',
  "'39'99": 'GL',
  "'22'999": 'AX',
  "'6799'": 'CC',
  "'6798'": 'CX',
  "'2899'": 'NF',
  "'971'99|'970'99|'977'99|'978'99": 'GP BL MF',
  "'972'99": 'MQ',
  "'973'99": 'GF',
  "'974'99": 'RE',
  "'97500'": 'PM',
  "'976'99": 'YT',
  "'986'99": 'WF',
  "'987'99": 'PF',
  "'988'99": 'NC',
}

/** Where mail without its postal code does not arrive. Elsewhere it may be left out. */
const postal_code_required: ReadonlySet<string> = new Set(
  (
    'AD AT AU AX BE BG BR CA CH CN CY CZ DE DK EE ES FI FR GB GF GG GL GP GR GU HR HU IM ' +
    'IN IS IT JE JP KR LI LT LU LV MC MP MQ MT MX MY NC NL NO NZ PF PH PL PM PR PT RE RO ' +
    'RS RU SE SG SI SJ SK SM TH TR TW UA US VA VI WF YT ZA'
  ).split(' '),
)

/** Places that are one city. */
const city_optional: ReadonlySet<string> = new Set('GI HK MC MO SG VA'.split(' '))

const signs: Readonly<Record<string, string>> = {
  '9': '\\d',
  A: '[A-Z]',
  '*': '[A-Z0-9]',
  ' ': ' ?',
}

function patternOf(text: string): RegExp {
  let source = ''
  text.split("'").forEach((part, i) => {
    source += i % 2 === 1 ? part : part.replaceAll(/[9A* ]/g, (sign) => signs[sign]!)
  })
  return new RegExp(`^(?:${source})$`)
}

const patterns: ReadonlyMap<string, RegExp> = new Map(
  Object.entries(postal_patterns).flatMap(([text, where]) => {
    const pattern = patternOf(text)
    return where.split(' ').map((country): [string, RegExp] => [country, pattern])
  }),
)

export type CountryRules = {
  /** Null where there are no postal codes. */
  readonly postal_code: RegExp | null
  readonly needs_postal_code: boolean
  readonly needs_city: boolean
  /** Codes of ISO 3166-2 without the country; null where any text will do. */
  readonly regions: ReadonlyMap<string, string> | null
}

export const rulesOf = (country: string): CountryRules => ({
  postal_code: patterns.get(country) ?? null,
  needs_postal_code: postal_code_required.has(country),
  needs_city: !city_optional.has(country),
  regions: regions.get(country) ?? null,
})

/** `QC=Quebec=Québec; ON=Ontario` → code by code and by every name, in capitals. */
const readRegions = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('; ').flatMap((entry) => {
      const [code, ...names] = entry.split('=')
      return [code!, ...names].map((name): [string, string] => [name.toUpperCase(), code!])
    }),
  )

const regions: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  [
    'US',
    readRegions(
      'AL=Alabama; AK=Alaska; AZ=Arizona; AR=Arkansas; CA=California; CO=Colorado; ' +
        'CT=Connecticut; DE=Delaware; DC=District of Columbia; FL=Florida; GA=Georgia; ' +
        'HI=Hawaii; ID=Idaho; IL=Illinois; IN=Indiana; IA=Iowa; KS=Kansas; KY=Kentucky; ' +
        'LA=Louisiana; ME=Maine; MD=Maryland; MA=Massachusetts; MI=Michigan; MN=Minnesota; ' +
        'MS=Mississippi; MO=Missouri; MT=Montana; NE=Nebraska; NV=Nevada; NH=New Hampshire; ' +
        'NJ=New Jersey; NM=New Mexico; NY=New York; NC=North Carolina; ND=North Dakota; OH=Ohio; ' +
        'OK=Oklahoma; OR=Oregon; PA=Pennsylvania; RI=Rhode Island; SC=South Carolina; ' +
        'SD=South Dakota; TN=Tennessee; TX=Texas; UT=Utah; VT=Vermont; VA=Virginia; ' +
        'WA=Washington; WV=West Virginia; WI=Wisconsin; WY=Wyoming; AS=American Samoa; GU=Guam; ' +
        'MP=Northern Mariana Islands; PR=Puerto Rico; VI=Virgin Islands; AA; AE; AP',
    ),
  ],
  [
    'CA',
    readRegions(
      'AB=Alberta; BC=British Columbia; MB=Manitoba; NB=New Brunswick; ' +
        'NL=Newfoundland and Labrador; NS=Nova Scotia; NT=Northwest Territories; NU=Nunavut; ' +
        'ON=Ontario; PE=Prince Edward Island; QC=Quebec=Québec; SK=Saskatchewan; YT=Yukon',
    ),
  ],
  [
    'AU',
    readRegions(
      'ACT=Australian Capital Territory; NSW=New South Wales; NT=Northern Territory; ' +
        'QLD=Queensland; SA=South Australia; TAS=Tasmania; VIC=Victoria; WA=Western Australia',
    ),
  ],
  [
    'IN',
    readRegions(
      // Some codes changed in 2023; the old ones still stand in many address books.
      'AN=Andaman and Nicobar Islands; AP=Andhra Pradesh; AR=Arunachal Pradesh; AS=Assam; ' +
        'BR=Bihar; CH=Chandigarh; CG=CT=Chhattisgarh; ' +
        'DH=DN=DD=Dadra and Nagar Haveli and Daman and Diu; DL=Delhi; GA=Goa; GJ=Gujarat; ' +
        'HR=Haryana; HP=Himachal Pradesh; JK=Jammu and Kashmir; JH=Jharkhand; KA=Karnataka; ' +
        'KL=Kerala; LA=Ladakh; LD=Lakshadweep; MP=Madhya Pradesh; MH=Maharashtra; MN=Manipur; ' +
        'ML=Meghalaya; MZ=Mizoram; NL=Nagaland; OD=OR=Odisha=Orissa; PY=Puducherry; PB=Punjab; ' +
        'RJ=Rajasthan; SK=Sikkim; TN=Tamil Nadu; TS=TG=Telangana; TR=Tripura; ' +
        'UP=Uttar Pradesh; UK=UT=Uttarakhand; WB=West Bengal',
    ),
  ],
  [
    'BR',
    readRegions(
      'AC=Acre; AL=Alagoas; AP=Amapá=Amapa; AM=Amazonas; BA=Bahia; CE=Ceará=Ceara; ' +
        'DF=Distrito Federal; ES=Espírito Santo=Espirito Santo; GO=Goiás=Goias; ' +
        'MA=Maranhão=Maranhao; MT=Mato Grosso; MS=Mato Grosso do Sul; MG=Minas Gerais; ' +
        'PA=Pará=Para; PB=Paraíba=Paraiba; PR=Paraná=Parana; PE=Pernambuco; PI=Piauí=Piaui; ' +
        'RJ=Rio de Janeiro; RN=Rio Grande do Norte; RS=Rio Grande do Sul; ' +
        'RO=Rondônia=Rondonia; RR=Roraima; SC=Santa Catarina; SP=São Paulo=Sao Paulo; ' +
        'SE=Sergipe; TO=Tocantins',
    ),
  ],
  [
    'MX',
    readRegions(
      'AGU=Aguascalientes; BCN=Baja California; BCS=Baja California Sur; CAM=Campeche; ' +
        'CHP=Chiapas; CHH=Chihuahua; CMX=Ciudad de México=Ciudad de Mexico; COA=Coahuila; ' +
        'COL=Colima; DUR=Durango; GUA=Guanajuato; GRO=Guerrero; HID=Hidalgo; JAL=Jalisco; ' +
        'MEX=México=Mexico=Estado de México; MIC=Michoacán=Michoacan; MOR=Morelos; NAY=Nayarit; ' +
        'NLE=Nuevo León=Nuevo Leon; OAX=Oaxaca; PUE=Puebla; QUE=Querétaro=Queretaro; ' +
        'ROO=Quintana Roo; SLP=San Luis Potosí=San Luis Potosi; SIN=Sinaloa; SON=Sonora; ' +
        'TAB=Tabasco; TAM=Tamaulipas; TLA=Tlaxcala; VER=Veracruz; YUC=Yucatán=Yucatan; ' +
        'ZAC=Zacatecas',
    ),
  ],
])

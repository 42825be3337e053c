/**
 * What stands after a value: its unit, with dimension and size in base units (`km/h`, `square feet`, `kg m/s^2`,
 * `dollars per hour`), and the words that are no unit (`apples`, `older`). Nothing is dropped: a word that is neither
 * decides against equality (`compare/words.ts`).
 *
 * Sources: the SI brochure and the international yard and pound (1959). Temperatures have no size: 20 degrees Celsius
 * are not 20 times one degree.
 */
import { multiply, power, rational, type Rational } from './exact/rational.js';

export interface Unit {
  /** Base dimensions with their powers, in order: `length^1 time^-1`. Empty for a pure number of radians. */
  readonly dimension: string;
  /** One of the unit in base units. */
  readonly factor: Rational;
}

/** The text after a value, read. */
export interface Reading {
  readonly unit: Unit | undefined;
  /** The words that are no unit, as written, in order. */
  readonly words: readonly string[];
}

interface NamedUnit {
  readonly dimensions: ReadonlyMap<string, number>;
  readonly factor: Rational;
}

/** The unit and the words of `text`. */
export function readUnits(text: string): Reading {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const reading = read(text);
  if (cache.size < CACHE_MAX) cache.set(text, reading);
  return reading;
}

const cache = new Map<string, Reading>();
const CACHE_MAX = 1000;

/** Whether `word`, as written, is a unit by itself. */
export function isUnit(word: string): boolean {
  return unitNamed(word) !== undefined;
}

/** Dimensions of money. */
const MONEY: ReadonlySet<string> = new Set(
  (
    'dollars euros sterling yen yuan rupees won rubles pesos lira dong baht naira hryvnia shekels francs aud cad ' +
    'nzd hkd sgd mxn twd sek nok dkk reais kroner zloty koruna forint rupiah ringgit rand'
  ).split(' '),
);

/** Whether `word` stands in front of an amount of money: `EUR`, `Rs`. */
export function isCurrencyCode(word: string): boolean {
  if (!/^(?:[A-Z]{3}|Rs|RM|Rp)$/.test(word)) return false;
  return [...(unitNamed(word)?.dimensions.keys() ?? [])].some((dimension) => MONEY.has(dimension));
}

const POWER_WORDS: ReadonlyMap<string, number> = new Map([
  ['square', 2],
  ['sq', 2],
  ['squared', 2],
  ['cubic', 3],
  ['cu', 3],
  ['cubed', 3],
]);

/** Abbreviations, also before what is no unit: `sq. units`. */
const SPELLED: ReadonlyMap<string, string> = new Map([
  ['sq', 'square'],
  ['cu', 'cubic'],
]);

const PART = /[\p{L}°$€£¥₹₩₽₺₫฿₱₦₴₪¢‰%]+(?:['’-]\p{L}+)*|\^\{?-?\d+\}?|\//gu;

function read(text: string): Reading {
  const parts = text.replace(/\b([ap])\.\s?m\b\.?/gi, '$1m').match(PART) ?? [];
  const dimensions = new Map<string, number>();
  const words: string[] = [];
  let factor: Rational | undefined = { n: 1n, d: 1n };
  let found = false;
  let per: string | undefined;
  let ahead: string | undefined;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const next = parts[i + 1];
    if (MODIFIERS.has(part.toLowerCase()) && next !== undefined && isUnit(next)) {
      // A nautical mile is no mile: a unit of its own, known by name.
      const name = `${part} ${singularOf(next)}`.toLowerCase();
      dimensions.set(name, (dimensions.get(name) ?? 0) + (per === undefined ? 1 : -1));
      [per, found] = [undefined, true];
      i++;
      continue;
    }
    if (part === '/' || part === 'per' || (/^an?$/.test(part) && next !== undefined && isUnit(next)))
      per = part;
    else if (/^(?:square|sq|cubic|cu)$/i.test(part) && next !== undefined)
      ahead = SPELLED.get(part.toLowerCase()) ?? part.toLowerCase();
    else {
      const unit = unitNamed(part);
      const raised = /^\^\{?([23])\}?$/.exec(part)?.[1];
      if (raised !== undefined && /^units?$/i.test(words.at(-1) ?? '')) {
        // units^2
        words.splice(-1, 0, raised === '2' ? 'square' : 'cubic');
        continue;
      }
      if (unit === undefined) {
        words.push(...[per, ahead, part].filter((word) => word !== undefined));
        [per, ahead] = [undefined, undefined];
        continue;
      }
      const written = next === undefined ? undefined : exponentOf(next);
      if (written !== undefined) i++;
      const size = (written ?? 1) * (POWER_WORDS.get(ahead ?? '') ?? 1) * (per === undefined ? 1 : -1);
      const scale = Math.abs(size) > 9 ? undefined : power(unit.factor, BigInt(size));
      factor = factor && scale && multiply(factor, scale);
      if (factor === undefined) return { unit: undefined, words: parts };
      for (const [name, times] of unit.dimensions)
        dimensions.set(name, (dimensions.get(name) ?? 0) + times * size);
      found = true;
      [per, ahead] = [undefined, undefined];
    }
  }
  if (per !== undefined) words.push(per);
  if (ahead !== undefined) words.push(ahead);
  return {
    unit: found && factor !== undefined ? { dimension: spelled(dimensions), factor } : undefined,
    words,
  };
}

/** Words that make another unit of the one behind them. */
const MODIFIERS: ReadonlySet<string> = new Set(
  'nautical light fluid troy long short imperial board astronomical canadian australian sidereal'.split(' '),
);

const singularOf = (unit: string): string => unit.replace(/s$/i, '');

/** The power that `^2`, `squared` or `cubed` gives the unit before it. */
function exponentOf(part: string): number | undefined {
  if (part.startsWith('^')) return Number(part.replace(/[^\d-]/g, ''));
  return part.endsWith('ed') ? POWER_WORDS.get(part) : undefined;
}

function spelled(dimensions: ReadonlyMap<string, number>): string {
  return [...dimensions]
    .filter(([, exponent]) => exponent !== 0)
    .map(([name, exponent]) => `${name}^${exponent}`)
    .sort()
    .join(' ');
}

function unitNamed(word: string): NamedUnit | undefined {
  const lower = word.toLowerCase();
  // Symbols are case-sensitive (mW, MW); words are not, and have plurals.
  units ??= new Map(TABLE.trim().split(/[;\n]/).flatMap(unitsOf));
  if (word.length === 1) return units.get(word);
  return (
    units.get(word) ??
    units.get(lower) ??
    units.get(lower.replace(/(?<=..)e?s$/, '')) ??
    units.get(lower.replace(/s$/, ''))
  );
}

/** name(s) = factor dimensions; a star takes the prefixes of the SI. */
const TABLE = `
m meter metre * = 1 length; inch in = 127/5000 length; foot feet ft = 381/1250 length; yard yd = 1143/1250 length
mile mi = 201168/125 length; mph = 1397/3125 length/time; kph kmh = 5/18 length/time
g gram * = 1/1000 mass; ton tonne = 1000 mass; pound lb = 45359237/100000000 mass; ounce oz = 45359237/1600000000 mass
s sec second * = 1 time; min minute = 60 time; h hr hour = 3600 time; day = 86400 time; week wk = 604800 time
month mo = 1 months; year yr = 12 months; decade = 120 months
l L liter litre * = 1/1000 length^3; cc = 1/1000000 length^3; gallon gal = 473176473/125000000000 length^3
quart qt = 473176473/500000000000 length^3; pint pt = 473176473/1000000000000 length^3
cup = 473176473/2000000000000 length^3; hectare ha = 10000 length^2; acre = 316160658/78125 length^2
N newton * = 1 mass length/time^2; J joule * = 1 mass length^2/time^2; W watt * = 1 mass length^2/time^3
Pa pascal * = 1 mass/length/time^2; Hz hertz * = 1 /time; kWh = 3600000 mass length^2/time^2
A amp ampere * = 1 current; C coulomb * = 1 current time; V volt * = 1 mass length^2/time^3/current
ohm Ω * = 1 mass length^2/time^3/current^2; mol mole * = 1 substance; K kelvin = 1 kelvins; eV * = 1 electronvolts
°c celsius = 1 celsius; °f fahrenheit = 1 fahrenheit; rad radian = 1 ; grad gradian gon = 1 gradians
rpm = 1 turns/minute; am = 1 morning; pm = 1 afternoon; bit = 1 bits; byte B * = 8 bits; calorie cal = 1 calories
kcal = 1000 calories; dollar buck usd US$ $ = 1 dollars; cent ¢ = 1/100 dollars; penny pennies = 1/100 dollars
euro eur € = 1 euros; £ gbp sterling quid = 1 sterling; pence p = 1/100 sterling; yen jpy ¥ = 1 yen
yuan rmb cny 元 = 1 yuan; rupee rs inr ₹ = 1 rupees; krw ₩ = 1 won
ruble rouble rub ₽ = 1 rubles; peso php ₱ = 1 pesos; lira ₺ = 1 lira
dong vnd ₫ = 1 dong; baht thb ฿ = 1 baht; naira ngn ₦ = 1 naira; hryvnia uah ₴ = 1 hryvnia; shekel ils ₪ = 1 shekels
franc chf = 1 francs; aud A$ AU$ = 1 aud; cad C$ CA$ CAN$ Can$ = 1 cad; nzd NZ$ = 1 nzd; hkd HK$ = 1 hkd
sgd S$ SG$ = 1 sgd; mxn MX$ = 1 mxn; twd NT$ = 1 twd; reais brl R$ = 1 reais
krona krone kr = 1 kroner; sek = 1 sek; nok = 1 nok; dkk = 1 dkk
zloty zł pln = 1 zloty; koruna Kč czk = 1 koruna; forint Ft huf = 1 forint; rupiah Rp idr = 1 rupiah
ringgit myr RM = 1 ringgit; rand zar = 1 rand; knot kn = 1 knots
`;
const PREFIXES: readonly (readonly [symbol: string, word: string, exponent: bigint])[] = [
  ['n', 'nano', -9n],
  ['μ', 'micro', -6n],
  ['m', 'milli', -3n],
  ['c', 'centi', -2n],
  ['d', 'deci', -1n],
  ['k', 'kilo', 3n],
  ['M', 'mega', 6n],
  ['G', 'giga', 9n],
];

/** The table by name, made when a unit is looked up: most processes never do. */
let units: ReadonlyMap<string, NamedUnit> | undefined;

function unitsOf(entry: string): [string, NamedUnit][] {
  const [left, right] = entry.trim().split(' = ') as [string, string];
  const [number, ...dimensionParts] = right.trim().split(' ') as [string, ...string[]];
  const [n, d] = number.split('/') as [string, string?];
  const unit: NamedUnit = {
    factor: rational(BigInt(n), BigInt(d ?? '1'))!,
    dimensions: dimensionsOf(dimensionParts.join(' ')),
  };
  const names = left.split(' ').filter((name) => name !== '*');
  const entries = names.map((name): [string, NamedUnit] => [name, unit]);
  if (!left.endsWith('*')) return entries;
  for (const name of names) {
    for (const [symbol, word, exponent] of PREFIXES) {
      const factor = multiply(unit.factor, power({ n: 10n, d: 1n }, exponent)!)!;
      entries.push([(name.length > 2 ? word : symbol) + name, { ...unit, factor }]);
    }
  }
  return entries;
}

/** `mass length^2/time^3` as powers. */
function dimensionsOf(text: string): ReadonlyMap<string, number> {
  const powers = new Map<string, number>();
  for (const match of text.matchAll(/(\/?)\s*([a-z]+)(?:\^(\d))?/g)) {
    powers.set(match[2]!, Number(match[3] ?? 1) * (match[1] === '/' ? -1 : 1));
  }
  return powers;
}

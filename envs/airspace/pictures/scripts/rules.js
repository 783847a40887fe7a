// The airspace's formulas, as docs/airspace.md and benchmarks/plain_rules.py have them: air, turns, distances.
// Places are [east, north] in NM, speeds kt, angles degrees clockwise from north.

const G0 = 9.80665, GAS = 287.05287, KT_IN_MPS = 0.514444, FT_IN_M = 0.3048, BANK_DEG = 25;
const SEA_LEVEL = { pressure: 101325, density: 1.225 };
const ARRIVAL_NM = 1, LOSS_NM = 5, REFERENCE_CAS_KT = 250;

const radians = (degrees) => (degrees * Math.PI) / 180;
const degrees = (angle) => (angle * 180) / Math.PI;
const within = (value, least, most) => Math.min(Math.max(value, least), most);
const modulo = (value, whole) => (value % whole < 0 ? (value % whole) + whole : value % whole);
const wrapped = (angle) => modulo(angle + 180, 360) - 180; // the short way round
const unit = (heading) => [Math.sin(radians(heading)), Math.cos(radians(heading))];
const minus = ([a, b], [c, d]) => [a - c, b - d];
const plus = ([a, b], [c, d]) => [a + c, b + d];
const times = (factor, [a, b]) => [factor * a, factor * b];
const dot = ([a, b], [c, d]) => a * c + b * d;
const length = ([a, b]) => Math.hypot(a, b);

// The standard atmosphere in the troposphere.
function airAt(alt_ft) {
  const temperature = 288.15 - 0.0065 * alt_ft * FT_IN_M;
  const density = SEA_LEVEL.density * (temperature / 288.15) ** 4.256848030018761;
  return { pressure: density * GAS * temperature, density };
}

const impact = (mps, { pressure, density }) => pressure * ((1 + (density * mps ** 2) / (7 * pressure)) ** 3.5 - 1);
const speed = (pa, { pressure, density }) => Math.sqrt(((7 * pressure) / density) * ((1 + pa / pressure) ** (2 / 7) - 1));
const tasOfCas = (cas, air) => speed(impact(cas * KT_IN_MPS, SEA_LEVEL), air) / KT_IN_MPS;
const casOfTas = (tas, air) => speed(impact(tas * KT_IN_MPS, air), SEA_LEVEL) / KT_IN_MPS;

// Degrees in a second of a level turn at 25 degrees of bank.
const turnRate = (tas) => degrees((G0 * Math.tan(radians(BANK_DEG))) / (tas * KT_IN_MPS));

// The largest change of speed (kt in a second) at a true airspeed: linear between the samples of the type's table.
function acceleration({ lowest_kt, step_kt, mps2 }, tas) {
  const place = within((tas - lowest_kt) / step_kt, 0, mps2.length - 1), k = Math.min(Math.floor(place), mps2.length - 2);
  return (mps2[k] + (mps2[k + 1] - mps2[k]) * (place - k)) / KT_IN_MPS;
}

// The smallest distance of two while both fly straight, from `apart` to `after`, both the one's place less the other's.
function smallestDistance(apart, after) {
  const way = minus(after, apart), squared = dot(way, way);
  const part = squared > 0 ? -dot(apart, way) / squared : 0;
  return length(plus(apart, times(within(part, 0, 1), way)));
}

// The number in [0, 1) that aircraft `a` keeps through an episode of this seed (digits): SplitMix64.
function precedenceOf(seed, a) {
  const mask = (1n << 64n) - 1n;
  let z = (BigInt(seed) + BigInt(a + 1) * 0x9e3779b97f4a7c15n) & mask;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
  return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53;
}

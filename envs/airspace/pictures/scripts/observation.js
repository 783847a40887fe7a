// What an aircraft sees: itself, its nearest neighbours in its own frame (forward, right), and how clear courses are.

const LIMIT = 10, TIE_NM = 1e-6;
const TELLING = ["intent", "courses"]; // layouts in which neighbours tell what they will do

const throughAir = (aircraft) => times(aircraft.tas, unit(aircraft.heading));

// A vector of the frame in the aircraft's own: forward and right.
function seenFrom(aircraft, vector) {
  const nose = unit(aircraft.heading);
  return [dot(vector, nose), vector[0] * nose[1] - vector[1] * nose[0]];
}

// The row of numbers that `own` sees, float32.
function observe(world, own) {
  const { observation, episode } = world.settings, telling = TELLING.includes(observation.layout);
  const features = [...ownNumbers(world, own), ...nearestOf(world, own).flatMap((other) => neighbour(world, own, other))];
  if (telling) {
    const [forward, right] = seenFrom(own, minus(own.waypoint, own.place)), direct = degrees(Math.atan2(right, forward));
    features.push(direct / 180);
    if (observation.layout === "courses") features.push(...courses(world, own, [...observation.courses_deg, direct]));
  }
  if (episode.time_limit === "task") features.push(1 - world.steps / episode.max_steps);
  return Float32Array.from(features, (feature) => within(feature, -LIMIT, LIMIT));
}

function ownNumbers({ air }, own) {
  const way = minus(own.waypoint, own.place), bearing = Math.atan2(...way) - radians(own.heading);
  const alone = !Number.isFinite(own.separation) || !Number.isFinite(own.lastSeparation);
  const safer = alone ? 0 : own.separation - own.lastSeparation;
  return [Math.tanh(length(way) / 20), Math.cos(bearing), Math.sin(bearing), (own.tas - tasOfCas(REFERENCE_CAS_KT, air)) / 100,
    alone ? 0 : Math.tanh(own.progress / 2), Math.tanh(safer / 5)];
}

// The nearest others, nearest first, those equally far by their bearings; null where there is none.
function nearestOf(world, own) {
  const seen = world.aircraft.filter((other) => other !== own && other.present).map((other) => {
    const [forward, right] = seenFrom(own, minus(other.place, own.place));
    return { other, distance: Math.hypot(forward, right), bearing: modulo(Math.atan2(right, forward), 2 * Math.PI) };
  });
  seen.sort((b, c) => (Math.abs(b.distance - c.distance) <= TIE_NM ? b.bearing - c.bearing : b.distance - c.distance));
  return Array.from({ length: world.settings.observation.num_neighbours }, (_, k) => seen[k]?.other ?? null);
}

function neighbour({ settings }, own, other) {
  const { layout } = settings.observation, cpa = layout !== "relative", telling = TELLING.includes(layout);
  if (!other) return [0, LIMIT, 0, 0, 0, ...(cpa ? [1, 1] : []), ...(telling ? [0, 1, 0, 0, 0, 0, 0] : [])];
  const place = seenFrom(own, minus(other.place, own.place));
  const velocity = seenFrom(own, minus(throughAir(other), throughAir(own)));
  return [1, ...times(1 / 15, place), ...times(1 / 250, velocity), ...(cpa ? closestApproach(place, velocity) : []),
    ...(telling ? intent(own, other, place, velocity) : [])];
}

// Which side it passes on, how clear it is, whether and where to it is under way, and who goes first.
function intent(own, other, place, velocity) {
  const side = (place[0] * velocity[1] - place[1] * velocity[0]) / Math.max(length(velocity), 0.1);
  const way = minus(other.waypoint, other.place), under_way = !other.arrived;
  const where = under_way ? times(1 / length(way), way) : unit(other.heading);
  return [Math.tanh(side / 0.5), Math.tanh((length(place) - 5) / 5), Number(under_way), ...seenFrom(own, where),
    under_way ? Math.tanh(length(way) / 20) : 1, other.precedence > own.precedence ? 1 : -1];
}

// Of turns at once by each of these angles: the smallest distance from all others in that time, how soon below 5 NM.
function courses(world, own, angles) {
  const others = world.aircraft.filter((other) => other !== own && other.present), ahead = world.settings.observation.look_ahead_s;
  if (!others.length) return angles.flatMap(() => [1, 0]);
  return angles.flatMap((angle) => {
    const velocity = times(own.tas, unit(own.heading + angle));
    const found = others.map((other) => courseBeside(minus(other.place, own.place), minus(throughAir(other), velocity), ahead));
    const nearest = Math.min(...found.map(({ nearest_nm }) => nearest_nm)), soonest = Math.min(...found.map(({ loss_s }) => loss_s));
    return [Math.tanh((nearest - 5) / 3), Math.max(1 - soonest / ahead, 0)];
  });
}

function courseBeside(place, velocity, ahead_s) {
  const squared = Math.max(dot(velocity, velocity), 0.1 ** 2), hours = -dot(place, velocity) / squared;
  const nearest_nm = length(plus(place, times(within(hours, 0, ahead_s / 3600), velocity))), distance = length(place);
  const inside = hours ** 2 - (distance ** 2 - 25) / squared;
  const later_s = inside > 0 && hours > 0 ? (hours - Math.sqrt(inside)) * 3600 : Infinity;
  return { nearest_nm, loss_s: distance < 5 ? 0 : later_s };
}

// Time to and distance at the closest approach, scaled; below 0.1 kt 0 and the distance.
function closestApproach(place, velocity) {
  const squared = dot(velocity, velocity);
  if (squared < 0.1 ** 2) return [0, Math.tanh(length(place) / 5)];
  const hours = -dot(place, velocity) / squared;
  return [Math.tanh((hours * 3600) / 100), Math.tanh(length(plus(place, times(hours, velocity))) / 5)];
}

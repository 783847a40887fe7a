// The airspace in steps of 10 s, each of ten ticks: commands, speed, heading, place, arrivals. No disturbance.

const TICKS = 10, STEP_S = 10;

// A world at its begin; `types` has speed range and accelerations by type.
function begin(settings, types, { alt_ft, seed, agents }) {
  const air = airAt(alt_ft), world = { settings, air, steps: 0 };
  world.aircraft = agents.map(({ id, type, place, heading, cas, goal }, a) => {
    const kind = types[type], speed_kt = within(cas, ...kind.cas_kt), tas = tasOfCas(speed_kt, air), course = modulo(heading, 360);
    return { id, kind, place: [...place], waypoint: [...goal], heading: course, commandedHeading: course,
      commandedCas: speed_kt, tas, commandedTas: tas, present: true, arrived: false, progress: 0,
      precedence: precedenceOf(seed, a) };
  });
  const places = world.aircraft.map(({ place }) => place);
  world.aircraft.forEach((one) => Object.assign(one, { distance: length(minus(one.waypoint, one.place)) }));
  const apart = separations(world, places);
  world.aircraft.forEach((one, a) => Object.assign(one, { separation: apart[a], lastSeparation: apart[a] }));
  return world;
}

const isOver = ({ settings, steps, aircraft }) => steps >= settings.episode.max_steps || aircraft.every(({ arrived }) => arrived);
const casNow = (one, air) => (one.tas === one.commandedTas ? one.commandedCas : casOfTas(one.tas, air));

// The smallest distance of each present aircraft to another while all fly straight from `before` to where they are.
function separations({ aircraft }, before) {
  return aircraft.map((one, a) => (!one.present ? Infinity : Math.min(Infinity, ...aircraft.map((other, b) => (
    a === b || !other.present ? Infinity : smallestDistance(minus(before[b], before[a]), minus(other.place, one.place)))))));
}

// Fly a step by normalised actions [heading, speed] of each aircraft; of those that have arrived they are ignored.
function step(world, actions) {
  const { aircraft, settings } = world, distances = aircraft.map(({ distance }) => distance);
  aircraft.forEach((one, a) => {
    one.lastSeparation = one.separation;
    if (!one.arrived) command(world, one, actions[a]);
    one.separation = Infinity;
  });
  for (let tick = 0; tick < TICKS; tick++) fly(world);
  world.steps += 1;
  aircraft.forEach((one, a) => Object.assign(one, { progress: distances[a] - one.distance }));
}

function command({ settings: { actions: rule }, air }, one, [turn, faster]) {
  const heading = within(turn, -1, 1) * rule.max_heading_change_deg, change = within(faster, -1, 1) * rule.max_speed_change_kt;
  if (Math.abs(heading) >= rule.min_heading_change_deg) one.commandedHeading = modulo(one.heading + heading, 360);
  if (Math.abs(change) >= rule.min_speed_change_kt) one.commandedCas = within(casNow(one, air) + change, ...one.kind.cas_kt);
  one.commandedTas = tasOfCas(one.commandedCas, air);
}

// One second.
function fly(world) {
  const before = world.aircraft.map(({ place }) => place), { wind, episode } = world.settings;
  const blown = times(-wind.speed_kt, unit(wind.from_deg));
  world.aircraft.filter(({ present }) => present).forEach((one) => move(one, blown));
  const apart = separations(world, before);
  world.aircraft.forEach((one, a) => {
    one.separation = Math.min(one.separation, apart[a]);
    if (one.arrived) return;
    one.distance = length(minus(one.waypoint, one.place));
    if (one.distance <= ARRIVAL_NM) arrive(one, world.air);
  });
  if (episode.after_arrival === "leave") world.aircraft.forEach((one) => Object.assign(one, { present: !one.arrived }));
}

function move(one, blown) {
  const gain = acceleration(one.kind, one.tas);
  one.tas += within(one.commandedTas - one.tas, -gain, gain);
  const most = turnRate(one.tas);
  one.heading = modulo(one.heading + within(wrapped(one.commandedHeading - one.heading), -most, most), 360);
  one.place = plus(one.place, times(1 / 3600, plus(times(one.tas, unit(one.heading)), blown)));
}

// Those that arrive fly on as they fly.
function arrive(one, air) {
  one.arrived = true;
  one.commandedHeading = one.heading;
  if (one.commandedTas !== one.tas) one.commandedCas = casOfTas(one.tas, air);
  one.commandedTas = one.tas;
}

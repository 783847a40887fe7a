// What there is to see of a recorded episode at a time between its samples.
// Distances are NM, times seconds, headings degrees (0 = north, clockwise), speeds CAS in kt.

const lerp = (a, b, f) => a + (b - a) * f;
const turn = (from, to) => ((((to - from) % 360) + 540) % 360) - 180; // the short way round

const endOf = (episode) => episode.time_s.at(-1);

const isLost = (craft, k) => craft.separation[k] !== null && craft.separation[k] < MINIMUM_NM;

function indexAt(episode, time) {
  const after = episode.time_s.findIndex((sample) => sample > time);
  return (after < 0 ? episode.time_s.length : Math.max(after, 1)) - 1;
}

// One that leaves on arrival flies on to where it was last; one that is absent otherwise is not drawn between places.
function aircraftAt(craft, k, f, minutes) {
  if (!craft.present[k] || craft.east[k] === null) return null;
  const leaves = craft.arrived[k + 1] && craft.east[k + 1] !== null, next = craft.present[k + 1] || leaves ? k + 1 : k;
  const minute = ["east", "north"].map((axis) => (craft[axis][next] - craft[axis][k]) / minutes); // flown in 1 min, NM
  return {
    craft, minute, arrived: craft.arrived[k], cas: lerp(craft.cas[k], craft.cas[next], f),
    east: lerp(craft.east[k], craft.east[next], f), north: lerp(craft.north[k], craft.north[next], f),
    heading: craft.heading[k] + turn(craft.heading[k], craft.heading[next]) * f,
  };
}

function pairsOf(flying) {
  const pairs = flying.flatMap((one, i) => flying.slice(i + 1).map((other) => (
    { one, other, distance: Math.hypot(one.east - other.east, one.north - other.north) })));
  return pairs.sort((a, b) => a.distance - b.distance);
}

function frameAt(episode, time) {
  const { time_s, aircraft } = episode, k = indexAt(episode, time), last = k + 1 === time_s.length;
  const seconds = last ? 1 : time_s[k + 1] - time_s[k], f = last ? 0 : (time - time_s[k]) / seconds;
  const flying = aircraft.map((craft) => aircraftAt(craft, k, f, seconds / 60)).filter(Boolean);
  const pairs = pairsOf(flying), losses = pairs.filter((pair) => pair.distance < MINIMUM_NM);
  return { k, time, flying, pairs, losses, lost: new Set(losses.flatMap((pair) => [pair.one, pair.other])) };
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

// What there is to see of an episode at a time between its samples.
// Places are right and up, in the look's unit; courses degrees (0 = up, clockwise).

const lerp = (a, b, f) => a + (b - a) * f;
const turn = (from, to) => ((((to - from) % 360) + 540) % 360) - 180; // the short way round

const endOf = (episode) => episode.time.at(-1);
const withUnit = (words, unit) => (unit ? `${words} ${unit}` : `${words}`);
const inUnits = (number, unit, decimals = 2) => withUnit(number.toFixed(decimals), unit);

// The next of .. 0.5, 1, 2, 5, 10, 20 .. that is not below.
function roundedUp(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return Number(([1, 2, 5, 10].map((number) => number * power).find((n) => n >= least * (1 - 1e-9))).toPrecision(3));
}

function indexAt(episode, time) {
  const after = episode.time.findIndex((sample) => sample > time);
  return (after < 0 ? episode.time.length : Math.max(after, 1)) - 1;
}

// One goes on to its place at the next sample, and where that is not known it stays.
function agentAt(agent, k, f, reach) {
  if (!agent.shown[k] || agent.x[k] === null) return null;
  const next = agent.x[k + 1] === undefined || agent.x[k + 1] === null ? k : k + 1;
  const course = [k, next].map((sample) => agent.course[sample] ?? 0);
  return {
    agent, finished: agent.finished[k], detail: agent.details[k] ?? "", alarm: agent.alarm[k],
    x: lerp(agent.x[k], agent.x[next], f), y: lerp(agent.y[k], agent.y[next], f),
    course: course[0] + turn(...course) * f,
    ahead: ["x", "y"].map((axis) => (agent[axis][next] - agent[axis][k]) * reach),
  };
}

function pairsOf(shown) {
  const pairs = shown.flatMap((one, i) => shown.slice(i + 1).map((other) => (
    { one, other, distance: Math.hypot(one.x - other.x, one.y - other.y) })));
  return pairs.sort((a, b) => a.distance - b.distance);
}

function momentAt(episode, time) {
  const { time: times, agents, look } = episode, k = indexAt(episode, time), last = k + 1 === times.length;
  const lasting = last ? 1 : times[k + 1] - times[k], f = last ? 0 : (time - times[k]) / lasting;
  const shown = agents.map((agent) => agentAt(agent, k, f, look.ahead / lasting)).filter(Boolean);
  const pairs = look.near === null ? [] : pairsOf(shown), close = pairs.filter((pair) => pair.distance < look.near);
  const red = look.near === null ? shown.filter((one) => one.alarm) : close.flatMap((pair) => [pair.one, pair.other]);
  return { k, time, shown, pairs, close, red: new Set(red) };
}

// What is plotted, now: how near the nearest two are, or the curve's value.
function said({ look, curve }, { k, pairs }) {
  if (look.near !== null) return pairs.length ? `nearest pair ${inUnits(pairs[0].distance, look.unit)}` : "";
  return curve[k] === null ? "" : `${look.curve_words} ${withUnit(Number(curve[k].toPrecision(4)), look.curve_unit)}`;
}

const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const clock = (time, { seconds }) => (seconds ? minutes(time) : `${Math.floor(time)}`);

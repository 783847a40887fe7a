// The airspace as the page knows a world: it plays an episode to its end, and says how one is drawn and changed by hand.

const NOBODY = () => [0, 0];

const world = {
  // An episode as the player takes it; `act` gives the actions of rows.
  play(start, act) {
    const flown = begin(data.world.settings, data.world.types, start), samples = [];
    const keep = () => samples.push(flown.aircraft.map((one) => ({ ...one, cas: casNow(one, flown.air) })));
    for (keep(); !isOver(flown); keep()) {
      const active = flown.aircraft.filter(({ arrived }) => !arrived), chosen = act(active.map((one) => observe(flown, one)));
      step(flown, flown.aircraft.map((one) => chosen[active.indexOf(one)]));
    }
    return episodeOf(samples);
  },
  nobody: NOBODY,
  corners: [[-25, -25], [25, 25]], // what is seen at least while something is drawn
  // An aircraft that is flown from one place to another.
  between(start, place, goal) {
    const numbers = start.agents.map(({ id }) => Number(id.replace(/\D/g, ""))), next = Math.max(0, ...numbers) + 1;
    const heading = modulo(degrees(Math.atan2(...minus(goal, place))), 360);
    return { id: `AC${next}`, type: data.world.type, place, heading, cas: REFERENCE_CAS_KT, goal };
  },
  // Some aircraft on a ring that all want to the other side.
  drawn() {
    const count = 3 + Math.floor(Math.random() * 4), turned = Math.random() * 360;
    const start = { alt_ft: data.world.alt_ft, seed: "0", agents: [] };
    for (let a = 0; a < count; a++) {
      const bearing = turned + (360 / count) * (a + 0.6 * (Math.random() - 0.5)), aside = 60 * (Math.random() - 0.5);
      const [place, goal] = [times(18 + 8 * Math.random(), unit(bearing)), times(20, unit(bearing + 180 + aside))];
      start.agents.push(this.between(start, place, goal));
    }
    return start;
  },
  empty: () => ({ alt_ft: data.world.alt_ft, seed: "0", agents: [] }),
  // After a place or a goal was moved: towards the goal.
  turn: (one) => Object.assign(one, { heading: modulo(degrees(Math.atan2(...minus(one.goal, one.place))), 360) }),
  // The number of an aircraft that a slider changes.
  number({ type, cas }) {
    const [least, most] = data.world.types[type].cas_kt;
    return { least: Math.ceil(least), most: Math.floor(most), value: cas, words: `${Math.round(cas)} kt` };
  },
  setNumber: (one, cas) => Object.assign(one, { cas }),
  // What is wrong with a start, '' where nothing is.
  refusal({ agents }) {
    const pairs = agents.flatMap((one, a) => agents.slice(a + 1).map((other) => [one, other]));
    const close = pairs.find(([one, other]) => length(minus(one.place, other.place)) < LOSS_NM);
    return close ? `${close[0].id} and ${close[1].id} start closer than ${LOSS_NM} NM` : "";
  },
};

function episodeOf(samples) {
  const column = (a, value) => samples.map((sample) => value(sample[a]));
  const there = samples.map((sample, k) => sample.map((one, a) => one.present || (k > 0 && samples[k - 1][a].present && one.arrived)));
  const curve = samples.map((sample, k) => {
    const least = Math.min(Infinity, ...sample.filter((_, a) => there[k][a]).map(({ separation }) => separation));
    return Number.isFinite(least) ? least : null;
  });
  const least = Math.min(Infinity, ...curve.filter((value) => value !== null)), first = samples[0];
  const lost = least < LOSS_NM ? ", separation lost" : "";
  return {
    look: 0, lines: [], frames: null, curve, time: samples.map((_, k) => k * STEP_S),
    words: samples.map((sample) => `arrived ${sample.filter(({ arrived }) => arrived).length} of ${first.length}`),
    summary: Number.isFinite(least) ? `minimum ${least.toFixed(2)} NM${lost}` : "no pair",
    agents: first.map(({ id, waypoint }, a) => ({
      id, goal: waypoint, x: column(a, ({ place }) => place[0]), y: column(a, ({ place }) => place[1]),
      course: column(a, ({ heading }) => heading), details: column(a, ({ cas }) => `${cas.toFixed(0)} kt`),
      shown: column(a, ({ present }) => Number(present)), finished: column(a, ({ arrived }) => Number(arrived)),
      alarm: samples.map((sample, k) => Number(there[k][a] && sample[a].separation < LOSS_NM)),
    })),
  };
}

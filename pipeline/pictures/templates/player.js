// The controls: which episode, at which time, playing or not; they draw the map, the plot and the words anew.

const state = { episode: data.episodes[0], time: 0, playing: false, last: 0, labels: new Map() };

function write(name, words, lost = false) {
  part(name).textContent = words;
  part(name).classList.toggle("lost", lost);
}

function writeReadout({ k, pairs, losses }) {
  const { step, aircraft, minimum } = state.episode, arrived = aircraft.filter((craft) => craft.arrived[k]).length;
  write("clock", `${clock(state.time)} / ${clock(endOf(state.episode))}`);
  write("step", `step ${step[k]} of ${step.at(-1)}`);
  write("now", pairs.length ? `nearest pair ${pairs[0].distance.toFixed(2)} NM` : "no pair", losses.length > 0);
  const known = minimum !== null;
  write("worst", known ? `episode minimum ${minimum.toFixed(2)} NM` : "", known && minimum < MINIMUM_NM);
  write("arrived", `arrived ${arrived} of ${aircraft.length}`);
  write("play", state.playing ? "Pause" : "Play");
  part("scrub").value = state.time;
  part("scrub").setAttribute("aria-valuetext", clock(state.time));
}

function seek(time) {
  state.time = Math.min(Math.max(time, 0), endOf(state.episode));
  const frame = frameAt(state.episode, state.time);
  const shown = { trails: part("trails").checked, zoom: part("zoom").checked, labels: state.labels };
  drawMap(part("map"), state.episode, frame, shown);
  drawPlot(part("plot"), state.episode, state.time);
  writeReadout(frame);
}

function step(count) {
  const { time_s } = state.episode, k = indexAt(state.episode, state.time);
  const between = count < 0 && state.time > time_s[k] ? 1 : 0;
  state.playing = false;
  seek(time_s[Math.min(Math.max(k + count + between, 0), time_s.length - 1)]);
}

function tick(now) {
  if (!state.playing) return;
  const elapsed_s = Math.min((now - state.last) / 1000, 0.25); // a hidden tab does not jump ahead
  state.last = now;
  const time = state.time + Math.max(elapsed_s, 0) * Number(part("speed").value);
  state.playing = time < endOf(state.episode);
  seek(time);
  requestAnimationFrame(tick);
}

function toggle() {
  state.playing = !state.playing;
  state.last = performance.now();
  seek(state.playing && state.time >= endOf(state.episode) ? 0 : state.time);
  if (state.playing) requestAnimationFrame(tick);
}

function choose(index) {
  const wrapped = (index + data.episodes.length) % data.episodes.length;
  Object.assign(state, { episode: data.episodes[wrapped], playing: false });
  state.labels.clear();
  part("episode").value = wrapped;
  part("scrub").max = endOf(state.episode);
  seek(0);
}

function onKey(event) {
  const kind = event.target.type || "", count = event.shiftKey ? 10 : 1;
  const native = event.key === " " && (kind === "button" || kind === "checkbox"); // space presses what has the focus
  if (event.ctrlKey || event.metaKey || event.altKey || kind.startsWith("select") || native) return;
  const faster = (places) => {
    const speed = part("speed");
    speed.selectedIndex = Math.min(Math.max(speed.selectedIndex + places, 0), speed.length - 1);
  };
  const actions = { " ": toggle, ArrowRight: () => step(count), ArrowLeft: () => step(-count), Home: () => seek(0),
    End: () => seek(endOf(state.episode)), ArrowUp: () => faster(1), ArrowDown: () => faster(-1) };
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
}

const colour = (i) => data.colours[i % data.colours.length];
data.episodes.forEach(({ aircraft }) => aircraft.forEach((craft, i) => Object.assign(craft, { colour: colour(i) })));
const clicks = { play: toggle, back: () => step(-1), forward: () => step(1),
  previous: () => choose(Number(part("episode").value) - 1), next: () => choose(Number(part("episode").value) + 1) };
Object.entries(clicks).forEach(([name, action]) => part(name).addEventListener("click", action));
["zoom", "trails"].forEach((name) => part(name).addEventListener("change", () => seek(state.time)));
["pointerdown", "pointermove"].forEach((name) => part("plot").addEventListener(name, (event) => {
  if (event.buttons) seek(timeUnder(part("plot"), event, state.episode));
}));
part("episode").addEventListener("change", (event) => choose(Number(event.target.value)));
part("scrub").addEventListener("input", () => seek(Number(part("scrub").value)));
(root.hasAttribute("data-standalone") ? document : root).addEventListener("keydown", onKey);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => seek(state.time));
new ResizeObserver(() => seek(state.time)).observe(root);
choose(0);

// The controls: which episode, at which time, playing or not; they draw the map, the plot and the words anew.

const state = { episode: null, time: 0, playing: false, last: 0, labels: new Map() };

function write(name, words, lost = false) {
  part(name).textContent = words;
  part(name).classList.toggle("lost", lost);
}

function writeReadout(moment) {
  const { time, words, summary, alarm, look } = state.episode, { k, close } = moment;
  const [now, end] = [state.time, endOf(state.episode)].map((at) => clock(at, look));
  write("clock", look.seconds ? `${now} / ${end}` : "");
  write("step", `step ${k} of ${time.length - 1}`);
  write("now", said(state.episode, moment), close.length > 0);
  write("summary", summary, alarm.some(Boolean));
  write("words", words[k] ?? "");
  write("play", state.playing ? "Pause" : "Play");
  part("scrub").value = state.time;
  part("scrub").setAttribute("aria-valuetext", look.seconds ? now : `step ${now}`);
}

function seek(time) {
  state.time = Math.min(Math.max(time, 0), endOf(state.episode));
  const moment = momentAt(state.episode, state.time);
  const { labels, points, above } = state;
  const shown = { trails: part("trails").checked, zoom: part("zoom").checked, labels, points, above };
  drawMap(part("map"), state.episode, moment, shown);
  drawPlot(part("plot"), state.episode, state.time);
  writeReadout(moment);
}

function step(count) {
  const { time } = state.episode, k = indexAt(state.episode, state.time);
  const between = count < 0 && state.time > time[k] ? 1 : 0;
  state.playing = false;
  seek(time[Math.min(Math.max(k + count + between, 0), time.length - 1)]);
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
  Object.assign(state, { episode: opened(wrapped), playing: false });
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

// An episode may be a function, which makes it when it is first looked at.
function opened(index) {
  const { [index]: episode } = data.episodes;
  if (!episode.prepared) data.episodes[index] = prepare(typeof episode === "function" ? episode() : episode);
  return data.episodes[index];
}

function prepare(episode) {
  episode.prepared = true;
  episode.look = data.looks[episode.look];
  episode.alarm = episode.time.map((_, k) => episode.agents.some((agent) => agent.alarm[k]));
  episode.agents.forEach((agent, i) => Object.assign(agent, { colour: data.colours[i % data.colours.length] }));
  if (!episode.frames) return episode;
  episode.frames.image = Object.assign(new Image(), { src: episode.frames.uri });
  episode.frames.image.addEventListener("load", () => seek(state.time));
  return episode;
}

data.looks.forEach((look) => Object.assign(look, { path: outlineOf(look.outline) }));
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

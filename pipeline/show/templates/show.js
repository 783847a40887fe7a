// Drawing by hand: places and goals are dragged, and at each move the whole episode is flown anew.

const GRAB = 14, SHORTEST = 40; // pixels
const edit = { on: false, drag: null, chosen: null };

const current = () => Number(part("episode").value);
const cloned = (start) => JSON.parse(JSON.stringify(start));

function flyAnew(index = current()) {
  data.episodes[index] = () => flown(index);
  if (index !== current()) return;
  state.episode = opened(index);
  part("scrub").max = endOf(state.episode);
  seek(Math.min(state.time, endOf(state.episode)));
}

// What is changed is a copy of one's own: those given stay as they are.
function mine() {
  if (current() === own) return starts[own];
  starts[own] = cloned(starts[current()]);
  choose(own);
  flyAnew(own);
  return starts[own];
}

function show() {
  const chosen = edit.on && current() === own ? starts[own].agents[edit.chosen] : null;
  const number = chosen ? world.number(chosen) : null, refused = world.refusal(starts[current()]);
  part("edit").textContent = edit.on ? "Done" : "Draw";
  part("edit").setAttribute("aria-pressed", edit.on);
  part("chosen").hidden = !chosen;
  part("hint").textContent = refused || (edit.on ? "Drag what flies, drag its cross; drag over empty space to add one." : "");
  part("hint").classList.toggle("lost", Boolean(refused));
  if (chosen) Object.assign(part("number"), { min: number.least, max: number.most, value: number.value });
  if (chosen) part("number-words").textContent = `${chosen.id}: ${number.words}`;
  part("map").style.cursor = edit.on ? "crosshair" : "";
  Object.assign(state, { above: edit.on ? drawPaths : null, points: edit.drag ? state.points : edit.on ? inView() : null });
  seek(edit.on ? 0 : state.time);
}

// The whole way of each, and what is dragged or chosen.
function drawPaths({ pen, ink }, camera) {
  state.episode.agents.forEach((agent, a) => {
    for (let k = 1; k < agent.x.length; k++) {
      const red = agent.alarm[k], ends = [k - 1, k].map((at) => camera.at([agent.x[at], agent.y[at]]));
      pen.globalAlpha = agent.finished[k - 1] && !red ? 0.35 : 1;
      line(pen, ends, red ? ink.loss : agent.colour, red ? 3 : 1.6);
    }
    pen.globalAlpha = 1;
    if (a === edit.chosen) circle(pen, camera.at([agent.x[0], agent.y[0]]), 18, ink.ink, 1.5, [4, 3]);
  });
  const { drag } = edit;
  if (drag?.kind === "new") line(pen, [drag.from, drag.to].map(camera.at), ink.ink, 1.5, [5, 4]);
}

// While something is drawn, also room to draw in.
const inView = () => [...pointsInView(state.episode, momentAt(state.episode, 0), false), ...(edit.on && current() === own ? world.corners : [])];
const view = () => cameraOf(state.points ?? inView(), state.episode.look, part("map").clientWidth, part("map").clientHeight);

function under(event) {
  const box = part("map").getBoundingClientRect(), at = [event.clientX - box.left, event.clientY - box.top], camera = view();
  const far = (point) => Math.hypot(...camera.at(point).map((value, axis) => value - at[axis]));
  const found = starts[current()].agents.flatMap((one, a) => [[a, "place", far(one.place)], [a, "goal", far(one.goal)]]);
  const [a, kind, distance] = found.sort((one, other) => one[2] - other[2])[0] ?? [0, "", Infinity];
  return { a, kind: distance <= GRAB ? kind : "new", at, point: camera.from(at) };
}

function take(event) {
  if (!edit.on || event.button) return;
  const { a, kind, point } = under(event);
  part("map").setPointerCapture(event.pointerId);
  mine();
  state.points = inView(); // the map stays while something is dragged
  edit.drag = { a, kind, from: point, to: point };
  edit.chosen = kind === "new" ? null : a;
  show();
}

function drag(event) {
  if (!edit.drag) return;
  const { a, kind } = edit.drag, { point } = under(event);
  edit.drag.to = point;
  if (kind === "new") return seek(0);
  const one = starts[own].agents[a];
  world.turn(Object.assign(one, { [kind]: point }));
  flyAnew(own);
  show();
}

function drop() {
  if (!edit.drag) return;
  const { kind, from, to } = edit.drag, { at } = view(), start = starts[own];
  const far = Math.hypot(...at(from).map((value, axis) => value - at(to)[axis]));
  if (kind === "new" && far >= SHORTEST) edit.chosen = start.agents.push(world.between(start, from, to)) - 1;
  edit.drag = null;
  flyAnew(own);
  show();
}

function replace(start) {
  edit.chosen = null;
  starts[own] = start;
  choose(own);
  flyAnew(own);
  show();
}

part("map").addEventListener("pointerdown", take);
part("map").addEventListener("pointermove", drag);
["pointerup", "pointercancel"].forEach((name) => part("map").addEventListener(name, drop));
part("map").style.touchAction = "none";
part("edit").addEventListener("click", () => {
  Object.assign(edit, { on: !edit.on, chosen: null });
  state.playing = false;
  show();
  if (!edit.on) toggle();
});
part("random").addEventListener("click", () => { replace(world.drawn()); if (!edit.on) toggle(); });
part("clear").addEventListener("click", () => { edit.on = true; replace(world.empty()); });
part("remove").addEventListener("click", () => {
  const { agents } = mine();
  agents.splice(edit.chosen, 1);
  replace(starts[own]);
});
part("number").addEventListener("input", () => {
  world.setNumber(mine().agents[edit.chosen], Number(part("number").value));
  flyAnew(own);
  show();
});
part("pilot").addEventListener("change", () => {
  pilot.name = part("pilot").value;
  starts.forEach((_, index) => flyAnew(index));
  show();
});
part("episode").addEventListener("change", () => { edit.chosen = null; show(); });
["previous", "next"].forEach((name) => part(name).addEventListener("click", () => { edit.chosen = null; show(); }));
show();

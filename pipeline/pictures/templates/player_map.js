// The map: agents from above with trails, circles, goals and labels; or the world's own picture.

const CLEAR = 1.4, SMALLEST = 4.8; // around what has to be seen, and the least that is seen, in radii of an agent
const CLEAR_SHARE = 0.06; // around it where agents have no radius, of what is seen

// All lines, paths until agents have finished, and what goes wrong; or where those that are under way are now.
function pointsInView({ agents, lines }, moment, zoom) {
  if (zoom && moment.shown.length) {
    const busy = moment.shown.filter((one) => !one.finished || moment.red.has(one));
    return (busy.length ? busy : moment.shown).map((one) => [one.x, one.y]);
  }
  const matters = (agent, k) => agent.shown[k] && (!agent.finished[k] || agent.alarm[k]);
  const path = (agent) => agent.x.map((x, k) => [x, agent.y[k]]).filter((_, k) => matters(agent, k));
  const points = [...agents.flatMap((agent) => [...path(agent), agent.goal]), ...lines.flat()];
  const known = points.filter(([x, y]) => x !== null && y !== null);
  return known.length ? known : [[0, 0]];
}

function cameraOf(points, { radius }, width, height) {
  const [left, right, low, high] = [0, 0, 1, 1].map((axis, i) => (
    points.reduce((edge, point) => Math[i % 2 ? "max" : "min"](edge, point[axis]), i % 2 ? -Infinity : Infinity)));
  const clear = CLEAR * radius || CLEAR_SHARE * Math.max(right - left, high - low) || 1;
  const [wide, tall] = [right - left, high - low].map((extent) => Math.max(extent + 2 * clear, SMALLEST * radius));
  const scale = Math.min(width / wide, (height - 30) / tall), middle = [(left + right) / 2, (low + high) / 2];
  const at = ([x, y]) => [width / 2 + (x - middle[0]) * scale, (height - 30) / 2 - (y - middle[1]) * scale];
  const from = ([right, down]) => [middle[0] + (right - width / 2) / scale, middle[1] - (down - (height - 30) / 2) / scale];
  return { scale, middle, at, from, grid: roundedUp(56 / scale) };
}

function drawGrid({ pen, width, height, ink }, { middle, scale, at, grid }) {
  const half = Math.ceil(Math.max(width, height) / scale / grid / 2) + 1;
  for (let i = -half; i <= half; i++) {
    const [x, y] = at(middle.map((value) => (Math.round(value / grid) + i) * grid));
    line(pen, [[x, 0], [x, height]], ink.grid);
    line(pen, [[0, y], [width, y]], ink.grid);
  }
}

function drawScale({ pen, height, ink }, { grid, scale }, { unit }) {
  const x = 14, y = height - 14, right = x + grid * scale;
  line(pen, [[x, y - 5], [x, y], [right, y], [right, y - 5]], ink.ink, 1.5);
  text(pen, withUnit(grid, unit), [(x + right) / 2, y - 10], ink.ink, ink.sea, { align: "center", weight: 600 });
}

function drawUp({ pen, width, ink }, { up }) {
  const x = width - 20;
  line(pen, [[x, 46], [x, 18]], ink.ink, 1.5);
  line(pen, [[x - 5, 26], [x, 18], [x + 5, 26]], ink.ink, 1.5);
  text(pen, up, [x, 57], ink.ink, ink.sea, { align: "center", weight: 600 });
}

function drawGoal({ pen }, camera, { goal_radius: radius }, { goal, colour }, finished) {
  if (goal[0] === null) return;
  const [x, y] = camera.at(goal);
  pen.globalAlpha = finished ? 0.45 : 1;
  if (radius) circle(pen, [x, y], radius * camera.scale, colour, 1.2, [3, 3]);
  line(pen, [[x - 3, y - 3], [x + 3, y + 3]], colour, 1.5);
  line(pen, [[x - 3, y + 3], [x + 3, y - 3]], colour, 1.5);
  pen.globalAlpha = 1;
}

// The samples up to now, and where it is between two of them.
function trailOf(agent, moment) {
  const place = (k) => (agent.x[k] === null ? null : [agent.x[k], agent.y[k]]);
  const now = moment.shown.find((one) => one.agent === agent);
  return [...Array.from({ length: moment.k + 1 }, (_, k) => place(k)), now ? [now.x, now.y] : null];
}

function drawTrail({ pen, ink }, camera, moment, agent) {
  const places = trailOf(agent, moment);
  for (let k = 0; k <= moment.k; k++) {
    if (!places[k] || !places[k + 1]) continue;
    const red = agent.alarm[k + 1], age = Math.max(0.4, 1 - (moment.k - k) * 0.03);
    pen.globalAlpha = red ? 1 : age * (agent.finished[k] ? 0.5 : 1);
    line(pen, [camera.at(places[k]), camera.at(places[k + 1])], red ? ink.loss : agent.colour, red ? 3 : 2);
  }
  pen.globalAlpha = 1;
}

// Those that have finished are hollow, in a dashed circle, without the line ahead.
function drawAgent({ pen, ink }, camera, look, symbol, one, red) {
  const at = camera.at([one.x, one.y]), own = one.agent.colour, ringed = look.shape === "outline" && look.radius > 0;
  const rim = red ? ink.loss : own, body = ringed ? own : rim;
  if (ringed) circle(pen, at, look.radius * camera.scale, rim, red ? 2.2 : 1.2, one.finished ? [2, 5] : []);
  if (look.ahead && !one.finished) line(pen, [at, camera.at([one.x + one.ahead[0], one.y + one.ahead[1]])], own, 1.2);
  const [fill, edge, width] = one.finished ? [ink.sea, body, 1.4] : [body, ink.sea, 2];
  drawSymbol(pen, symbol, at, one.course, fill, edge, width);
}

const free = (box, taken) => !taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]);
const PLACES = [[1, -1], [1, 1], [-1, -1], [-1, 1], [2.6, 0], [-2.6, 0], [1, -2.6], [-1, -2.6], [1, 2.6], [-1, 2.6],
  [2.8, -2.6], [-2.8, -2.6], [2.8, 2.6], [-2.8, 2.6]];

// The first free place around the symbol, the one used last tried first so that labels do not jump; null if none is.
function labelBox({ width, height }, taken, [x, y], wide, id, labels) {
  const box = ([right, down]) => {
    const left = x + right * 13 - (right > 0 ? 0 : wide), top = y + down * 18 - 14;
    return [left, top, left + wide, top + 28];
  };
  const inside = ([left, top, right, bottom]) => left > 2 && top > 2 && right < width - 2 && bottom < height - 2;
  const order = [labels.get(id) || PLACES[0], ...PLACES];
  const place = order.find((p) => inside(box(p)) && free(box(p), taken));
  if (!place) return null;
  labels.set(id, place);
  return { box: box(place), far: Math.max(...place.map(Math.abs)) > 1 };
}

function drawLabel(canvas, taken, at, one, labels) {
  const { pen, ink } = canvas, { id, colour } = one.agent, detail = [one.detail, one.finished ? "✓" : ""].join(" ").trim();
  if (!id && !detail) return;
  pen.font = font(12, 600);
  const wide = Math.max(pen.measureText(id).width, pen.measureText(detail).width) + 2;
  const found = labelBox(canvas, taken, at, wide, id, labels);
  if (!found) return;
  const { box: [left, top, right, bottom], far } = found;
  if (far) line(pen, [at, [right < at[0] ? right : Math.max(left, at[0]), (top + bottom) / 2]], ink.muted, 0.8);
  taken.push([left, top, right, bottom]);
  text(pen, id, [left, top + 7], colour, ink.sea, { weight: 600 });
  text(pen, detail, [left, top + 21], ink.muted, ink.sea);
}

function drawDistances({ pen, ink }, camera, { unit }, close, taken) {
  close.forEach(({ one, other, distance }) => {
    const [x, y] = camera.at([(one.x + other.x) / 2, (one.y + other.y) / 2]);
    const box = [x - 24, y - 7, x + 24, y + 7];
    if (!free(box, taken)) return;
    taken.push(box);
    text(pen, inUnits(distance, unit, 1), [x, y], ink.loss, ink.sea, { align: "center", weight: 700 });
  });
}

function drawLabels(canvas, camera, look, moment, labels) {
  const { width, height } = canvas, places = moment.shown.map((one) => camera.at([one.x, one.y]));
  const taken = places.map(([x, y]) => [x - 9, y - 9, x + 9, y + 9]);
  if (look.shape !== "piece") taken.push([0, height - 36, 90, height]);
  if (look.up) taken.push([width - 36, 0, width, 66]);
  const inside = places.map(([x, y]) => x > -9 && y > -9 && x < width + 9 && y < height + 9);
  moment.shown.forEach((one, i) => inside[i] && drawLabel(canvas, taken, places[i], one, labels));
  drawDistances(canvas, camera, look, moment.close, taken);
}

// The world's own picture at the last of its samples that is not later.
function drawFrame({ pen, width, height }, { width: wide, height: high, columns, samples, image }, { k }) {
  if (!image.complete) return;
  const n = samples.filter((sample) => sample <= k).length - 1, scale = Math.min(width / wide, height / high);
  const from = [(n % columns) * wide, Math.floor(n / columns) * high, wide, high], size = [wide * scale, high * scale];
  pen.imageSmoothingEnabled = scale < 2; // pixels stay pixels
  pen.drawImage(image, ...from, (width - size[0]) / 2, (height - size[1]) / 2, ...size);
}

function drawNothing({ pen, width, height, ink }) {
  text(pen, "this world shows no pictures", [width / 2, height / 2], ink.muted, ink.sea, { align: "center" });
}

// `labels` remembers by id where each label was; `points` are seen whatever happens; `above` draws on top.
function drawMap(map, episode, moment, { trails, zoom, labels, points, above }) {
  const canvas = begin(map), { pen, ink } = canvas, { look, agents, lines, frames } = episode;
  if (frames) return drawFrame(canvas, frames, moment);
  if (agents.length && !agents.some((agent) => agent.x.some((x) => x !== null))) return drawNothing(canvas);
  const camera = cameraOf(points ?? pointsInView(episode, moment, zoom), look, canvas.width, canvas.height);
  if (look.shape !== "piece") drawGrid(canvas, camera);
  lines.forEach((points) => line(pen, points.map(camera.at), ink.line, 1.5));
  agents.forEach((agent) => drawGoal(canvas, camera, look, agent, agent.finished[moment.k]));
  if (trails) agents.forEach((agent) => drawTrail(canvas, camera, moment, agent));
  moment.close.forEach(({ one, other }) => line(pen, [one, other].map(({ x, y }) => camera.at([x, y])), ink.loss, 2.5));
  const symbol = symbolOf(look, camera.scale);
  moment.shown.forEach((one) => drawAgent(canvas, camera, look, symbol, one, moment.red.has(one)));
  drawLabels(canvas, camera, look, moment, labels);
  if (look.shape !== "piece") drawScale(canvas, camera, look);
  if (look.up) drawUp(canvas, look);
  above?.(canvas, camera);
}

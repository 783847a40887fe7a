// The map: aircraft from above with trails, circles, waypoints and labels; north is up.

const SILHOUETTE = new Path2D("M0-10 1.6-3 9 2V4L1.6 2.2 1.2 6.5 4 8.6V10L0 9-4 10V8.6L-1.2 6.5-1.6 2.2-9 4V2L-1.6-3Z");
const CLEAR_NM = 3.5; // around what has to be seen

// All flights up to arrival and all losses, or where those that are under way are now.
function pointsInView({ aircraft }, frame, zoom) {
  if (zoom && frame.flying.length) {
    const busy = frame.flying.filter((one) => !one.arrived || frame.lost.has(one));
    return (busy.length ? busy : frame.flying).map((one) => [one.east, one.north]);
  }
  const matters = (craft, k) => craft.present[k] && (!craft.arrived[k] || isLost(craft, k));
  const flown = (craft) => craft.east.map((east, k) => [east, craft.north[k]]).filter((_, k) => matters(craft, k));
  const points = aircraft.flatMap((craft) => [...flown(craft), craft.waypoint]);
  const known = points.filter(([east, north]) => east !== null && north !== null);
  return known.length ? known : [[0, 0]];
}

function cameraOf(points, width, height) {
  const [west, east, south, north] = [0, 0, 1, 1].map((axis, i) => (
    points.reduce((edge, point) => Math[i % 2 ? "max" : "min"](edge, point[axis]), i % 2 ? -Infinity : Infinity)));
  const [wide, high] = [east - west, north - south].map((extent) => Math.max(extent + 2 * CLEAR_NM, 12));
  const scale = Math.min(width / wide, (height - 30) / high), middle = [(west + east) / 2, (south + north) / 2];
  const at = ([e, n]) => [width / 2 + (e - middle[0]) * scale, (height - 30) / 2 - (n - middle[1]) * scale];
  return { scale, middle, at, grid: [1, 2, 5, 10, 20, 50, 100].find((step) => step * scale >= 56) || 200 };
}

function drawGrid({ pen, width, height, ink }, { middle, scale, at, grid }) {
  const half = Math.ceil(Math.max(width, height) / scale / grid / 2) + 1;
  for (let i = -half; i <= half; i++) {
    const [x, y] = at(middle.map((value) => (Math.round(value / grid) + i) * grid));
    line(pen, [[x, 0], [x, height]], ink.grid);
    line(pen, [[0, y], [width, y]], ink.grid);
  }
}

function drawScaleAndNorth({ pen, width, height, ink }, { grid, scale }) {
  const x = 14, y = height - 14, right = x + grid * scale, north = width - 20;
  line(pen, [[x, y - 5], [x, y], [right, y], [right, y - 5]], ink.ink, 1.5);
  text(pen, `${grid} NM`, [(x + right) / 2, y - 10], ink.ink, ink.sea, { align: "center", weight: 600 });
  line(pen, [[north, 46], [north, 18]], ink.ink, 1.5);
  line(pen, [[north - 5, 26], [north, 18], [north + 5, 26]], ink.ink, 1.5);
  text(pen, "N", [north, 57], ink.ink, ink.sea, { align: "center", weight: 600 });
}

function drawWaypoint({ pen }, camera, craft, arrived) {
  if (craft.waypoint[0] === null) return;
  const [x, y] = camera.at(craft.waypoint);
  pen.globalAlpha = arrived ? 0.45 : 1;
  circle(pen, [x, y], ARRIVAL_NM * camera.scale, craft.colour, 1.2, [3, 3]);
  line(pen, [[x - 3, y - 3], [x + 3, y + 3]], craft.colour, 1.5);
  line(pen, [[x - 3, y + 3], [x + 3, y - 3]], craft.colour, 1.5);
  pen.globalAlpha = 1;
}

// The samples up to now, and where it is between two of them; those of one that left end where it left.
function trailOf(craft, frame) {
  const leaving = (k) => k > 0 && craft.present[k - 1] && craft.arrived[k];
  const seen = (k) => craft.east[k] !== null && (craft.present[k] || leaving(k));
  const place = (k) => (seen(k) ? [craft.east[k], craft.north[k]] : null);
  const now = frame.flying.find((one) => one.craft === craft);
  return [...Array.from({ length: frame.k + 1 }, (_, k) => place(k)), now ? [now.east, now.north] : null];
}

function drawTrail({ pen, ink }, camera, frame, craft) {
  const places = trailOf(craft, frame);
  for (let k = 0; k <= frame.k; k++) {
    if (!places[k] || !places[k + 1]) continue;
    const lost = isLost(craft, k + 1), age = Math.max(0.4, 1 - (frame.k - k) * 0.03);
    pen.globalAlpha = lost ? 1 : age * (craft.arrived[k] ? 0.5 : 1);
    line(pen, [camera.at(places[k]), camera.at(places[k + 1])], lost ? ink.loss : craft.colour, lost ? 3 : 2);
  }
  pen.globalAlpha = 1;
}

// Arrived ones are hollow, in a dashed circle, without the line ahead.
function drawAircraft({ pen, ink }, camera, one, lost) {
  const [x, y] = camera.at([one.east, one.north]), colour = one.craft.colour;
  const ahead = [one.east + one.minute[0], one.north + one.minute[1]];
  const ring = [lost ? ink.loss : colour, lost ? 2.2 : 1.2, one.arrived ? [2, 5] : []];
  circle(pen, [x, y], (MINIMUM_NM / 2) * camera.scale, ...ring);
  if (!one.arrived) line(pen, [[x, y], camera.at(ahead)], colour, 1.2);
  const size = Math.min(Math.max(((MINIMUM_NM / 2) * camera.scale) / 14, 0.5), 1); // small where circles are
  pen.save();
  pen.setLineDash([]);
  pen.translate(x, y);
  pen.rotate((one.heading * Math.PI) / 180);
  pen.scale(size, size);
  Object.assign(pen, { fillStyle: one.arrived ? ink.sea : colour, strokeStyle: one.arrived ? colour : ink.sea });
  pen.lineWidth = one.arrived ? 1.4 : 2;
  pen.stroke(SILHOUETTE);
  pen.fill(SILHOUETTE);
  pen.restore();
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
  const { pen, ink } = canvas, id = one.craft.id, speed = `${Math.round(one.cas)} kt${one.arrived ? " ✓" : ""}`;
  pen.font = font(12, 600);
  const wide = Math.max(pen.measureText(id).width, pen.measureText(speed).width) + 2;
  const found = labelBox(canvas, taken, at, wide, id, labels);
  if (!found) return;
  const { box: [left, top, right, bottom], far } = found;
  if (far) line(pen, [at, [right < at[0] ? right : Math.max(left, at[0]), (top + bottom) / 2]], ink.muted, 0.8);
  taken.push([left, top, right, bottom]);
  text(pen, id, [left, top + 7], one.craft.colour, ink.sea, { weight: 600 });
  text(pen, speed, [left, top + 21], ink.muted, ink.sea);
}

function drawDistances({ pen, ink }, camera, losses, taken) {
  losses.forEach(({ one, other, distance }) => {
    const [x, y] = camera.at([(one.east + other.east) / 2, (one.north + other.north) / 2]);
    const box = [x - 24, y - 7, x + 24, y + 7];
    if (!free(box, taken)) return;
    taken.push(box);
    text(pen, `${distance.toFixed(1)} NM`, [x, y], ink.loss, ink.sea, { align: "center", weight: 700 });
  });
}

function drawLabels(canvas, camera, frame, labels) {
  const { width, height } = canvas, places = frame.flying.map((one) => camera.at([one.east, one.north]));
  const taken = places.map(([x, y]) => [x - 9, y - 9, x + 9, y + 9]);
  taken.push([0, height - 36, 90, height], [width - 36, 0, width, 66]);
  const shown = places.map(([x, y]) => x > -9 && y > -9 && x < width + 9 && y < height + 9);
  frame.flying.forEach((one, i) => shown[i] && drawLabel(canvas, taken, places[i], one, labels));
  drawDistances(canvas, camera, frame.losses, taken);
}

// `labels` remembers by id where each label was.
function drawMap(map, episode, frame, { trails, zoom, labels }) {
  const canvas = begin(map), { pen, ink } = canvas;
  const camera = cameraOf(pointsInView(episode, frame, zoom), canvas.width, canvas.height);
  drawGrid(canvas, camera);
  episode.aircraft.forEach((craft) => drawWaypoint(canvas, camera, craft, craft.arrived[frame.k]));
  if (trails) episode.aircraft.forEach((craft) => drawTrail(canvas, camera, frame, craft));
  frame.losses.forEach((pair) => {
    line(pen, [pair.one, pair.other].map(({ east, north }) => camera.at([east, north])), ink.loss, 2.5);
  });
  frame.flying.forEach((one) => drawAircraft(canvas, camera, one, frame.lost.has(one)));
  drawLabels(canvas, camera, frame, labels);
  drawScaleAndNorth(canvas, camera);
}

// Plays recorded episodes on a canvas: the traffic from above, and its smallest separation over time below.
// Distances are NM, times seconds, headings degrees (0 = north, clockwise), speeds CAS in kt; x and y are CSS pixels.
(() => {
  "use strict";
  const root = document.currentScript.closest(".player");
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const data = JSON.parse(part("data").textContent);
  const { separation_minimum_nm: MINIMUM_NM, arrival_radius_nm: ARRIVAL_NM } = data;
  const MARGIN = { left: 40, right: 14, top: 18, bottom: 22 }; // of the plot
  const map = part("map"), plot = part("plot"), scrub = part("scrub");
  const state = { episode: data.episodes[0], time: 0, playing: false, last: 0, labels: new Map() };

  // ---- what is where at a time, between the samples ----
  const lerp = (a, b, f) => a + (b - a) * f;
  const turn = (from, to) => ((((to - from) % 360) + 540) % 360) - 180; // the short way round
  const end = () => state.episode.time_s.at(-1);

  function indexAt(time) {
    const after = state.episode.time_s.findIndex((sample) => sample > time);
    return (after < 0 ? state.episode.time_s.length : Math.max(after, 1)) - 1;
  }

  function aircraftAt(craft, k, f, minutes) {
    if (!craft.present[k] || craft.east[k] === null) return null;
    const next = craft.present[k + 1] ? k + 1 : k;
    const minute = ["east", "north"].map((axis) => (craft[axis][next] - craft[axis][k]) / minutes); // flown in 1 min, NM
    return {
      craft, minute, arrived: craft.arrived[k], cas: lerp(craft.cas[k], craft.cas[next], f),
      east: lerp(craft.east[k], craft.east[next], f), north: lerp(craft.north[k], craft.north[next], f),
      heading: craft.heading[k] + turn(craft.heading[k], craft.heading[next]) * f,
    };
  }

  function frameAt(time) {
    const { time_s, aircraft } = state.episode, k = indexAt(time), last = k + 1 === time_s.length;
    const seconds = last ? 1 : time_s[k + 1] - time_s[k], f = last ? 0 : (time - time_s[k]) / seconds;
    const flying = aircraft.map((craft) => aircraftAt(craft, k, f, seconds / 60)).filter(Boolean);
    const pairs = flying.flatMap((one, i) => flying.slice(i + 1).map((other) => (
      { one, other, distance: Math.hypot(one.east - other.east, one.north - other.north) })));
    pairs.sort((a, b) => a.distance - b.distance);
    const losses = pairs.filter((pair) => pair.distance < MINIMUM_NM);
    return { k, f, flying, pairs, losses, lost: new Set(losses.flatMap((pair) => [pair.one, pair.other])) };
  }

  // ---- canvas ----
  const font = (size, weight) => `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`;

  function begin(canvas) {
    const width = canvas.clientWidth, height = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
    const sharp = [Math.round(width * ratio), Math.round(height * ratio)], style = getComputedStyle(root);
    if (canvas.width !== sharp[0] || canvas.height !== sharp[1]) [canvas.width, canvas.height] = sharp;
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const colour = (name) => [name, style.getPropertyValue(`--${name}`).trim()];
    return { pen, width, height, ink: Object.fromEntries(["ink", "muted", "grid", "sea", "loss"].map(colour)) };
  }

  function stroke(pen, path, style, width = 1, dash = []) {
    pen.beginPath();
    path();
    Object.assign(pen, { strokeStyle: style, lineWidth: width });
    pen.setLineDash(dash);
    pen.stroke();
  }

  const line = (pen, points, ...style) => stroke(pen, () => points.forEach((point) => pen.lineTo(...point)), ...style);
  const circle = (pen, [x, y], radius, ...style) => stroke(pen, () => pen.arc(x, y, radius, 0, 2 * Math.PI), ...style);

  function text(pen, words, [x, y], colour, halo, { align = "left", weight = 400, size = 12 } = {}) {
    Object.assign(pen, { font: font(size, weight), textAlign: align, textBaseline: "middle", lineJoin: "round" });
    Object.assign(pen, { fillStyle: colour, strokeStyle: halo, lineWidth: 3 });
    pen.setLineDash([]);
    pen.strokeText(words, x, y);
    pen.fillText(words, x, y);
  }

  // ---- the map ----
  function pointsInView(frame) {
    if (part("zoom").checked && frame.flying.length) return frame.flying.map((one) => [one.east, one.north]);
    const flown = (craft) => craft.east.map((east, k) => [east, craft.north[k]]);
    const points = state.episode.aircraft.flatMap((craft) => [...flown(craft), craft.waypoint]);
    return points.filter(([east, north]) => east !== null && north !== null);
  }

  function cameraOf(frame, width, height) {
    const points = pointsInView(frame);
    const [west, east, south, north] = [0, 0, 1, 1].map((axis, i) => (
      points.reduce((edge, point) => Math[i % 2 ? "max" : "min"](edge, point[axis]), i % 2 ? -Infinity : Infinity)));
    const scale = Math.min(width / Math.max(east - west + 7, 12), (height - 30) / Math.max(north - south + 7, 12));
    const middle = [(west + east) / 2, (south + north) / 2];
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

  function drawWaypoint({ pen }, camera, craft) {
    if (craft.waypoint[0] === null) return;
    const [x, y] = camera.at(craft.waypoint);
    circle(pen, [x, y], ARRIVAL_NM * camera.scale, craft.colour, 1.2, [3, 3]);
    line(pen, [[x - 3, y - 3], [x + 3, y + 3]], craft.colour, 1.5);
    line(pen, [[x - 3, y + 3], [x + 3, y - 3]], craft.colour, 1.5);
  }

  function drawTrail({ pen, ink }, camera, frame, craft) {
    const now = frame.flying.find((one) => one.craft === craft);
    const sample = (k) => craft.present[k] && [craft.east[k], craft.north[k]];
    const place = (k) => (k > frame.k ? now && [now.east, now.north] : sample(k));
    for (let k = 0; k <= frame.k; k++) {
      if (!place(k) || !place(k + 1)) continue;
      const lost = craft.separation[k + 1] !== null && craft.separation[k + 1] < MINIMUM_NM;
      pen.globalAlpha = lost ? 1 : Math.max(0.35, 1 - (frame.k - k) * 0.03);
      line(pen, [camera.at(place(k)), camera.at(place(k + 1))], lost ? ink.loss : craft.colour, lost ? 3 : 2);
    }
    pen.globalAlpha = 1;
  }

  const SILHOUETTE = new Path2D("M0-10 1.6-3 9 2V4L1.6 2.2 1.2 6.5 4 8.6V10L0 9-4 10V8.6L-1.2 6.5-1.6 2.2-9 4V2L-1.6-3Z");

  function drawAircraft({ pen, ink }, camera, one, lost) {
    const [x, y] = camera.at([one.east, one.north]), style = lost ? ink.loss : one.craft.colour;
    pen.globalAlpha = one.arrived && !lost ? 0.55 : 1;
    circle(pen, [x, y], (MINIMUM_NM / 2) * camera.scale, style, lost ? 2.2 : 1.2);
    line(pen, [[x, y], camera.at([one.east + one.minute[0], one.north + one.minute[1]])], one.craft.colour, 1.2);
    pen.save();
    pen.translate(x, y);
    pen.rotate((one.heading * Math.PI) / 180);
    Object.assign(pen, { fillStyle: one.craft.colour, strokeStyle: ink.sea, lineWidth: 2 });
    pen.stroke(SILHOUETTE);
    pen.fill(SILHOUETTE);
    pen.restore();
    pen.globalAlpha = 1;
  }

  const free = (box, taken) => !taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]);
  const PLACES = [[1, -1], [1, 1], [-1, -1], [-1, 1], [2.6, 0], [-2.6, 0], [1, -2.6], [-1, -2.6], [1, 2.6], [-1, 2.6],
    [2.8, -2.6], [-2.8, -2.6], [2.8, 2.6], [-2.8, 2.6]];

  // The first free place around the symbol, the one used last tried first so that labels do not jump.
  function labelBox({ width, height }, taken, [x, y], wide, id) {
    const box = ([right, down]) => {
      const left = x + right * 13 - (right > 0 ? 0 : wide), top = y + down * 18 - 14;
      return [left, top, left + wide, top + 28];
    };
    const inside = ([left, top, right, bottom]) => left > 2 && top > 2 && right < width - 2 && bottom < height - 2;
    const order = [state.labels.get(id) || PLACES[0], ...PLACES];
    const place = order.find((p) => inside(box(p)) && free(box(p), taken)) || order[0];
    state.labels.set(id, place);
    return { box: box(place), far: Math.max(...place.map(Math.abs)) > 1 };
  }

  function drawLabel(canvas, taken, at, one, lost) {
    const { pen, ink } = canvas, id = one.craft.id, speed = `${Math.round(one.cas)} kt${one.arrived ? " ✓" : ""}`;
    pen.font = font(12, 600);
    const wide = Math.max(pen.measureText(id).width, pen.measureText(speed).width) + 2;
    const { box: [left, top, right, bottom], far } = labelBox(canvas, taken, at, wide, id);
    if (far) line(pen, [at, [right < at[0] ? right : Math.max(left, at[0]), (top + bottom) / 2]], ink.muted, 0.8);
    taken.push([left, top, right, bottom]);
    text(pen, id, [left, top + 7], lost ? ink.loss : ink.ink, ink.sea, { weight: 600 });
    text(pen, speed, [left, top + 21], ink.muted, ink.sea);
  }

  function drawLabels(canvas, camera, frame) {
    const { pen, width, height, ink } = canvas, places = frame.flying.map((one) => camera.at([one.east, one.north]));
    const taken = places.map(([x, y]) => [x - 9, y - 9, x + 9, y + 9]);
    taken.push([0, height - 36, 90, height], [width - 36, 0, width, 66]);
    frame.flying.forEach((one, i) => drawLabel(canvas, taken, places[i], one, frame.lost.has(one)));
    frame.losses.forEach(({ one, other, distance }) => {
      const [x, y] = camera.at([(one.east + other.east) / 2, (one.north + other.north) / 2]);
      const box = [x - 24, y - 7, x + 24, y + 7];
      if (!free(box, taken)) return;
      taken.push(box);
      text(pen, `${distance.toFixed(1)} NM`, [x, y], ink.loss, ink.sea, { align: "center", weight: 700 });
    });
  }

  function drawMap(frame) {
    const canvas = begin(map), camera = cameraOf(frame, canvas.width, canvas.height), { pen, ink } = canvas;
    drawGrid(canvas, camera);
    state.episode.aircraft.forEach((craft) => drawWaypoint(canvas, camera, craft));
    if (part("trails").checked) state.episode.aircraft.forEach((craft) => drawTrail(canvas, camera, frame, craft));
    frame.losses.forEach((pair) => {
      line(pen, [pair.one, pair.other].map(({ east, north }) => camera.at([east, north])), ink.loss, 2.5);
    });
    frame.flying.forEach((one) => drawAircraft(canvas, camera, one, frame.lost.has(one)));
    drawLabels(canvas, camera, frame);
    drawScaleAndNorth(canvas, camera);
  }

  // ---- the plot of the smallest separation ----
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  function drawAxes({ pen, width, height, ink }, { x, y, top }) {
    const level = (value, words, ...style) => {
      line(pen, [[MARGIN.left, y(value)], [width - MARGIN.right, y(value)]], ...style);
      text(pen, `${value}`, [MARGIN.left - 6, y(value)], words, ink.sea, { align: "right", size: 11 });
    };
    [0, 10, 20].filter((value) => value <= top).forEach((value) => level(value, ink.muted, ink.grid));
    level(MINIMUM_NM, ink.loss, ink.loss, 1.2, [5, 4]);
    const step = [60, 120, 300, 600, 1200, 3600].find((seconds) => end() / seconds <= width / 90) || 7200;
    for (let s = 0; s <= end(); s += step) {
      text(pen, clock(s), [x(s), height - 9], ink.muted, ink.sea, { align: "center", size: 11 });
    }
    text(pen, "smallest separation, NM", [MARGIN.left, 8], ink.muted, ink.sea, { size: 11 });
  }

  function drawCurve({ pen, width, ink }, { x, y }) {
    const { smallest, time_s, minimum } = state.episode, point = (k) => [x(time_s[k]), y(smallest[k])];
    for (let k = 1; k < time_s.length; k++) {
      if (smallest[k] === null || smallest[k - 1] === null) continue;
      const lost = smallest[k] < MINIMUM_NM;
      line(pen, [point(k - 1), point(k)], lost ? ink.loss : ink.ink, lost ? 3 : 1.6);
    }
    const worst = point(smallest.indexOf(minimum)), colour = minimum < MINIMUM_NM ? ink.loss : ink.ink;
    const [side, align] = worst[0] > width - 90 ? [-9, "right"] : [9, "left"], at = [worst[0] + side, worst[1] - 9];
    circle(pen, worst, 4, colour, 2);
    text(pen, `${minimum.toFixed(2)} NM`, at, colour, ink.sea, { align, weight: 700, size: 11 });
  }

  function drawPlot() {
    const canvas = begin(plot), { pen, width, height, ink } = canvas, { smallest, minimum } = state.episode;
    const top = Math.min(25, Math.max(11, ...smallest) + 1), inner = height - MARGIN.top - MARGIN.bottom;
    const x = (time) => MARGIN.left + (time / (end() || 1)) * (width - MARGIN.left - MARGIN.right);
    const y = (value) => MARGIN.top + (1 - Math.min(value, top) / top) * inner;
    drawAxes(canvas, { x, y, top });
    if (minimum !== null) drawCurve(canvas, { x, y });
    else text(pen, "one aircraft: no separation", [width / 2, height / 3], ink.muted, ink.sea, { align: "center" });
    line(pen, [[x(state.time), MARGIN.top], [x(state.time), height - MARGIN.bottom]], ink.ink, 1.5);
  }

  // ---- words and controls ----
  function write(name, words, lost = false) {
    part(name).textContent = words;
    part(name).classList.toggle("lost", lost);
  }

  function writeReadout({ k, pairs, losses }) {
    const { step, aircraft, minimum } = state.episode, arrived = aircraft.filter((craft) => craft.arrived[k]).length;
    write("clock", `${clock(state.time)} / ${clock(end())}`);
    write("step", `step ${step[k]} of ${step.at(-1)}`);
    write("now", pairs.length ? `nearest pair ${pairs[0].distance.toFixed(2)} NM` : "no pair", losses.length > 0);
    const known = minimum !== null;
    write("worst", known ? `episode minimum ${minimum.toFixed(2)} NM` : "", known && minimum < MINIMUM_NM);
    write("arrived", `arrived ${arrived} of ${aircraft.length}`);
    write("play", state.playing ? "Pause" : "Play");
    scrub.value = state.time;
    scrub.setAttribute("aria-valuetext", clock(state.time));
  }

  function seek(time) {
    state.time = Math.min(Math.max(time, 0), end());
    const frame = frameAt(state.time);
    drawMap(frame);
    drawPlot();
    writeReadout(frame);
  }

  function step(count) {
    const k = indexAt(state.time), between = count < 0 && state.time > state.episode.time_s[k] ? 1 : 0;
    state.playing = false;
    seek(state.episode.time_s[Math.min(Math.max(k + count + between, 0), state.episode.time_s.length - 1)]);
  }

  function tick(now) {
    if (!state.playing) return;
    const elapsed_s = Math.min((now - state.last) / 1000, 0.25); // a hidden tab does not jump ahead
    state.last = now;
    const time = state.time + Math.max(elapsed_s, 0) * Number(part("speed").value);
    state.playing = time < end();
    seek(time);
    requestAnimationFrame(tick);
  }

  function toggle() {
    state.playing = !state.playing;
    state.last = performance.now();
    seek(state.playing && state.time >= end() ? 0 : state.time);
    if (state.playing) requestAnimationFrame(tick);
  }

  function choose(index) {
    const wrapped = (index + data.episodes.length) % data.episodes.length;
    Object.assign(state, { episode: data.episodes[wrapped], playing: false });
    state.labels.clear();
    part("episode").value = wrapped;
    scrub.max = end();
    seek(0);
  }

  function onKey(event) {
    const kind = event.target.type || "", count = event.shiftKey ? 10 : 1;
    const native = event.key === " " && (kind === "button" || kind === "checkbox"); // space presses what has the focus
    if (event.ctrlKey || event.metaKey || event.altKey || kind.startsWith("select") || native) return;
    const actions = { " ": toggle, ArrowRight: () => step(count), ArrowLeft: () => step(-count), Home: () => seek(0),
      End: () => seek(end()) };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  function onPlot(event) {
    const inner = plot.clientWidth - MARGIN.left - MARGIN.right, x = event.clientX - plot.getBoundingClientRect().left;
    if (event.buttons) seek(((x - MARGIN.left) / inner) * end());
  }

  const colour = (i) => data.colours[i % data.colours.length];
  data.episodes.forEach(({ aircraft }) => aircraft.forEach((craft, i) => Object.assign(craft, { colour: colour(i) })));
  const clicks = { play: toggle, back: () => step(-1), forward: () => step(1),
    previous: () => choose(Number(part("episode").value) - 1), next: () => choose(Number(part("episode").value) + 1) };
  Object.entries(clicks).forEach(([name, action]) => part(name).addEventListener("click", action));
  ["zoom", "trails"].forEach((name) => part(name).addEventListener("change", () => seek(state.time)));
  ["pointerdown", "pointermove"].forEach((name) => plot.addEventListener(name, onPlot));
  part("episode").addEventListener("change", (event) => choose(Number(event.target.value)));
  scrub.addEventListener("input", () => seek(Number(scrub.value)));
  (root.hasAttribute("data-standalone") ? document : root).addEventListener("keydown", onKey);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => seek(state.time));
  new ResizeObserver(() => seek(state.time)).observe(root);
  choose(0);
})();

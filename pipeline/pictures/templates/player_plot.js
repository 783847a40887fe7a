// The plot below the map: the smallest separation over time, losses in red, and the present moment.

const MARGIN = { left: 40, right: 14, top: 20, bottom: 22 };
const HIGHEST_NM = 25; // what lies above is drawn there

function axesOf({ width, height }, episode) {
  const top = Math.min(HIGHEST_NM, Math.max(11, ...episode.smallest) + 1), inner = height - MARGIN.top - MARGIN.bottom;
  const x = (time) => MARGIN.left + (time / (endOf(episode) || 1)) * (width - MARGIN.left - MARGIN.right);
  const y = (value) => MARGIN.top + (1 - Math.min(value, top) / top) * inner;
  return { x, y, top };
}

function drawAxes({ pen, width, height, ink }, { x, y, top }, end) {
  const number = (words, value, colour) => {
    text(pen, words, [MARGIN.left - 6, y(value)], colour, ink.sea, { align: "right", size: 11 });
  };
  const level = (value, colour, ...style) => {
    line(pen, [[MARGIN.left, y(value)], [width - MARGIN.right, y(value)]], ...style);
    number(`${value}`, value, colour);
  };
  [0, 10, 20].filter((value) => value <= top).forEach((value) => level(value, ink.muted, ink.grid));
  if (top === HIGHEST_NM) number(`${top}+`, top, ink.muted);
  level(MINIMUM_NM, ink.loss, ink.loss, 1.2, [5, 4]);
  const step = [60, 120, 300, 600, 1200, 3600].find((seconds) => end / seconds <= width / 90) || 7200;
  for (let s = 0; s <= end; s += step) {
    text(pen, clock(s), [x(s), height - 9], ink.muted, ink.sea, { align: "center", size: 11 });
  }
  text(pen, "smallest separation, NM", [MARGIN.left, 9], ink.muted, ink.sea, { size: 11 });
}

function drawLosses({ pen, height, ink }, { x }, { smallest, time_s }) {
  Object.assign(pen, { fillStyle: ink.loss, globalAlpha: 0.13 });
  time_s.slice(1).forEach((time, k) => {
    const lost = smallest[k + 1] !== null && smallest[k + 1] < MINIMUM_NM, left = x(time_s[k]);
    if (lost) pen.fillRect(left, MARGIN.top, x(time) - left, height - MARGIN.top - MARGIN.bottom);
  });
  pen.globalAlpha = 1;
}

function drawCurve({ pen, width, ink }, { x, y }, { smallest, time_s, minimum }) {
  const point = (k) => [x(time_s[k]), y(smallest[k])];
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

function drawPlot(plot, episode, time) {
  const canvas = begin(plot), { pen, width, height, ink } = canvas, axes = axesOf(canvas, episode), now = axes.x(time);
  if (episode.minimum !== null) drawLosses(canvas, axes, episode);
  drawAxes(canvas, axes, endOf(episode));
  if (episode.minimum !== null) drawCurve(canvas, axes, episode);
  else text(pen, "no pair, no separation", [width / 2, height / 3], ink.muted, ink.sea, { align: "center" });
  line(pen, [[now, MARGIN.top], [now, height - MARGIN.bottom]], ink.ink, 1.5);
}

// The time, in seconds, under a pointer over the plot.
function timeUnder(plot, event, episode) {
  const inner = plot.clientWidth - MARGIN.left - MARGIN.right, x = event.clientX - plot.getBoundingClientRect().left;
  return ((x - MARGIN.left) / inner) * endOf(episode);
}

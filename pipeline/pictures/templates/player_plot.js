// The plot below the map: the curve over time, red where something goes wrong, and the present moment.

const MARGIN = { left: 40, right: 14, top: 20, bottom: 22 };
const MOST_LIMITS = 5; // what lies above so many limits is drawn there
const TICKS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600, 7200];

// The lowest and the highest that is plotted, and whether the curve goes beyond it.
function spanOf({ curve, look: { limit } }) {
  const known = curve.filter((value) => value !== null), low = Math.min(0, ...known), high = Math.max(0, ...known);
  if (limit > 0) {
    const wanted = Math.max(2.2 * limit, high) + 0.2 * limit, most = MOST_LIMITS * limit;
    return [low, Math.min(wanted, most), wanted >= most];
  }
  const clear = 0.08 * (high - low) || 1;
  return [low < 0 ? low - clear : low, high + clear, false];
}

function axesOf({ width, height }, episode) {
  const [low, high, cut] = spanOf(episode), inner = height - MARGIN.top - MARGIN.bottom;
  const x = (time) => MARGIN.left + (time / (endOf(episode) || 1)) * (width - MARGIN.left - MARGIN.right);
  const y = (value) => MARGIN.top + (1 - (Math.min(value, high) - low) / (high - low)) * inner;
  return { x, y, low, high, cut };
}

function drawLevels({ pen, width, ink }, { y, low, high, cut }, limit) {
  const number = (words, value, colour) => {
    text(pen, words, [MARGIN.left - 6, y(value)], colour, ink.sea, { align: "right", size: 11 });
  };
  const level = (value, colour, ...style) => {
    line(pen, [[MARGIN.left, y(value)], [width - MARGIN.right, y(value)]], ...style);
    number(`${Number(value.toPrecision(6))}`, value, colour);
  };
  const every = roundedUp((high - low) / 2.5);
  for (let n = Math.ceil(low / every); n * every <= high + 1e-9 * every; n++) {
    if (n * every !== limit && !(cut && n * every === high)) level(n * every, ink.muted, ink.grid);
  }
  if (cut) number(`${high}+`, high, ink.muted);
  if (limit !== null) level(limit, ink.loss, ink.loss, 1.2, [5, 4]);
}

function drawAxes(canvas, axes, { look }, end) {
  const { pen, width, height, ink } = canvas, least = (end * 90) / width;
  drawLevels(canvas, axes, look.limit);
  const step = look.seconds ? TICKS_S.find((seconds) => seconds >= least) || TICKS_S.at(-1) : roundedUp(Math.max(least, 1));
  for (let tick = 0; tick <= end; tick += step) {
    text(pen, clock(tick, look), [axes.x(tick), height - 9], ink.muted, ink.sea, { align: "center", size: 11 });
  }
  const words = [look.curve_words, look.curve_unit].filter(Boolean).join(", ");
  text(pen, words, [MARGIN.left, 9], ink.muted, ink.sea, { size: 11 });
}

function drawAlarms({ pen, height, ink }, { x }, { alarm, time }) {
  Object.assign(pen, { fillStyle: ink.loss, globalAlpha: 0.13 });
  time.slice(1).forEach((after, k) => {
    const left = x(time[k]);
    if (alarm[k + 1]) pen.fillRect(left, MARGIN.top, x(after) - left, height - MARGIN.top - MARGIN.bottom);
  });
  pen.globalAlpha = 1;
}

function drawCurve({ pen, ink }, { x, y }, { curve, time, alarm }) {
  const point = (k) => [x(time[k]), y(curve[k])];
  for (let k = 1; k < time.length; k++) {
    if (curve[k] === null || curve[k - 1] === null) continue;
    line(pen, [point(k - 1), point(k)], alarm[k] ? ink.loss : ink.ink, alarm[k] ? 3 : 1.6);
  }
}

function markLowest({ pen, width, ink }, { x, y }, { curve, time, alarm, look }) {
  const least = Math.min(...curve.filter((value) => value !== null)), k = curve.indexOf(least);
  const at = [x(time[k]), y(least)], colour = alarm[k] ? ink.loss : ink.ink;
  const [side, align] = at[0] > width - 90 ? [-9, "right"] : [9, "left"];
  circle(pen, at, 4, colour, 2);
  const words = inUnits(least, look.curve_unit);
  text(pen, words, [at[0] + side, at[1] - 9], colour, ink.sea, { align, weight: 700, size: 11 });
}

function drawPlot(plot, episode, time) {
  const canvas = begin(plot), { pen, width, height, ink } = canvas, axes = axesOf(canvas, episode), now = axes.x(time);
  drawAlarms(canvas, axes, episode);
  drawAxes(canvas, axes, episode, endOf(episode));
  const known = episode.curve.some((value) => value !== null);
  if (known) drawCurve(canvas, axes, episode);
  else text(pen, episode.summary, [width / 2, height / 3], ink.muted, ink.sea, { align: "center" });
  if (known && episode.look.limit !== null) markLowest(canvas, axes, episode);
  line(pen, [[now, MARGIN.top], [now, height - MARGIN.bottom]], ink.ink, 1.5);
}

// The time under a pointer over the plot.
function timeUnder(plot, event, episode) {
  const inner = plot.clientWidth - MARGIN.left - MARGIN.right, x = event.clientX - plot.getBoundingClientRect().left;
  return ((x - MARGIN.left) / inner) * endOf(episode);
}

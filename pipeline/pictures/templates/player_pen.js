// Lines, circles and words on a canvas that is as sharp as the screen; x and y are CSS pixels.

const font = (size, weight) => `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`;

// A clear canvas with its size, its pen, and the page's inks by name.
function begin(canvas) {
  const width = canvas.clientWidth, height = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
  const sharp = [Math.round(width * ratio), Math.round(height * ratio)], style = getComputedStyle(canvas);
  if (canvas.width !== sharp[0] || canvas.height !== sharp[1]) [canvas.width, canvas.height] = sharp;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const colour = (name) => [name, style.getPropertyValue(`--${name}`).trim()];
  return { pen, width, height, ink: Object.fromEntries(["ink", "muted", "grid", "sea", "line", "loss"].map(colour)) };
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

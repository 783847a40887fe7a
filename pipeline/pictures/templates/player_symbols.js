// Symbols of agents: paths that point up, in pixels.

const BOXES = { car: [0.45, 1], piece: [1, 1] };

function outlineOf(corners) {
  const path = new Path2D();
  corners.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
  path.closePath();
  return path;
}

// The symbol and how large it is drawn; an outline is small where its circle is.
function symbolOf(look, scale) {
  const radius = Math.max(look.radius * scale, 4), path = new Path2D();
  if (look.shape === "outline") {
    return { path: look.path, size: look.radius ? Math.min(Math.max((look.radius * scale) / 14, 0.5), 1) : 1 };
  }
  const [wide, high] = (BOXES[look.shape] || [1, 1]).map((half) => half * radius);
  if (look.shape === "dot") path.arc(0, 0, radius, 0, 2 * Math.PI);
  else path.rect(-wide, -high, 2 * wide, 2 * high);
  return { path, size: 1 };
}

function drawSymbol(pen, { path, size }, [x, y], course, fill, edge, width) {
  pen.save();
  pen.setLineDash([]);
  pen.translate(x, y);
  pen.rotate((course * Math.PI) / 180);
  pen.scale(size, size);
  Object.assign(pen, { fillStyle: fill, strokeStyle: edge, lineWidth: width });
  pen.stroke(path);
  pen.fill(path);
  pen.restore();
}

// A policy's graph, run operator by operator: tensors are { shape, data }, numbers that stand for places plain arrays.

const sizeOf = (shape) => shape.reduce((size, wide) => size * wide, 1);
const tensor = (shape, data) => ({ shape, data });
const floats = (shape, of) => tensor(shape, Float32Array.from({ length: sizeOf(shape) }, (_, i) => of(i)));
const fromEnd = (axis, shape) => (axis < 0 ? axis + shape.length : axis);
const strides = (shape) => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
const numbers = ({ data }) => Array.from(data, Number);

// Where each element of `shape` stands in a tensor that is stretched to it, as NumPy does.
function stretched({ shape, data }, wanted) {
  const size = data.length, first = shape.findIndex((wide) => wide > 1), whole = shape.slice(first);
  if (size === 1) return () => data[0];
  if (whole.every((wide, axis) => wide === wanted.slice(-whole.length)[axis])) return (i) => data[i % size]; // all that is wide
  const missing = wanted.length - shape.length, step = strides(shape), of = strides(wanted);
  const places = wanted.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : step[axis - missing]));
  return (i) => data[places.reduce((at, place, axis) => at + place * (Math.floor(i / of[axis]) % wanted[axis]), 0)];
}

function commonShape(one, other) {
  const length = Math.max(one.length, other.length), padded = (shape) => [...Array(length - shape.length).fill(1), ...shape];
  const [a, b] = [padded(one), padded(other)];
  return a.map((wide, axis) => (wide === 1 ? b[axis] : wide));
}

const each = (of) => ([{ shape, data }]) => floats(shape, (i) => of(data[i]));
const both = (of) => ([one, other]) => {
  const shape = commonShape(one.shape, other.shape), [a, b] = [stretched(one, shape), stretched(other, shape)];
  return floats(shape, (i) => of(a(i), b(i)));
};

// Folds an axis or several; `of` gets the numbers along them.
const reduce = (of) => ([{ shape, data }, axes], attributes) => {
  const wanted = attributes.axes ?? (axes ? numbers(axes) : shape.map((_, axis) => axis));
  const folded = new Set(wanted.map((axis) => fromEnd(axis, shape))), step = strides(shape);
  const kept = shape.map((wide, axis) => (folded.has(axis) ? 1 : wide)), inner = shape.map((wide, axis) => (folded.has(axis) ? wide : 1));
  const offsets = Array.from({ length: sizeOf(inner) }, (_, i) => placeOf(i, inner, step));
  const result = floats(kept, (i) => of(offsets.map((offset) => data[placeOf(i, kept, step) + offset])));
  return (attributes.keepdims ?? 1) ? result : tensor(shape.filter((_, axis) => !folded.has(axis)), result.data);
};

function placeOf(i, shape, step) {
  const of = strides(shape);
  return shape.reduce((at, wide, axis) => at + (Math.floor(i / of[axis]) % wide) * step[axis], 0);
}

// Rows of any number of axes times one matrix, or matrices of one stack times those of another.
function matMul([one, other]) {
  if (other.shape.length === 2) return { ...gemm([{ shape: [sizeOf(one.shape.slice(0, -1)), one.shape.at(-1)], data: one.data }, other], {}),
    shape: [...one.shape.slice(0, -1), other.shape[1]] };
  const [rows, inner] = one.shape.slice(-2), columns = other.shape.at(-1), over = commonShape(one.shape.slice(0, -2), other.shape.slice(0, -2));
  const [a, b] = [stretched(one, [...over, rows, inner]), stretched(other, [...over, inner, columns])];
  return floats([...over, rows, columns], (i) => {
    const column = i % columns, row = Math.floor(i / columns), whole = Math.floor(row / rows);
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a(row * inner + k) * b((whole * inner + k) * columns + column);
    return sum;
  });
}

function gemm([a, b, c], { alpha = 1, beta = 1, transA = 0, transB = 0 }) {
  const [rows, inner] = transA ? [...a.shape].reverse() : a.shape, columns = transB ? b.shape[0] : b.shape[1];
  const [down, along] = transA ? [1, rows] : [inner, 1], [across, deep] = transB ? [inner, 1] : [1, columns];
  const added = c ? stretched(c, [rows, columns]) : () => 0, result = new Float32Array(rows * columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a.data[row * down + k * along] * b.data[column * across + k * deep];
      result[i] = alpha * sum + beta * added(i);
    }
  }
  return tensor([rows, columns], result);
}

function slice([given, starts, ends, axes, steps]) {
  const from = given.shape.map(() => 0), shape = [...given.shape], by = given.shape.map(() => 1);
  numbers(starts).forEach((start, n) => {
    const axis = fromEnd(axes ? numbers(axes)[n] : n, shape), wide = given.shape[axis];
    const inside = (place) => Math.min(Math.max(place < 0 ? place + wide : place, 0), wide);
    by[axis] = steps ? numbers(steps)[n] : 1;
    if (by[axis] < 1) throw new Error("Slice: got a step backwards, wanted one ahead");
    from[axis] = inside(start);
    shape[axis] = Math.max(Math.ceil((inside(numbers(ends)[n]) - from[axis]) / by[axis]), 0);
  });
  const step = strides(given.shape), first = from.reduce((at, place, axis) => at + place * step[axis], 0);
  return pick(given, shape, (i) => first + placeOf(i, shape, step.map((wide, axis) => wide * by[axis])));
}

function pick({ data }, shape, place) {
  const found = Array.from({ length: sizeOf(shape) }, (_, i) => data[place(i)]);
  return tensor(shape, data instanceof Float32Array ? Float32Array.from(found) : found);
}

function concat(parts, { axis }) {
  const at = fromEnd(axis, parts[0].shape), shape = [...parts[0].shape];
  shape[at] = parts.reduce((sum, part) => sum + part.shape[at], 0);
  const outer = sizeOf(shape.slice(0, at)), found = [];
  for (let o = 0; o < outer; o++) {
    for (const part of parts) {
      const wide = sizeOf(part.shape.slice(at));
      for (let i = 0; i < wide; i++) found.push(part.data[o * wide + i]);
    }
  }
  return tensor(shape, parts.every(({ data }) => data instanceof Float32Array) ? Float32Array.from(found) : found);
}

function reshape([{ shape, data }, wanted]) {
  const given = numbers(wanted).map((wide, axis) => (wide === 0 ? shape[axis] : wide)), known = -sizeOf(given);
  return tensor(given.map((wide) => (wide === -1 ? data.length / (known || 1) : wide)), data);
}

function unsqueeze([{ shape, data }, axes], attributes) {
  const wanted = attributes.axes ?? numbers(axes), length = shape.length + wanted.length, rest = [...shape];
  const ones = new Set(wanted.map((axis) => (axis < 0 ? axis + length : axis)));
  return tensor(Array.from({ length }, (_, axis) => (ones.has(axis) ? 1 : rest.shift())), data);
}

function squeeze([{ shape, data }, axes], attributes) {
  const wanted = attributes.axes ?? (axes ? numbers(axes) : shape.flatMap((wide, axis) => (wide === 1 ? [axis] : [])));
  const gone = new Set(wanted.map((axis) => fromEnd(axis, shape)));
  return tensor(shape.filter((_, axis) => !gone.has(axis)), data);
}

function gather([given, indices], { axis = 0 }) {
  const at = fromEnd(axis, given.shape), before = given.shape.slice(0, at), after = given.shape.slice(at + 1), wide = given.shape[at];
  const inner = sizeOf(after), count = indices.data.length, places = numbers(indices).map((place) => (place < 0 ? place + wide : place));
  const from = (i) => (Math.floor(i / (inner * count)) * wide + places[Math.floor(i / inner) % count]) * inner + (i % inner);
  return pick(given, [...before, ...indices.shape, ...after], from);
}

function transpose([given], { perm }) {
  const order = perm ?? given.shape.map((_, axis) => axis).reverse(), step = strides(given.shape);
  const shape = order.map((axis) => given.shape[axis]);
  return pick(given, shape, (i) => placeOf(i, shape, order.map((axis) => step[axis])));
}

function softmax([{ shape, data }], { axis = -1 }) {
  const at = fromEnd(axis, shape), stride = strides(shape)[at], wide = shape[at];
  const beside = (i) => Array.from({ length: wide }, (_, k) => data[i + (k - (Math.floor(i / stride) % wide)) * stride]);
  return floats(shape, (i) => {
    const row = beside(i), most = Math.max(...row);
    return Math.exp(data[i] - most) / row.reduce((sum, value) => sum + Math.exp(value - most), 0);
  });
}

const sum = (row) => row.reduce((total, value) => total + value, 0);
const OPERATORS = {
  Tanh: each(Math.tanh), Relu: each((x) => Math.max(x, 0)), Exp: each(Math.exp), Sqrt: each(Math.sqrt), Neg: each((x) => -x),
  Sigmoid: each((x) => 1 / (1 + Math.exp(-x))), Identity: ([given]) => given, Cast: ([given]) => given,
  Add: both((a, b) => a + b), Sub: both((a, b) => a - b), Mul: both((a, b) => a * b), Div: both((a, b) => a / b),
  Pow: both((a, b) => a ** b), Max: both(Math.max), Min: both(Math.min),
  Greater: both((a, b) => Number(a > b)), Less: both((a, b) => Number(a < b)),
  Where: ([chosen, one, other]) => OPERATORS.Add([OPERATORS.Mul([chosen, one]), OPERATORS.Mul([each((x) => 1 - x)([chosen]), other])]),
  Clip: ([{ shape, data }, low, high]) => floats(shape, (i) => (
    Math.min(Math.max(data[i], low ? low.data[0] : -Infinity), high ? high.data[0] : Infinity))),
  ReduceMax: reduce((row) => Math.max(...row)), ReduceMin: reduce((row) => Math.min(...row)),
  ReduceSum: reduce(sum), ReduceMean: reduce((row) => sum(row) / row.length),
  Flatten: ([{ shape, data }], { axis = 1 }) => tensor([sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))], data),
  Shape: ([{ shape }]) => tensor([shape.length], [...shape]),
  ConstantOfShape: ([shape], { value }) => floats(numbers(shape), () => value?.data[0] ?? 0),
  MatMul: matMul, Gemm: gemm, Slice: slice, Concat: concat, Reshape: reshape, Unsqueeze: unsqueeze, Squeeze: squeeze,
  Gather: gather, Transpose: transpose, Softmax: softmax,
};

function decoded({ shape, floats: coded, integers }) {
  if (integers) return tensor(shape, integers);
  const bytes = Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0));
  return tensor(shape, new Float32Array(bytes.buffer));
}

// A graph's answer to rows (N, D) as a function; the graph is as pipeline/show/graph.py writes it.
function networkOf({ nodes, tensors, input, output }) {
  const given = Object.fromEntries(Object.entries(tensors).map(([name, own]) => [name, decoded(own)]));
  const steps = nodes.map((node) => ({ ...node, attributes: Object.fromEntries(Object.entries(node.attributes).map(
    ([name, value]) => [name, value?.shape ? decoded(value) : value])) }));
  return (rows, width) => {
    const known = { ...given, [input]: tensor([rows.length / width, width], rows) };
    for (const { operator, inputs, result, attributes } of steps) {
      known[result] = OPERATORS[operator](inputs.map((name) => known[name]), attributes);
    }
    return known[output];
  };
}

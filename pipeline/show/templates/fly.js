// Episodes that are flown here: by the policy, or by nobody.

const network = networkOf(data.graph);
const PILOTS = {
  policy(rows) {
    const width = rows[0].length, seen = new Float32Array(rows.length * width);
    rows.forEach((row, n) => seen.set(row, n * width));
    const { shape: [, actions], data: chosen } = network(seen, width);
    return rows.map((_, n) => chosen.subarray(n * actions, (n + 1) * actions));
  },
  nobody: (rows) => rows.map(() => world.nobody()),
};
const starts = data.starts, own = starts.length; // whoever draws gets an episode beside those given
starts.push(world.drawn());
const pilot = { name: "policy" };
const flown = (index) => world.play(starts[index], PILOTS[pilot.name]);
data.episodes = starts.map((_, index) => () => flown(index));

// Episodes that are flown here: by the policy, or by nobody.

const network = networkOf(data.graph);
const PILOTS = {
  policy: (row) => { const seen = row(); return network(seen, seen.length).data; },
  nobody: () => world.nobody(),
};
const starts = data.starts, own = starts.length; // whoever draws gets an episode beside those given
starts.push(world.drawn());
data.episodes = starts.map((start) => world.play(start, PILOTS.policy));

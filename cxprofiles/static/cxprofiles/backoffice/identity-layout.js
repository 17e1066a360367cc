// Where each identifier stands: rings around the strongest, always the same for the same picture, no label on another.

const LABEL_WIDTH = 132;
const RING = 128;
const FULL = 2 * Math.PI;

// `wide`: the page has room beside it; else rings are drawn upright, for a phone.
export function placed(drawing, wide) {
  const order = new Map(drawing.nodes.map((node, place) => [node.id, place]));
  const ties = tiesOf(drawing, order);
  const rings = ringsOf(drawing.nodes, ties);
  const places = new Map();
  let radius = 0;
  rings.forEach((ring, depth) => {
    if (depth === 0 && ring.length === 1) {
      places.set(ring[0], { x: 0, y: 0 });
      return;
    }
    const fan = sorted(ring, ties, places, order);
    const zigzag = fan.length > 24 ? 3 : fan.length > 10 ? 2 : 1;
    radius = Math.max(radius + RING, (fan.length * LABEL_WIDTH) / zigzag / FULL);
    fan.forEach((id, place) => {
      const angle = (place / fan.length) * FULL - Math.PI / 2 + depth * 0.35;
      const far = radius + (place % zigzag) * 76;
      places.set(id, { x: (wide ? 1.25 : 0.85) * far * Math.cos(angle), y: (wide ? 1 : 1.3) * far * Math.sin(angle) });
    });
    radius += (zigzag - 1) * 76;
  });
  return apart(places);
}

function tiesOf(drawing, order) {
  const ties = new Map(drawing.nodes.map((node) => [node.id, new Set()]));
  for (const { a, b } of [...drawing.links, ...drawing.decisions]) {
    if (!order.has(a) || !order.has(b)) continue;
    ties.get(a).add(b);
    ties.get(b).add(a);
  }
  return ties;
}

// Breadth first from the identifier with the most ties; what nothing ties stands outermost.
function ringsOf(nodes, ties) {
  const own = nodes.filter((node) => node.inside);
  const from = own.length ? own : nodes;
  const centre = from.reduce((best, node) => (ties.get(node.id).size > ties.get(best.id).size ? node : best));
  const seen = new Set([centre.id]);
  const rings = [[centre.id]];
  while (rings.at(-1).length) {
    const next = [];
    for (const id of rings.at(-1)) {
      for (const other of ties.get(id)) {
        if (!seen.has(other)) {
          seen.add(other);
          next.push(other);
        }
      }
    }
    rings.push(next);
  }
  rings.pop();
  const left = nodes.map((node) => node.id).filter((id) => !seen.has(id));
  if (left.length) rings.push(left);
  return rings;
}

// Next to what they hang on: by the angle of the tie that stands already, then as the table has them.
function sorted(ring, ties, places, order) {
  const angle = (id) => {
    const held = [...ties.get(id)].filter((other) => places.has(other)).map((other) => places.get(other));
    if (!held.length) return FULL;
    const x = held.reduce((sum, place) => sum + place.x, 0);
    const y = held.reduce((sum, place) => sum + place.y, 0);
    return x === 0 && y === 0 ? 0 : (Math.atan2(y, x) + Math.PI / 2 + FULL) % FULL;
  };
  return [...ring].sort((one, other) => angle(one) - angle(other) || order.get(one) - order.get(other));
}

// Push apart what still stands too close, in a few rounds; rows are 68 high, labels LABEL_WIDTH wide.
function apart(places) {
  const ids = [...places.keys()];
  if (ids.length > 160) return places;
  for (let round = 0; round < 60; round += 1) {
    let moved = false;
    for (let i = 0; i < ids.length; i += 1) {
      for (let j = i + 1; j < ids.length; j += 1) {
        const one = places.get(ids[i]);
        const other = places.get(ids[j]);
        const dx = other.x - one.x;
        const dy = other.y - one.y;
        if (Math.abs(dx) >= LABEL_WIDTH || Math.abs(dy) >= 76) continue;
        const push = (76 - Math.abs(dy)) / 2;
        const way = dy >= 0 ? 1 : -1;
        one.y -= way * push;
        other.y += way * push;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return places;
}

// How the drawing looks: colours from the page's own tokens, and a symbol for each kind of identifier.

const SHAPES = {
  user_id: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4 20c1-5 15-5 16 0",
  loyalty_id: "M3 6h18v12H3zM3 10h18M6 15h5",
  crm_id: "M5 4h14v16H5zM9 9h6M9 13h6",
  email: "M3 6h18v12H3zM3 7l9 7 9-7",
  phone: "M7 3l3 5-2 2c1 3 3 5 6 6l2-2 5 3c-1 4-4 4-8 2C7 16 4 12 4 7c0-2 1-4 3-4z",
  social_handle: "M16 12a4 4 0 1 1-1-3m1-1v5c0 3 4 3 4-1a8 8 0 1 0-4 7",
  device_id: "M7 3h10v18H7zM11 18h2",
  anonymous_id: "M3 5h18v14H3zM3 9h18M6 7h.1M9 7h.1",
};
const PERSON = SHAPES.user_id;
const DEVICE = SHAPES.device_id;

export function iconOf(node) {
  return SHAPES[node.type] ?? (node.person ? PERSON : DEVICE);
}

function symbol(path, colour) {
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="${colour}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/></svg>`;
  return `data:image/svg+xml;utf8,${encodeURIComponent(picture)}`;
}

export function drawingStyle(tokens) {
  const colour = (name) => tokens.getPropertyValue(`--${name}`).trim();
  const [ink, soft, edge, sheet, accent, good, bad, raised] = ["ink", "soft", "edge", "sheet", "accent", "good", "bad", "raised"].map(colour);
  const ground = colour("accent-ground");
  return [
    {
      selector: "node",
      style: {
        width: 38, height: 38, "border-width": 2, "background-width": "56%", "background-height": "56%",
        label: "data(label)", "text-wrap": "wrap", "text-max-width": 130, "text-valign": "bottom", "text-margin-y": 5,
        "font-size": 11, "line-height": 1.25, color: ink, "font-family": "system-ui, sans-serif",
        "text-background-color": raised, "text-background-opacity": 0.85, "text-background-padding": 2, "overlay-opacity": 0,
      },
    },
    { selector: "node.person", style: { shape: "ellipse", "background-color": ground, "border-color": accent, "background-image": (node) => symbol(node.data("icon"), accent) } },
    { selector: "node.device", style: { shape: "round-rectangle", "background-color": sheet, "border-color": edge, "background-image": (node) => symbol(node.data("icon"), soft) } },
    { selector: "node.ghost", style: { "border-style": "dashed", "border-color": edge, "background-color": sheet, "background-image": (node) => symbol(node.data("icon"), soft), color: soft } },
    { selector: "node.shared", style: { "border-color": bad, "border-style": "double", "border-width": 5 } },
    { selector: "node.chosen", style: { "border-width": 5, "border-style": "solid", "border-color": accent, "font-weight": "bold" } },
    { selector: "node.cursor", style: { "outline-width": 3, "outline-offset": 3, "outline-color": accent } },
    {
      selector: "edge",
      style: {
        width: 2, "curve-style": "bezier", "line-color": good, label: "data(mark)", "font-size": 15, "font-weight": "bold",
        "text-background-color": raised, "text-background-opacity": 1, "text-background-padding": 1, "overlay-opacity": 0,
      },
    },
    { selector: "edge.claimed", style: { "line-style": "dotted", width: 3 } },
    { selector: "edge.refused", style: { "line-style": "dashed", "line-color": bad, color: bad } },
    { selector: "edge.left_out", style: { "line-style": "dashed", "line-color": edge, color: soft } },
    { selector: "edge.decision", style: { width: 4, "line-color": accent, color: accent } },
    { selector: "edge.decision.different", style: { "line-color": bad, color: bad } },
    { selector: ".later", style: { opacity: 0.08, "text-opacity": 0, events: "no" } },
  ];
}

// The icons of the canvas, drawn on 20 × 20. Lines, but for those paths that begin with "fill ".
import { svg } from "./canvas_ring.js";

const PATHS = {
  brush: ["M16.8 3.2c-1-.9-2.1-.6-3 .3L8.2 9.4l2.5 2.5 5.8-5.7c.9-.9 1.2-2.1.3-3z", "M8.2 9.4c-2 .1-3.2 1.2-3.5 3-.2 1.5-.9 2.5-2 3.1 3.3 1.2 7.7.5 8-3.6"],
  eraser: ["M8 16.5l-4.3-4.3a1.5 1.5 0 0 1 0-2.1l6.4-6.4a1.5 1.5 0 0 1 2.1 0l4.1 4.1a1.5 1.5 0 0 1 0 2.1L9.7 16.5z", "M7 7l6 6", "M8 16.5h9"],
  rectangle: ["M3.5 7V3.5H7M9 3.5h2M13 3.5h3.5V7M16.5 9v2M16.5 13v3.5H13M11 16.5H9M7 16.5H3.5V13M3.5 11V9"],
  lasso: ["M10 3.5c4 0 7 1.9 7 4.5s-3 4.5-7 4.5c-.9 0-1.8-.1-2.6-.3M4.7 10.7C3.6 10 3 9 3 8c0-2.6 3-4.5 7-4.5", "M6 10.3a1.7 1.7 0 1 0 .1 3.3 1.7 1.7 0 0 0-.1-3.3z", "M6 13.7c.3 1.3 0 2.4-1.2 3.3"],
  pick: ["M12 5.5l2.5 2.5M10.8 4.3l4.9 4.9M13.6 6.4l1.3-1.6c.8-.8 1.5-.9 2-.4s.4 1.2-.4 2l-1.6 1.3", "M11.3 6.7l-6.5 6.5-1.1 3.1 3.1-1.1 6.5-6.5"],
  undo: ["M7 4L3.5 7.5 7 11", "M3.5 7.5h8a4.5 4.5 0 0 1 0 9H8"],
  redo: ["M13 4l3.5 3.5L13 11", "M16.5 7.5h-8a4.5 4.5 0 0 0 0 9H12"],
  invert: ["M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14z", "fill M10 3a7 7 0 0 1 0 14z"],
  clear: ["M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5l.8 11h7.4l.8-11M8.5 8.5v5M11.5 8.5v5"],
  more: ["fill M10 3.2a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM10 8.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM10 13.8a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3z"],
  zoomIn: ["M4 10h12M10 4v12"],
  zoomOut: ["M4 10h12"],
  fit: ["M3.5 7V3.5H7M13 3.5h3.5V7M16.5 13v3.5H13M7 16.5H3.5V13", "M7.5 7.5h5v5h-5z"],
  whole: ["M11.5 3.5h5v5M16.5 3.5l-5.5 5.5M8.5 16.5h-5v-5M3.5 16.5L9 11"],
  unwhole: ["M16.5 8.5h-5v-5M11.5 8.5l5.5-5.5M3.5 11.5h5v5M8.5 11.5L3 17"],
  replace: ["M10.5 3.5h-7v13h13v-7", "M3.5 14l4-4 3.5 3.5 2-2 3.5 3.5", "M15.5 2v6M12.5 5h6"],
  picture: ["M3 4h14v12H3z", "M3 13.5l4-4 3.5 3.5 2.5-2.5 4 4", "M13 6.7a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6z"],
};

export function icon(name) {
  const node = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", class: "canvas-icon" });
  for (const path of PATHS[name]) {
    const filled = path.startsWith("fill ");
    node.append(svg("path", { d: path.replace("fill ", ""), class: filled ? "filled" : "" }));
  }
  return node;
}

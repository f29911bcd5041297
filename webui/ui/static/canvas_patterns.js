// What fills the mask and what lies beneath a transparent picture, in the colours of the theme.

// Two tones by turns: one of them is seen on any picture, also on one in the accent's own colour.
export function stripes(pen, ratio) {
  const side = Math.round(12 * ratio);
  return pattern(pen, side, (tile) => {
    tile.fillStyle = colour("--accent");
    tile.globalAlpha = 0.58;
    tile.fillRect(0, 0, side, side);
    tile.globalAlpha = 0.5;
    tile.fillStyle = "#1c0803";
    for (const from of [-side, 0, side]) {
      tile.beginPath();
      for (const [x, y] of [[from, side], [from + side, 0], [from + 1.34 * side, 0], [from + 0.34 * side, side]]) tile.lineTo(x, y);
      tile.fill();
    }
  });
}

export function checkers(pen, ratio) {
  const side = Math.round(8 * ratio);
  return pattern(pen, 2 * side, (tile) => {
    tile.fillStyle = "#8c8580";
    tile.fillRect(0, 0, 2 * side, 2 * side);
    tile.fillStyle = "#6e6863";
    for (const place of [0, side]) tile.fillRect(place, place, side, side);
  });
}

function pattern(pen, side, draw) {
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  draw(canvas.getContext("2d"));
  return pen.createPattern(canvas, "repeat");
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#ff6240";

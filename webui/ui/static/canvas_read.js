// Pictures from files and addresses, and masks from pictures.
import { greyPng } from "./canvas_png.js";
import { TILE, Tiles } from "./canvas_tiles.js";

export const MOST_SIDE = 8192;

export class TooLarge extends Error {}

// An ImageBitmap of a Blob or of an address. Raises TooLarge, or what the browser says of files that are no pictures.
export async function decode(source) {
  const url = source instanceof Blob ? URL.createObjectURL(source) : source;
  try {
    const img = Object.assign(new Image(), { src: url });
    await img.decode();
    if (Math.max(img.naturalWidth, img.naturalHeight) > MOST_SIDE) throw new TooLarge();
    return await createImageBitmap(img);
  } finally {
    if (url !== source) URL.revokeObjectURL(url);
  }
}

// Calls `act(first row, ImageData)` for bands of 256 rows of a picture that is stretched to a size.
function eachBand(bitmap, width, height, act) {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  Object.assign(pen.canvas, { width, height: Math.min(TILE, height) });
  pen.imageSmoothingEnabled = false;
  for (let top = 0; top < height; top += TILE) {
    const rows = Math.min(TILE, height - top);
    pen.clearRect(0, 0, width, rows);
    pen.drawImage(bitmap, 0, -top, width, height);
    act(top, pen.getImageData(0, 0, width, rows));
  }
}

// A mask as large as asked. Brightness counts; of a picture in one colour with see-through parts, its opacity.
export function maskTiles(bitmap, width, height) {
  const value = isShape(bitmap) ? (data, at) => data[at + 3] : brightness;
  return tilesOf(bitmap, width, height, value);
}

// A mask of the see-through parts of a picture.
export function seeThrough(bitmap) {
  return tilesOf(bitmap, bitmap.width, bitmap.height, (data, at) => 255 - data[at + 3]);
}

// A sketch in white, as opaque as a picture is light.
export function lightTiles(bitmap, width, height) {
  const mask = tilesOf(bitmap, width, height, brightness);
  const tiles = new Tiles(width, height, 4);
  mask.list.forEach((shares, index) => {
    if (!shares) return;
    const tile = tiles.blank().fill(255);
    shares.forEach((share, place) => (tile[4 * place + 3] = share));
    tiles.list[index] = tiles.lightest(index, tile);
  });
  return tiles;
}

function brightness(data, at) {
  const light = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  return Math.round((light * data[at + 3]) / 255);
}

function tilesOf(bitmap, width, height, value) {
  const tiles = new Tiles(width, height, 1);
  eachBand(bitmap, width, height, (top, { data }) => {
    for (const index of tiles.touching({ left: 0, top, right: width, bottom: top + 1 })) {
      const [tile, box] = [tiles.blank(), tiles.box(index)];
      for (let y = 0; y < box.bottom - top; y++) {
        for (let x = box.left; x < box.right; x++) tile[y * TILE + x - box.left] = value(data, 4 * (y * width + x));
      }
      tiles.list[index] = tiles.lightest(index, tile);
    }
  });
  return tiles;
}

// One colour, and parts that are not there. Faint pixels do not tell their colour well and are passed over.
function isShape(bitmap) {
  let first = null;
  let isClear = false;
  let isOne = true;
  eachBand(bitmap, bitmap.width, bitmap.height, (_, { data }) => {
    for (let at = 0; at < data.length && isOne; at += 4) {
      isClear ||= data[at + 3] < 255;
      if (data[at + 3] < 128) continue;
      first ??= [data[at], data[at + 1], data[at + 2]];
      isOne = first.every((value, channel) => Math.abs(value - data[at + channel]) <= 3);
    }
  });
  return isClear && isOne;
}

// A layer of one channel as a PNG file.
export function maskFile(tiles) {
  return greyPng(tiles.width, tiles.height, bandsOf(tiles));
}

function* bandsOf(tiles) {
  const { width, height } = tiles;
  for (let top = 0; top < height; top += TILE) {
    const band = new Uint8Array(width * Math.min(TILE, height - top));
    for (const index of tiles.touching({ left: 0, top, right: width, bottom: top + 1 })) {
      const [tile, box] = [tiles.list[index], tiles.box(index)];
      for (let y = 0; tile && y < box.bottom - top; y++) {
        band.set(tile.subarray(y * TILE, y * TILE + box.right - box.left), y * width + box.left);
      }
    }
    yield band;
  }
}

// The picture with a layer of colours over it, as a PNG file.
export function sketchedFile(bitmap, faces) {
  const { width, height } = bitmap;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d");
  pen.drawImage(bitmap, 0, 0);
  faces?.draw(pen, { left: 0, top: 0, right: width, bottom: height }, (x) => x, (y) => y);
  return new Promise((resolve) => {
    canvas.toBlob((blob) => {
      Object.assign(canvas, { width: 0, height: 0 }); // phones count the memory of canvases that nobody sees
      resolve(blob);
    }, "image/png");
  });
}

// The colour of one pixel as [red, green, blue]; null outside the picture.
export function colourAt(bitmap, faces, [x, y]) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  if (left < 0 || top < 0 || left >= bitmap.width || top >= bitmap.height) return null;
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.drawImage(bitmap, left, top, 1, 1, 0, 0, 1, 1);
  faces.draw(pen, { left, top, right: left + 1, bottom: top + 1 }, (at) => at - left, (at) => at - top);
  return [...pen.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}

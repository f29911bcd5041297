// A grey PNG file, made row by row: a large mask needs no canvas of its own and is never touched by colour profiles.
// Layout: PNG specification (third edition), sections 5 and 11.2.

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

// `bands` gives the picture from top to bottom, any number of whole rows at a time, one byte for each pixel.
export async function greyPng(width, height, bands) {
  const packer = new CompressionStream("deflate");
  const packed = new Response(packer.readable).arrayBuffer();
  const writer = packer.writable.getWriter();
  for (const band of bands) await writer.write(filtered(band, width));
  await writer.close();
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8); // bits; the rest stays 0: grey, deflate, no interlacing
  const chunks = [chunk("IHDR", new Uint8Array(header.buffer)), chunk("IDAT", new Uint8Array(await packed)), chunk("IEND", new Uint8Array(0))];
  return new Blob([new Uint8Array(SIGNATURE), ...chunks], { type: "image/png" });
}

// Before each row stands how it was filtered: 0, not at all.
function filtered(band, width) {
  const rows = band.length / width;
  const bytes = new Uint8Array(rows * (width + 1));
  for (let y = 0; y < rows; y++) bytes.set(band.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return bytes;
}

function chunk(name, data) {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set([...name].map((letter) => letter.charCodeAt(0)), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc(bytes.subarray(4, data.length + 8)));
  return bytes;
}

function crc(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

// Opening pictures for the canvas: what cannot be opened is told.
import { MOST_SIDE, TooLarge, decode, maskFile, maskTiles } from "./canvas_read.js";
import { Sheet } from "./canvas_sheet.js";
import { say } from "./say.js";
import { toast } from "./toast.js";

// An ImageBitmap of a Blob or of an address of ours, or null after a message.
export async function openPicture(source) {
  try {
    return await decode(source);
  } catch (error) {
    if (!(error instanceof TooLarge) && !(error instanceof DOMException)) throw error;
    const text = error instanceof TooLarge ? say("canvas_too_large", { most: MOST_SIDE }) : say("canvas_no_picture");
    toast(text, { bad: true, seconds: 10 });
    return null;
  }
}

// A sheet with a picture, or null after a message. `old()` gives the sheet whose mask is kept, or null.
export async function openSheet(source, old) {
  const picture = await openPicture(source);
  if (!picture) return null;
  const [sheet, kept] = [new Sheet(picture, source), old()];
  if (!kept || kept.layers.mask.isEmpty) return sheet;
  if (kept.width === sheet.width && kept.height === sheet.height) return sheet.adopt(kept);
  const stretched = maskTiles(await decode(await maskFile(kept.layers.mask)), sheet.width, sheet.height);
  sheet.layers.mask = stretched;
  return sheet;
}

// Where the picture lies on the stage, and how large. All measures are CSS pixels from the stage's corner.

const MOST = 64; // CSS pixels for one pixel of the picture
const KEPT = 48; // this much of the picture stays in sight

export class View {
  constructor(changed) {
    Object.assign(this, { changed, width: 0, height: 0, picture: null, scale: 1, x: 0, y: 0, fitted: true });
  }

  // The stage has another size: what fitted fits again, else the middle stays the middle.
  resize(width, height) {
    const middle = [this.x - this.width / 2, this.y - this.height / 2];
    Object.assign(this, { width, height });
    if (this.fitted) return this.fit();
    this.place(middle[0] + width / 2, middle[1] + height / 2);
  }

  // Shows a picture, {width, height} in its own pixels.
  show(picture) {
    this.picture = picture;
    this.fit();
  }

  get fitting() {
    if (!this.picture || !this.width || !this.height) return 1;
    const edge = Math.min(16, this.width / 24);
    const scale = Math.min((this.width - 2 * edge) / this.picture.width, (this.height - 2 * edge) / this.picture.height);
    return Math.min(MOST, Math.max(scale, 1 / 128));
  }

  fit() {
    const scale = this.fitting;
    const { width = 0, height = 0 } = this.picture ?? {};
    Object.assign(this, { scale, fitted: true, x: (this.width - width * scale) / 2, y: (this.height - height * scale) / 2 });
    this.changed();
  }

  // Enlarges by a factor; the point of the picture at (x, y) stays there.
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    if (!this.picture) return;
    const least = Math.min(1, this.fitting) / 2;
    const scale = Math.min(MOST, Math.max(least, this.scale * factor));
    const ratio = scale / this.scale;
    Object.assign(this, { scale, fitted: false });
    this.place(x - (x - this.x) * ratio, y - (y - this.y) * ratio);
  }

  pan(dx, dy) {
    if (!this.picture) return;
    this.fitted = false;
    this.place(this.x + dx, this.y + dy);
  }

  place(x, y) {
    const { width, height } = this.picture ?? { width: 0, height: 0 };
    this.x = Math.min(this.width - KEPT, Math.max(KEPT - width * this.scale, x));
    this.y = Math.min(this.height - KEPT, Math.max(KEPT - height * this.scale, y));
    this.changed();
  }

  // A point of the stage as one of the picture: [x, y] in its pixels, with fractions; it may lie outside.
  toPicture(x, y) {
    return [(x - this.x) / this.scale, (y - this.y) / this.scale];
  }

  toStage([x, y]) {
    return [this.x + x * this.scale, this.y + y * this.scale];
  }

  // Moves the picture just so far that a point of it is in sight.
  reveal(point) {
    const [x, y] = this.toStage(point);
    const into = (value, size) => Math.min(size - 24, Math.max(24, value)) - value;
    const [dx, dy] = [into(x, this.width), into(y, this.height)];
    if (dx || dy) this.pan(dx, dy);
  }
}

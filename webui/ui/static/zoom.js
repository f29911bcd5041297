// A picture that can be enlarged and moved: wheel, drag, buttons and keys.

const MOST = 16;

export class Zoom {
  constructor(stage, img, changed) {
    Object.assign(this, { stage, img, changed, scale: 1, x: 0, y: 0, held: new Map() });
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => this.held.delete(event.pointerId));
    stage.addEventListener("dblclick", (event) => (this.scale > 1 ? this.fit() : this.by(2, event.clientX, event.clientY)));
  }

  fit() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.apply();
  }

  // Enlarges by a factor around a point of the window, or around the middle.
  by(factor, clientX = null, clientY = null) {
    const box = this.stage.getBoundingClientRect();
    const dx = clientX === null ? 0 : clientX - (box.left + box.width / 2);
    const dy = clientY === null ? 0 : clientY - (box.top + box.height / 2);
    const scale = Math.min(MOST, Math.max(1, this.scale * factor));
    const ratio = scale / this.scale;
    Object.assign(this, { x: dx - (dx - this.x) * ratio, y: dy - (dy - this.y) * ratio, scale });
    if (scale === 1) Object.assign(this, { x: 0, y: 0 });
    this.apply();
  }

  wheel(event) {
    event.preventDefault();
    this.by(Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
  }

  press(event) {
    this.held.set(event.pointerId, [event.clientX, event.clientY]);
    this.stage.setPointerCapture(event.pointerId);
  }

  move(event) {
    const before = this.held.get(event.pointerId);
    if (!before) return;
    const apart = this.apart();
    this.held.set(event.pointerId, [event.clientX, event.clientY]);
    if (this.held.size === 2 && apart) return void this.by(this.apart() / apart);
    if (this.scale === 1) return;
    this.x += event.clientX - before[0];
    this.y += event.clientY - before[1];
    this.apply();
  }

  // How far two fingers are from each other.
  apart() {
    const points = [...this.held.values()];
    return points.length === 2 ? Math.hypot(points[0][0] - points[1][0], points[0][1] - points[1][1]) : 0;
  }

  apply() {
    this.img.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.stage.classList.toggle("enlarged", this.scale > 1);
    this.changed(this.scale);
  }
}

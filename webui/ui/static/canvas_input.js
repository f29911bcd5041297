// Mouse, pen and fingers on the stage: painting, moving and zooming.

const YOUNG = 150; // milliseconds: a stroke so young was the first finger of two
const STILL = 8; // CSS pixels: so little is no movement
const TAP = 300; // milliseconds
const CLICK = 3; // CSS pixels: a click with a tool for areas fills nothing, also of a hand that is not quite steady

export class Input {
  // hooks: hasPicture(), isEngaged(), canPaint(), hovered(point or null), fit(); all points are CSS pixels of the stage.
  constructor(stage, { view, painter, hooks, signal }) {
    Object.assign(this, { stage, view, painter, hooks, held: new Map(), kind: "", mode: null, spaceHeld: false, began: 0, moved: 0 });
    const listen = (type, act, options = {}) => stage.addEventListener(type, (event) => hooks.hasPicture() && act(event), { signal, ...options });
    listen("pointerdown", (event) => this.press(event));
    listen("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) listen(end, (event) => this.release(event));
    listen("pointerleave", () => hooks.hovered(null));
    listen("wheel", (event) => this.wheel(event), { passive: false });
    listen("contextmenu", (event) => event.preventDefault());
    listen("dblclick", (event) => !this.isInside(this.local(event)) && hooks.fit());
  }

  local(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  isInside(point) {
    const [x, y] = this.view.toPicture(...point);
    return x >= 0 && y >= 0 && x < this.view.picture.width && y < this.view.picture.height;
  }

  press(event) {
    event.preventDefault();
    this.stage.toggleAttribute("data-pointed", true);
    this.stage.focus({ preventScroll: true });
    if (this.held.size && !this.joins(event)) return;
    this.kind = event.pointerType;
    this.stage.setPointerCapture(event.pointerId);
    this.held.set(event.pointerId, this.local(event));
    if (this.held.size === 1) this.begin(event);
    else if (this.held.size === 2) this.beginPinch(event);
  }

  // Fingers join fingers. A pen takes over from them: they are the hand that holds it, and count no more.
  joins(event) {
    if (this.kind !== "touch") return false;
    if (event.pointerType === "touch") return true;
    this.abandon();
    this.held.clear();
    return true;
  }

  begin(event) {
    Object.assign(this, { began: event.timeStamp, moved: 0 });
    const [left, middle, right, back] = [0, 1, 2, 5].map((button) => event.button === button); // 5: the other end of a pen
    if (middle || this.spaceHeld || !this.hooks.canPaint()) return this.setMode("pan");
    if (!left && !right && !back) return this.setMode("spent");
    this.setMode("paint");
    this.hooks.hovered(event.pointerType === "touch" ? null : this.local(event));
    this.painter.press(this.view.toPicture(...this.local(event)), { erase: right || back || event.altKey, straight: event.shiftKey });
  }

  // A second finger: what the first one has painted stays only if it was meant.
  beginPinch(event) {
    const meant = event.timeStamp - this.began > YOUNG && this.moved > STILL;
    if (this.mode === "paint" && meant) this.painter.release();
    else if (this.mode === "paint") this.painter.abandon();
    this.setMode("pinch");
  }

  setMode(mode) {
    this.mode = mode;
    this.stage.dataset.mode = mode ?? "";
  }

  move(event) {
    const point = this.local(event);
    if (event.pointerType !== "touch") this.hooks.hovered(point);
    const last = this.held.get(event.pointerId);
    if (!last) return;
    const before = this.fingers();
    this.held.set(event.pointerId, point);
    this.moved += Math.hypot(point[0] - last[0], point[1] - last[1]);
    if (this.mode === "pan") this.view.pan(point[0] - last[0], point[1] - last[1]);
    if (this.mode === "pinch" && this.held.size > 1) this.pinch(before, this.fingers());
    if (this.mode === "paint") this.painter.drag(this.path(event));
  }

  // All places that the pointer was at since the last event, as points of the picture.
  path(event) {
    const all = event.getCoalescedEvents?.() ?? [];
    return (all.length ? all : [event]).map((one) => this.view.toPicture(...this.local(one)));
  }

  // The middle of the first two fingers, and how far they are apart.
  fingers() {
    const [[ax, ay], [bx, by]] = [...this.held.values(), [0, 0]];
    return { x: (ax + bx) / 2, y: (ay + by) / 2, apart: Math.max(1, Math.hypot(ax - bx, ay - by)) };
  }

  pinch(before, after) {
    this.view.pan(after.x - before.x, after.y - before.y);
    this.view.zoom(after.apart / before.apart, after.x, after.y);
  }

  // After a pinch the finger that stays longer paints nothing.
  release(event) {
    if (!this.held.delete(event.pointerId)) return;
    if (this.mode === "paint" && this.painter.points && this.moved < CLICK) this.painter.abandon();
    if (this.mode === "paint") this.painter.release();
    if (this.mode !== "pinch" && this.mode !== "tapped") return this.setMode(null);
    if (this.mode === "pinch") this.setMode("tapped");
    if (this.held.size) return;
    if (event.timeStamp - this.began < TAP && this.moved < STILL) this.hooks.fit();
    this.setMode(null);
  }

  // The stroke under way is over, taken back (Esc, another picture) or kept (a step back by a key).
  abandon() {
    this.painter.abandon();
    if (this.held.size) this.setMode("spent");
  }

  finish() {
    if (this.painter.isBusy) this.painter.release();
    if (this.held.size) this.setMode("spent");
  }

  // With Ctrl or ⌘ (a pinch on a touch pad is told so, too) always; else only once the canvas was clicked,
  // or nobody could scroll past it.
  wheel(event) {
    const pinched = event.ctrlKey || event.metaKey;
    if (!pinched && !this.hooks.isEngaged()) return;
    event.preventDefault();
    const unit = event.deltaMode === 0 ? 1 : 16;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (!pinched && event.shiftKey) return this.view.pan(-(dx || dy), 0);
    if (!pinched && Math.abs(dx) > Math.abs(dy)) return this.view.pan(-dx, 0);
    const step = pinched ? Math.min(40, Math.max(-40, dy)) / 120 : dy / 400;
    this.view.zoom(Math.exp(-step), ...this.local(event));
  }
}

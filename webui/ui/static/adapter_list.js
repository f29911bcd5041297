// The cards of one kind, page after page as the person scrolls.
import { AdapterCard } from "./adapter_card.js";
import { api } from "./api.js";
import { el, write } from "./dom.js";
import { say } from "./say.js";

const PAGE = 60;
const AHEAD = "900px"; // how far below the edge the next page is asked for

export class AdapterList {
  // `about(card)` opens the details of one; `told(words)` hears how many there are.
  constructor(about, told) {
    Object.assign(this, { about, told, wish: null, cards: new Map(), total: 0, offset: 0, isBusy: false, asked: 0 });
    this.list = el("ul", { class: "adapter-list" });
    this.words = el("p", { class: "adapter-none", role: "status" });
    this.end = el("div", { class: "adapter-end" });
    this.node = el("div", { class: "adapter-scroll", tabindex: -1 }, this.list, this.words, this.end);
    this.watcher = new IntersectionObserver(([seen]) => seen.isIntersecting && this.more(), { root: this.node, rootMargin: AHEAD });
    this.watcher.observe(this.end);
  }

  // Shows what fits `{kind, search, sort}`. What is shown already stays until the answer is here.
  async show(wish) {
    Object.assign(this, { wish, offset: 0, total: 0, isBusy: false });
    await this.load(++this.asked);
    this.node.scrollTop = 0;
  }

  async more() {
    if (!this.wish || this.isBusy || this.offset === 0 || this.offset >= this.total) return;
    await this.load(this.asked);
  }

  async load(mine) {
    this.isBusy = true;
    const first = this.offset === 0;
    try {
      const { kind, ...how } = this.wish;
      const { total, cards } = await api.cards(kind, { ...how, offset: this.offset, limit: PAGE });
      if (mine !== this.asked) return;
      this.take(cards, first);
      Object.assign(this, { total, offset: this.offset + (cards.length || PAGE) });
      this.tell();
    } catch (error) {
      if (mine === this.asked) write(this.words, error.message);
    } finally {
      if (mine === this.asked) this.isBusy = false;
    }
    // A page that does not fill the view is followed by the next.
    this.watcher.unobserve(this.end);
    this.watcher.observe(this.end);
  }

  // Files come and go while pages are read: a card that is here already is not shown twice.
  take(cards, first) {
    if (first) this.cards.clear();
    const added = cards.filter((card) => !this.cards.has(card.name)).map((card) => new AdapterCard(card, this.about));
    for (const one of added) this.cards.set(one.card.name, one);
    const nodes = added.map((one) => one.node);
    if (first) this.list.replaceChildren(...nodes);
    else this.list.append(...nodes);
  }

  tell() {
    const { kind, search } = this.wish;
    const none = search ? say("adapters_none_found") : say(`adapters_none_${kind}`);
    write(this.words, this.total ? "" : none);
    this.told(this.total === 1 ? say("adapters_count_one") : say("adapters_count", { n: this.total.toLocaleString() }));
  }

  mark() {
    for (const one of this.cards.values()) one.mark();
  }

  // A card that was changed elsewhere.
  refresh(card) {
    this.cards.get(card.name)?.draw(card);
  }

  focus(name) {
    (this.cards.get(name)?.about ?? this.node).focus({ preventScroll: false });
  }
}

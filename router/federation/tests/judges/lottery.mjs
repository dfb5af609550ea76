/** Draws lots from a seed: mulberry32, tiny and good enough. */
export class Lottery {
  constructor(seed) {
    this.state = seed | 0;
  }

  /** From 0 to below 1. */
  draw() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  chance(odds) {
    return this.draw() < odds;
  }

  pick(list) {
    return list[Math.floor(this.draw() * list.length)];
  }
}

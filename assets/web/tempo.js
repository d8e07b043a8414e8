// Changes the speed at the same pitch: short windows of the audio are moved closer together or further apart,
// each to the position of best similarity with the previous one (waveform similarity overlap-add).

const HOP_S = 0.015
/** How far a window may be moved. */
const SEARCH_S = 0.008
/** Every second position is tried, with every second sample: periods of speech are much longer. */
const STEP = 2

export class Stretcher {
  #speed
  #hop
  #search
  /** Input that is still needed, and the index of its first sample. */
  #input = new Float32Array(0)
  #start = 0
  #taken = 0
  /** Windows so far, and the place in the input of the last one. */
  #count = 0
  #last = 0
  #given = 0

  /** A rate in hertz, and how many times as fast. */
  constructor(rate, speed) {
    this.#speed = speed
    this.#hop = Math.round(HOP_S * rate)
    this.#search = Math.round(SEARCH_S * rate)
  }

  /** Adds samples; returns the completed output (Float32Array). */
  push(samples) {
    if (this.#speed === 1) return samples
    this.#taken += samples.length
    return this.#work(samples)
  }

  /** Returns the last samples; nothing may be pushed afterwards. */
  finish() {
    if (this.#speed === 1) return new Float32Array(0)
    const left = Math.max(0, Math.round(this.#taken / this.#speed) - this.#given)
    const silence = new Float32Array(Math.ceil(left * this.#speed) + 4 * this.#hop + 2 * this.#search)
    return this.#work(silence).slice(0, left)
  }

  #work(samples) {
    this.#append(samples)
    const windows = []
    while (this.#need() <= this.#start + this.#input.length) windows.push(this.#window())
    const output = new Float32Array(windows.length * this.#hop)
    windows.forEach((window, index) => output.set(window, index * this.#hop))
    this.#given += output.length
    return output
  }

  #append(samples) {
    const first = Math.min(this.#last, Math.floor(this.#place()) - this.#search)
    const kept = this.#input.subarray(Math.max(0, first - this.#start))
    const joined = new Float32Array(kept.length + samples.length)
    joined.set(kept)
    joined.set(samples, kept.length)
    this.#start += this.#input.length - kept.length
    this.#input = joined
  }

  #place() {
    return this.#count * this.#hop * this.#speed
  }

  /** The end of the input that the next window needs. */
  #need() {
    return Math.max(Math.floor(this.#place()) + this.#search, this.#last + this.#hop) + this.#hop
  }

  /** The next samples: the end of the last window fades into the beginning of the next. */
  #window() {
    const hop = this.#hop
    const follows = this.#last + hop
    const next = this.#count === 0 ? 0 : this.#best(Math.floor(this.#place()), follows)
    const window = new Float32Array(hop)
    for (let index = 0; index < hop; index += 1) {
      const old = this.#at(follows + index)
      const share = this.#count === 0 ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * index) / hop)
      window[index] = old + share * (this.#at(next + index) - old)
    }
    this.#last = next
    this.#count += 1
    return window
  }

  /** The position near `place` that is most similar to the continuation. */
  #best(place, follows) {
    let best = place
    let highest = -Infinity
    const from = Math.max(this.#start, place - this.#search)
    for (let at = from; at <= place + this.#search; at += STEP) {
      let product = 0
      let power = 1e-9
      for (let index = 0; index < this.#hop; index += STEP) {
        const sample = this.#at(at + index)
        product += sample * this.#at(follows + index)
        power += sample * sample
      }
      const likeness = product / Math.sqrt(power)
      if (likeness > highest) [best, highest] = [at, likeness]
    }
    return best
  }

  #at(index) {
    return this.#input[index - this.#start] ?? 0
  }
}

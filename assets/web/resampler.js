// Converts sample rates in pieces, with the same result as for the whole.

/** Zero crossings of the kernel on either side. */
const CROSSINGS = 16
/** Points of the kernel's table, per sample. */
const DENSITY = 512

export class Resampler {
  #from
  #to
  #reach
  #kernel
  /** Input that is still needed, and the index of its first sample. */
  #input
  #start
  #taken = 0
  #given = 0

  /** Rates in hertz. */
  constructor(from, to) {
    this.#from = from
    this.#to = to
    // The cut-off is half of the lower of the two rates.
    const cutoff = Math.min(1, to / from)
    this.#reach = CROSSINGS / cutoff
    this.#kernel = tabulate(cutoff, this.#reach)
    this.#start = -Math.ceil(this.#reach)
    this.#input = new Float32Array(-this.#start)
  }

  /** Adds samples; returns the completed output (Float32Array). */
  push(samples) {
    if (this.#from === this.#to) return samples
    this.#taken += samples.length
    this.#append(samples)
    // An output at time t needs the input before t + reach.
    return this.#give(Math.ceil(((this.#taken - this.#reach) * this.#to) / this.#from))
  }

  /** Returns the last samples; nothing may be pushed afterwards. */
  finish() {
    if (this.#from === this.#to) return new Float32Array(0)
    this.#append(new Float32Array(Math.ceil(this.#reach) + 1))
    return this.#give(Math.ceil((this.#taken * this.#to) / this.#from))
  }

  #append(samples) {
    const first = Math.floor((this.#given * this.#from) / this.#to - this.#reach)
    const kept = this.#input.subarray(Math.min(Math.max(0, first - this.#start), this.#input.length))
    const joined = new Float32Array(kept.length + samples.length)
    joined.set(kept)
    joined.set(samples, kept.length)
    this.#start += this.#input.length - kept.length
    this.#input = joined
  }

  #give(end) {
    const output = new Float32Array(Math.max(0, end - this.#given))
    for (let index = 0; index < output.length; index += 1) {
      const time = ((this.#given + index) * this.#from) / this.#to
      const last = Math.min(Math.floor(time + this.#reach), this.#start + this.#input.length - 1)
      let sum = 0
      for (let at = Math.max(Math.ceil(time - this.#reach), this.#start); at <= last; at += 1) {
        const place = Math.abs(time - at) * DENSITY
        const below = Math.floor(place)
        const weight = this.#kernel[below] + (this.#kernel[below + 1] - this.#kernel[below]) * (place - below)
        sum += weight * this.#input[at - this.#start]
      }
      output[index] = sum
    }
    this.#given += output.length
    return output
  }
}

/** One half of a sinc under a Blackman window. */
function tabulate(cutoff, reach) {
  return Float32Array.from({ length: Math.ceil(reach * DENSITY) + 2 }, (_, index) => {
    const time = index / DENSITY
    if (time >= reach) return 0
    const phase = (Math.PI * time) / reach
    const window = 0.42 + 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase)
    const angle = Math.PI * cutoff * time
    return cutoff * window * (angle === 0 ? 1 : Math.sin(angle) / angle)
  })
}

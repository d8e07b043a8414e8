// The output queue: a ring buffer of samples at the output rate.
//
// In an audio worklet this file registers the processor. Pages without a secure origin have no
// worklets; they import it, and play in the page's thread.

/** The capacity of the ring buffer. The player never sends more. */
export const RING_S = 8
/** The buffered audio before playback starts. */
const START_S = 0.15
/** After each underrun this is doubled, within these limits. */
const MIN_RESTART_S = 0.3
const MAX_RESTART_S = 2
const REPORT_S = 0.04
/** The fade that avoids clicks. */
const FADE_IN_S = 0.003
const DECAY_S = 0.002

/** A ring buffer that the output reads, and that reports its position. */
export class SoundQueue {
  #tell
  #rate
  #ring
  #read = 0
  #available = 0
  #hasEnded = true
  #isPaused = false
  #isStarted = false
  #awaited_s = START_S
  #gain = 0
  #last = 0
  #decaying = 0
  #untold = 0
  #report = { generation: 0, played: 0, underruns: 0, state: 'finished' }

  /** A rate in hertz, and a callback for reports. */
  constructor(rate, tell) {
    this.#rate = rate
    this.#tell = tell
    this.#ring = new Float32Array(Math.ceil(RING_S * rate))
  }

  /** Handles a message. Samples of an older generation are dropped. */
  handle(message) {
    if (message.type === 'pause') {
      this.#isPaused = true
      this.#cut()
    } else if (message.type === 'resume') {
      this.#isPaused = false
    } else if (message.type === 'flush') {
      this.#flush(message)
    } else if (message.generation === this.#report.generation) {
      if (message.type === 'samples') this.#push(message.samples)
      if (message.type === 'end') this.#hasEnded = true
    }
  }

  /** Fills an output block. */
  read(output) {
    for (let index = 0; index < output.length; index += 1) {
      this.#decaying *= 1 - 1 / (DECAY_S * this.#rate)
      this.#last = this.#next() + this.#decaying
      output[index] = this.#last
    }
    const state = this.#state()
    this.#untold += output.length
    if (state !== this.#report.state || this.#untold >= REPORT_S * this.#rate) {
      this.#report.state = state
      this.#untold = 0
      this.#tell({ ...this.#report })
    }
  }

  #next() {
    if (this.#isPaused || !this.#mayPlay()) return 0
    const sample = this.#ring[this.#read] * this.#gain
    this.#gain = Math.min(1, this.#gain + 1 / (FADE_IN_S * this.#rate))
    this.#read = (this.#read + 1) % this.#ring.length
    this.#available -= 1
    this.#report.played += 1
    return sample
  }

  #mayPlay() {
    if (this.#isStarted && this.#available > 0) return true
    if (this.#isStarted && !this.#hasEnded) {
      this.#report.underruns += 1
      this.#awaited_s = Math.min(MAX_RESTART_S, Math.max(MIN_RESTART_S, 2 * this.#awaited_s))
    }
    if (this.#isStarted) this.#cut()
    const isEnough = this.#available >= this.#awaited_s * this.#rate || this.#hasEnded
    this.#isStarted = isEnough && this.#available > 0
    return this.#isStarted
  }

  #state() {
    if (this.#available === 0 && this.#hasEnded) return 'finished'
    if (this.#isPaused) return 'paused'
    return this.#isStarted ? 'playing' : 'waiting'
  }

  #push(samples) {
    const start = (this.#read + this.#available) % this.#ring.length
    const head = samples.subarray(0, this.#ring.length - start)
    this.#ring.set(head, start)
    this.#ring.set(samples.subarray(head.length), 0)
    this.#available += samples.length
  }

  #flush({ generation, isNew }) {
    this.#cut()
    this.#read = 0
    this.#available = 0
    this.#hasEnded = false
    this.#isStarted = false
    this.#report.generation = generation
    this.#report.played = 0
    if (isNew) {
      this.#report.underruns = 0
      this.#awaited_s = START_S
    }
  }

  /** Fades out the last samples, and fades in the next ones. */
  #cut() {
    this.#decaying = this.#last
    this.#gain = 0
  }
}

if (typeof AudioWorkletProcessor === 'function') {
  registerProcessor(
    'sound-queue',
    class extends AudioWorkletProcessor {
      #queue = new SoundQueue(sampleRate, report => this.port.postMessage(report))

      constructor() {
        super()
        this.port.onmessage = event => this.#queue.handle(event.data)
      }

      process(inputs, [[output]]) {
        this.#queue.read(output)
        return true
      }
    },
  )
}

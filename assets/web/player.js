// Plays a speech while it arrives, and afterwards from any position, at any speed and volume. All samples are kept
// here; the output queue is refilled whenever it reports its position.

import { Resampler } from './resampler.js'
import { RING_S, SoundQueue } from './sound-queue.js'
import { Stretcher } from './tempo.js'
import { toFloat } from './wav.js'

/** How much is prepared at once, in playing time. */
const PORTION_S = 0.25
/** The duration of a volume change, so that it does not click. */
const VOLUME_S = 0.02
/** Frames of a block without worklets. */
const BLOCK_FRAMES = 2048

export class Player {
  #onChange
  #context = null
  #send = null
  #opening = null
  #samples = new Int16Array(0)
  #count = 0
  #rate = 0
  #isComplete = true
  #stretcher = null
  #resampler = null
  #gain = null
  #volume = 1
  #speed = 1
  /** The range that the queue was filled from, in samples. */
  #base = 0
  #fed = 0
  /** Frames at the output rate sent since then, and whether the queue knows the end. */
  #sent = 0
  #hasSentEnd = false
  #generation = 0
  #report = { played: 0, underruns: 0, state: 'finished' }
  #wantsToPlay = false

  /** Calls back when the audio or its position has changed. */
  constructor(onChange) {
    this.#onChange = onChange
  }

  /** Must be called from a click or key press: browsers allow audio output at no other time. */
  unlock() {
    this.#context ??= new AudioContext({ latencyHint: 'balanced' })
    if (this.#context.state !== 'running') this.#context.resume().catch(() => {})
    this.#opening ??= this.#open().catch(error => {
      this.#opening = null
      throw error
    })
    return this.#opening
  }

  /** Discards the last speech and waits for one at this rate in hertz. */
  begin(sampleRate) {
    this.#samples = new Int16Array(sampleRate * 30)
    this.#count = 0
    this.#rate = sampleRate
    this.#isComplete = false
    this.#report = { ...this.#report, underruns: 0 }
    this.#wantsToPlay = true
    this.#goTo(0, true)
  }

  /** Adds samples (Int16Array). */
  push(samples) {
    if (this.#count + samples.length > this.#samples.length) {
      const larger = new Int16Array(2 * (this.#count + samples.length))
      larger.set(this.#samples.subarray(0, this.#count))
      this.#samples = larger
    }
    this.#samples.set(samples, this.#count)
    this.#count += samples.length
    this.#feed()
  }

  /** Loads a complete speech, and waits at its beginning. */
  load(samples, sampleRate) {
    this.begin(sampleRate)
    this.#wantsToPlay = false
    this.push(samples)
    this.end()
    this.pause()
  }

  /** Marks the speech as complete. */
  end() {
    this.#isComplete = true
    this.#feed()
    this.#onChange()
  }

  play() {
    this.unlock()
    if (this.state === 'finished') this.#goTo(0)
    this.#wantsToPlay = true
    this.#send?.({ type: 'resume' })
    this.#onChange()
  }

  pause() {
    this.#wantsToPlay = false
    this.#send?.({ type: 'pause' })
    this.#onChange()
  }

  /** Seeks to a position in seconds. */
  seek(position_s) {
    this.#goTo(Math.max(0, Math.min(Math.round(position_s * this.#rate), this.#count)))
    this.#onChange()
  }

  /** Sets the volume, from 0 to 1. */
  set volume(volume) {
    this.#volume = volume
    this.#gain?.gain.setTargetAtTime(volume, this.#context.currentTime, VOLUME_S)
  }

  /** Sets the playback speed, at the same pitch. */
  set speed(speed) {
    if (speed === this.#speed) return
    const position = this.#position
    const isFinished = this.state === 'finished'
    this.#speed = speed
    if (this.#rate && !isFinished) this.#goTo(position)
    this.#onChange()
  }

  /** The samples so far (Int16Array). */
  get samples() {
    return this.#samples.subarray(0, this.#count)
  }

  get sampleRate() {
    return this.#rate
  }

  get length_s() {
    return this.#rate ? this.#count / this.#rate : 0
  }

  get position_s() {
    return this.#rate ? this.#position / this.#rate : 0
  }

  /** How often playback had to wait for the server. */
  get underruns() {
    return this.#report.underruns
  }

  /** `waiting` for enough audio, `playing`, `paused`, or `finished`. */
  get state() {
    if (this.#isComplete && this.#position >= this.#count) return 'finished'
    if (!this.#wantsToPlay) return 'paused'
    return this.#report.state === 'playing' ? 'playing' : 'waiting'
  }

  get #position() {
    if (!this.#context) return this.#base
    if (this.#hasSentEnd && this.#report.played >= this.#sent) return this.#count
    const played = Math.floor((this.#report.played * this.#rate * this.#speed) / this.#context.sampleRate)
    return Math.min(this.#base + played, this.#count)
  }

  async #open() {
    const context = this.#context
    this.#gain = context.createGain()
    this.#gain.gain.value = this.#volume
    this.#gain.connect(context.destination)
    const hear = report => this.#hear(report)
    if (context.audioWorklet) {
      await context.audioWorklet.addModule(new URL('sound-queue.js', import.meta.url))
      const node = new AudioWorkletNode(context, 'sound-queue', { numberOfInputs: 0, outputChannelCount: [1] })
      node.port.onmessage = event => hear(event.data)
      node.connect(this.#gain)
      this.#send = message => node.port.postMessage(message, message.samples ? [message.samples.buffer] : [])
    } else {
      const queue = new SoundQueue(context.sampleRate, hear)
      const node = context.createScriptProcessor(BLOCK_FRAMES, 0, 1)
      node.onaudioprocess = event => queue.read(event.outputBuffer.getChannelData(0))
      node.connect(this.#gain)
      this.#send = message => queue.handle(message)
    }
    if (this.#rate) this.#goTo(0, true)
  }

  #hear(report) {
    if (report.generation !== this.#generation) return
    this.#report = report
    this.#feed()
    this.#onChange()
  }

  #goTo(position, isNew = false) {
    this.#generation += 1
    this.#base = position
    this.#fed = position
    this.#sent = 0
    this.#hasSentEnd = false
    this.#report = { ...this.#report, played: 0, state: 'waiting' }
    if (!this.#send) return
    this.#stretcher = new Stretcher(this.#rate, this.#speed)
    this.#resampler = new Resampler(this.#rate, this.#context.sampleRate)
    this.#send({ type: 'flush', generation: this.#generation, isNew })
    this.#send({ type: this.#wantsToPlay ? 'resume' : 'pause' })
    this.#feed()
  }

  #feed() {
    if (!this.#send || !this.#resampler || this.#hasSentEnd) return
    const rate = this.#context.sampleRate
    const room = (RING_S - 2 * PORTION_S) * rate
    while (this.#fed < this.#count && this.#sent - this.#report.played < room) {
      const end = Math.min(this.#count, this.#fed + Math.ceil(PORTION_S * this.#speed * this.#rate))
      const portion = this.#stretcher.push(toFloat(this.#samples.subarray(this.#fed, end)))
      this.#give(this.#resampler.push(portion))
      this.#fed = end
    }
    if (this.#isComplete && this.#fed === this.#count) {
      this.#give(this.#resampler.push(this.#stretcher.finish()))
      this.#give(this.#resampler.finish())
      this.#send({ type: 'end', generation: this.#generation })
      this.#hasSentEnd = true
    }
  }

  #give(samples) {
    this.#sent += samples.length
    if (samples.length > 0) this.#send({ type: 'samples', generation: this.#generation, samples })
  }
}

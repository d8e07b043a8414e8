// Draws the waveform of the speech while it arrives.

const BIN_S = 0.01
const BAR_PX = 3
const GAP_PX = 2
const MIN_BAR_PX = 3
/** The exponent that makes quiet parts visible. */
const EXPONENT = 0.6

export class Waveform {
  #canvas
  #peaks = []
  #binSamples = 1
  #rate = 1
  #count = 0
  #expected_s = 1
  #shown_s = 1
  #isComplete = false

  constructor(canvas) {
    this.#canvas = canvas
  }

  /** Starts a new speech of about this length. */
  begin(sampleRate, expected_s) {
    this.#peaks = []
    this.#rate = sampleRate
    this.#binSamples = Math.round(BIN_S * sampleRate)
    this.#count = 0
    this.#expected_s = expected_s
    this.#shown_s = expected_s
    this.#isComplete = false
  }

  push(samples) {
    for (const sample of samples) {
      const bin = Math.floor(this.#count / this.#binSamples)
      this.#peaks[bin] = Math.max(this.#peaks[bin] ?? 0, Math.abs(sample) / 32768)
      this.#count += 1
    }
  }

  end() {
    this.#isComplete = true
  }

  /** The length in seconds that the whole width stands for. */
  get span_s() {
    const length_s = this.#count / this.#rate
    if (this.#isComplete) return Math.max(length_s, 0.1)
    while (length_s > 0.95 * this.#expected_s) this.#expected_s *= 1.25
    return this.#expected_s
  }

  /** Draws with the playback position; true while the animation runs. */
  draw(position_s, isCalm) {
    const canvas = this.#canvas
    const style = getComputedStyle(canvas)
    const density = devicePixelRatio || 1
    const [width, height] = [canvas.clientWidth, canvas.clientHeight]
    if (canvas.width !== Math.round(width * density)) canvas.width = Math.round(width * density)
    if (canvas.height !== Math.round(height * density)) canvas.height = Math.round(height * density)
    const away = this.span_s - this.#shown_s
    this.#shown_s = isCalm || Math.abs(away) < 0.01 ? this.span_s : this.#shown_s + 0.2 * away
    const brush = canvas.getContext('2d')
    brush.setTransform(density, 0, 0, density, 0, 0)
    brush.clearRect(0, 0, width, height)
    const bars = Math.floor((width + GAP_PX) / (BAR_PX + GAP_PX))
    const barSpan_s = this.#shown_s / bars
    for (let bar = 0; bar < bars; bar += 1) {
      const start_s = bar * barSpan_s
      const loudness = this.#loudness(start_s, start_s + barSpan_s)
      const kind = loudness === null ? '--wave-empty' : start_s < position_s ? '--wave-played' : '--wave'
      const length = Math.max(MIN_BAR_PX, (loudness ?? 0) ** EXPONENT * height)
      brush.fillStyle = style.getPropertyValue(kind)
      brush.beginPath()
      brush.roundRect(bar * (BAR_PX + GAP_PX), (height - length) / 2, BAR_PX, length, BAR_PX / 2)
      brush.fill()
    }
    return this.#shown_s !== this.span_s
  }

  /** The highest peak between two times; null where nothing has arrived. */
  #loudness(start_s, end_s) {
    const start = Math.floor(start_s / BIN_S)
    if (start >= this.#peaks.length) return null
    const end = Math.max(start + 1, Math.floor(end_s / BIN_S))
    return this.#peaks.slice(start, end).reduce((highest, peak) => Math.max(highest, peak), 0)
  }
}

// WAV with 16 bits and one channel: read in pieces, and written as a whole.

const HEADER_BYTES = 44
const PCM = 1
const BYTES_PER_SAMPLE = 2

/** Reads a WAV in pieces of any size. */
export class WavReader {
  /** In hertz; unknown until the header has arrived. */
  sampleRate = 0
  #rest = new Uint8Array(0)
  #hasData = false

  /** Adds bytes; returns the completed samples (Int16Array). */
  push(bytes) {
    const joined = new Uint8Array(this.#rest.length + bytes.length)
    joined.set(this.#rest)
    joined.set(bytes, this.#rest.length)
    this.#rest = joined
    if (!this.#hasData && !this.#readHeader()) return new Int16Array(0)
    const count = Math.floor(this.#rest.length / BYTES_PER_SAMPLE)
    const view = new DataView(this.#rest.buffer, this.#rest.byteOffset)
    const samples = Int16Array.from({ length: count }, (_, index) => view.getInt16(index * BYTES_PER_SAMPLE, true))
    this.#rest = this.#rest.slice(count * BYTES_PER_SAMPLE)
    return samples
  }

  #readHeader() {
    const bytes = this.#rest
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const word = at => String.fromCharCode(...bytes.subarray(at, at + 4))
    if (bytes.length < 12) return false
    if (word(0) !== 'RIFF' || word(8) !== 'WAVE') throw new Error('The server’s response is not a WAV file.')
    for (let at = 12; at + 8 <= bytes.length; ) {
      const size = view.getUint32(at + 4, true)
      const content = at + 8
      if (word(at) === 'data') {
        if (!this.sampleRate) throw new Error('The server’s WAV file has no format.')
        this.#hasData = true
        this.#rest = bytes.slice(content)
        return true
      }
      if (content + size > bytes.length) return false
      if (word(at) === 'fmt ') this.#readFormat(view, content)
      at = content + size + (size % 2)
    }
    return false
  }

  #readFormat(view, at) {
    const [kind, channels, bits] = [0, 2, 14].map(offset => view.getUint16(at + offset, true))
    if (kind !== PCM || channels !== 1 || bits !== 8 * BYTES_PER_SAMPLE) {
      throw new Error('The server’s WAV file is not 16-bit mono.')
    }
    this.sampleRate = view.getUint32(at + 4, true)
  }
}

/** A complete WAV file (Blob) of these samples (Int16Array). */
export function wavFile(samples, sampleRate) {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + samples.length * BYTES_PER_SAMPLE))
  const word = (at, text) => [...text].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)))
  word(0, 'RIFF')
  view.setUint32(4, view.byteLength - 8, true)
  word(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, PCM, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * BYTES_PER_SAMPLE, true)
  view.setUint16(32, BYTES_PER_SAMPLE, true)
  view.setUint16(34, 8 * BYTES_PER_SAMPLE, true)
  word(36, 'data')
  view.setUint32(40, samples.length * BYTES_PER_SAMPLE, true)
  samples.forEach((sample, index) => view.setInt16(HEADER_BYTES + index * BYTES_PER_SAMPLE, sample, true))
  return new Blob([view.buffer], { type: 'audio/wav' })
}

/** Converts samples from -1 to 1 to 16 bits. */
export function toInt16(samples) {
  return Int16Array.from(samples, sample => Math.round(Math.max(-1, Math.min(1, sample)) * 32767))
}

/** Converts 16-bit samples to -1 to 1. */
export function toFloat(samples) {
  return Float32Array.from(samples, sample => sample / 32768)
}

// Audio worklet: passes on the samples of the microphone, in pieces.

const PIECE_FRAMES = 2048

registerProcessor(
  'recorder',
  class extends AudioWorkletProcessor {
    #piece = new Float32Array(PIECE_FRAMES)
    #count = 0

    process([[input]]) {
      if (!input) return true
      this.#piece.set(input, this.#count)
      this.#count += input.length
      if (this.#count === PIECE_FRAMES) {
        this.port.postMessage(this.#piece, [this.#piece.buffer])
        this.#piece = new Float32Array(PIECE_FRAMES)
        this.#count = 0
      }
      return true
    }
  },
)

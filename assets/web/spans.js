// The parts of a text that are spoken, and when: collected from the events of a speech. They are words or, if the
// model doesn't know their times, sentences.

const EVENT = /^speech\.(sentence|word)\.(start|end)$/

/** The timed parts of a text, in order. */
export class Spans {
  /**
   * As `{ from, to, start_s, stop_s }`: offsets into the text in UTF-16 units, and seconds of the sound. A part
   * that has not ended stops at infinity.
   */
  list = []
  #unit = 'sentence'

  /** Takes an event of the speech; others than those with times change nothing. */
  take(event) {
    if (event.type === 'speech.timestamps') this.#unit = event.word_times ? 'word' : 'sentence'
    const [, unit, edge] = EVENT.exec(event.type) ?? []
    if (unit !== this.#unit) return
    const [from, to] = event.utf16
    const last = this.list.at(-1)
    // All words of a number stand for the same part.
    const isSame = last?.from === from && last.to === to
    if (edge === 'end') {
      if (isSame) last.stop_s = event.end
    } else if (isSame) {
      last.stop_s = Infinity
    } else if (from < to && from >= (last?.to ?? 0)) {
      this.list.push({ from, to, start_s: event.start, stop_s: Infinity })
    }
  }
}

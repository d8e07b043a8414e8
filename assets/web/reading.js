// The spoken text, with the part that is being played marked.

/** A text that is marked during playback. */
export class Reading {
  #element
  #text = ''
  #spans = []
  #parts = []
  #marked = -1

  /** The element that shows the text; hidden while no times are known. */
  constructor(element) {
    this.#element = element
  }

  /**
   * Shows a text with its timed parts, in order. A span is
   * `{ from, to, start_s, stop_s }`: offsets into the text in UTF-16 units, and seconds of the sound. Spans
   * may be sentences or words.
   */
  show(text, spans) {
    const isSame = text === this.#text && spans.length === this.#spans.length
    this.#text = text
    this.#spans = spans
    this.#element.hidden = spans.length === 0
    if (isSame) return
    this.#marked = -1
    this.#parts = []
    const nodes = []
    let at = 0
    for (const { from, to } of spans) {
      const part = document.createElement('span')
      part.textContent = text.slice(from, to)
      nodes.push(text.slice(at, from), part)
      this.#parts.push(part)
      at = to
    }
    this.#element.replaceChildren(...nodes, text.slice(at))
  }

  /** Marks the part at this time; nothing if it is null. */
  mark(position_s) {
    const isHeard = span => span.start_s <= position_s && position_s < span.stop_s
    const next = position_s === null ? -1 : this.#spans.findIndex(isHeard)
    if (next === this.#marked) return
    this.#parts[this.#marked]?.classList.remove('heard')
    this.#marked = next
    const part = this.#parts[next]
    if (!part) return
    part.classList.add('heard')
    // The page must not scroll: the user may be writing.
    const { offsetTop, offsetHeight } = part
    const { scrollTop, clientHeight } = this.#element
    if (offsetTop < scrollTop || offsetTop + offsetHeight > scrollTop + clientHeight) {
      this.#element.scrollTop = offsetTop - clientHeight / 3
    }
  }
}

/**
 * The spans of the sentences that a server reports, as `{ text, start_s }`. A sentence that is not found in the
 * text gets none: sentences are reported as spoken, and may be written differently.
 */
export function spansOf(text, sentences) {
  const letters = lettersOf(text)
  const spans = []
  let begin = 0
  sentences.forEach((sentence, index) => {
    const wanted = lettersOf(sentence.text).plain
    const found = wanted === '' ? -1 : letters.plain.indexOf(wanted, begin)
    if (found < 0) return
    begin = found + wanted.length
    const from = letters.places[found]
    const to = endOfSentence(text, letters.places[begin - 1] + 1)
    spans.push({ from, to, start_s: sentence.start_s, stop_s: sentences[index + 1]?.start_s ?? Infinity })
  })
  return spans
}

/** Letters and digits in small letters, and where in the text each of them is. */
function lettersOf(text) {
  let plain = ''
  const places = []
  for (const { 0: letter, index } of text.matchAll(/[\p{L}\p{N}]/gu)) {
    const small = letter.toLowerCase()
    plain += small
    for (let unit = 0; unit < small.length; unit += 1) places.push(index + Math.min(unit, letter.length - 1))
  }
  return { plain, places }
}

/** Includes the punctuation after the last letter. */
function endOfSentence(text, end) {
  const marks = /^[^\p{L}\p{N}\s]+/u.exec(text.slice(end))
  return end + (marks ? marks[0].length : 0)
}

// The spoken text, with the part that is being played marked. A click on a part plays from there.

/** Positions are whole samples, and may lie a little before the time of a part. */
const ROUNDING_S = 0.001

/** A text that is marked during playback. */
export class Reading {
  #element
  #text = null
  #spans = []
  #parts = []
  #marked = -1
  #position_s = 0

  /** The element that shows the text, hidden while no times are known. `jump` is called with a time in seconds. */
  constructor(element, jump = () => {}) {
    this.#element = element
    element.addEventListener('click', event => {
      const span = this.#spans[this.#parts.indexOf(event.target)]
      // A text that is being selected is not clicked.
      if (span && getSelection().isCollapsed) jump(span.start_s)
    })
    element.addEventListener('keydown', event => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
      const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)
      const span = step && isPlain ? this.#spans[Math.max(0, this.#current() + step)] : null
      if (!span) return
      event.preventDefault()
      jump(span.start_s)
    })
  }

  /**
   * Shows a text with its timed parts, in order, as `Spans` lists them. Called again with the same list, it adds what
   * the list has got since.
   */
  show(text, spans) {
    if (text !== this.#text || spans !== this.#spans) {
      this.#text = text
      this.#spans = spans
      this.#parts = []
      this.#marked = -1
      this.#element.replaceChildren(text)
    }
    this.#element.hidden = spans.length === 0
    for (const { from, to } of spans.slice(this.#parts.length)) {
      const rest = this.#element.lastChild
      const begin = text.length - rest.length
      const part = document.createElement('span')
      part.className = 'part'
      part.textContent = text.slice(from, to)
      rest.replaceWith(text.slice(begin, from), part, document.createTextNode(text.slice(to)))
      this.#parts.push(part)
    }
  }

  /** Marks the part at this time; nothing if it is null. */
  mark(position_s) {
    this.#position_s = position_s ?? Infinity
    const next = position_s === null ? -1 : this.#current()
    const at_s = position_s + ROUNDING_S
    const heard = at_s < this.#spans[next]?.stop_s ? next : -1
    if (heard === this.#marked) return
    this.#parts[this.#marked]?.classList.remove('heard')
    this.#marked = heard
    const part = this.#parts[heard]
    if (!part) return
    part.classList.add('heard')
    // The page must not scroll: the user may be writing.
    const { offsetTop, offsetHeight } = part
    const { scrollTop, clientHeight } = this.#element
    if (offsetTop < scrollTop || offsetTop + offsetHeight > scrollTop + clientHeight) {
      this.#element.scrollTop = offsetTop - clientHeight / 3
    }
  }

  /** The index of the last part that has begun; -1 if none has. */
  #current() {
    return this.#spans.findLastIndex(span => span.start_s <= this.#position_s + ROUNDING_S)
  }
}

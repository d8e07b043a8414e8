// Small helpers for the page's elements.

/** The element with this id. */
export const find = id => document.getElementById(id)

/** Shows or hides the element with this id. */
export function show(id, isShown = true) {
  find(id).hidden = !isShown
}

/** Seconds as minutes and seconds. */
export function clock(seconds) {
  const whole = Math.floor(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** Adds options, as `[value, text]`, to a list or a group of it. */
export function fill(parent, options) {
  parent.replaceChildren(...options.map(([value, text]) => new Option(text, value)))
}

/** Offers a Blob as a download. */
export function save(blob, name) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

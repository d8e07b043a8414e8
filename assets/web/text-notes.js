// Warnings about the text, shown below it while it is typed. The text is checked when typing pauses;
// with older servers only the response to a speech has warnings.

import * as api from './api.js'
import { isTooLong } from './choices.js'
import { find } from './dom.js'
import { warningInWords } from './words.js'

const PAUSE_MS = 500
/** Codes of errors that typing can cause and mend. */
const ABOUT_TEXT = ['nothing_to_say', 'invalid_markup']

let isOffered = true
let pause = 0
let asking = null
/** The time of the next allowed check, in the clock of `performance.now()`. */
let quietUntil_ms = 0

export function listen() {
  find('text').addEventListener('input', checkSoon)
  find('model').addEventListener('change', checkSoon)
}

/** Checks the text once typing pauses. */
export function checkSoon() {
  clearTimeout(pause)
  asking?.abort()
  if (find('text').value.trim() === '') show([])
  else if (isOffered && !isTooLong()) pause = setTimeout(check, PAUSE_MS)
}

/** Shows the warnings of a speech's response, unless they are shown already. */
export function tell(warnings) {
  clearTimeout(pause)
  asking?.abort()
  if (find('text-notes').childElementCount === 0) show(warnings)
}

async function check() {
  if (performance.now() < quietUntil_ms) return
  asking = new AbortController()
  const { signal } = asking
  try {
    const { warnings } = await api.check(find('text').value, find('model').value, signal)
    if (!signal.aborted) show(warnings)
  } catch (error) {
    if (signal.aborted) return
    // Errors are shown when the user waits for the server.
    if ([404, 405].includes(error.status)) {
      isOffered = false
      return
    }
    if (error.retryAfter_s) quietUntil_ms = performance.now() + 1000 * error.retryAfter_s
    show(ABOUT_TEXT.includes(error.code) ? [{ message: error.message }] : [])
  }
}

function show(warnings) {
  const list = find('text-notes')
  const told = [...list.children].map(entry => entry.firstChild.textContent)
  const messages = warnings.map(warningInWords)
  // Screen readers must not announce it again.
  if (told.join('\n') === messages.join('\n')) return
  list.replaceChildren(...warnings.map((warning, index) => entryOf(warning, messages[index])))
}

function entryOf(warning, message) {
  const entry = document.createElement('li')
  entry.append(message)
  const part = warning.sentence ?? warning.sentences?.[0] ?? warning.characters?.[0]
  if (part && find('text').value.includes(part)) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'quiet'
    button.textContent = 'Show'
    button.addEventListener('click', () => select(part))
    entry.append(' ', button)
  }
  return entry
}

function select(part) {
  const text = find('text')
  const at = text.value.indexOf(part)
  text.focus()
  if (at >= 0) text.setSelectionRange(at, at + part.length)
}

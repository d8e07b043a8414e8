// What is doubtful about the text, told under it while it is typed. The server is asked once typing pauses;
// older servers can't be asked, and then only the answer to a speech tells.

import * as api from './api.js'
import { isTooLong } from './choices.js'
import { find } from './dom.js'
import { warningInWords } from './words.js'

const PAUSE_MS = 500

let isOffered = true
let pause = 0
let asking = null
/** Until when the server has asked for patience, as `performance.now()` counts. */
let quietUntil_ms = 0

export function listen() {
  find('text').addEventListener('input', checkSoon)
  find('model').addEventListener('change', checkSoon)
}

/** Has the text checked once nothing more is typed. */
export function checkSoon() {
  clearTimeout(pause)
  asking?.abort()
  if (find('text').value.trim() === '') show([])
  else if (isOffered && !isTooLong()) pause = setTimeout(check, PAUSE_MS)
}

/** Tells what a speech's answer says about its text, unless that is told already. */
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
    // What keeps the server from answering is told where somebody waits for it.
    if ([404, 405].includes(error.status)) {
      isOffered = false
      return
    }
    if (error.retryAfter_s) quietUntil_ms = performance.now() + 1000 * error.retryAfter_s
    show(error.code === 'nothing_to_say' ? [{ message: error.message }] : [])
  }
}

function show(warnings) {
  const list = find('text-notes')
  const told = [...list.children].map(entry => entry.firstChild.textContent)
  const messages = warnings.map(warningInWords)
  // What is told already must not be spoken once more.
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

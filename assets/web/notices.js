// Messages of the page: the status, errors, and the prompt for a key.

import { find, show } from './dom.js'
import { clearFaults, tellFault } from './fields.js'

let countdown = 0

/** Shows the status; screen readers announce it. */
export function status(text) {
  if (find('status').textContent !== text) find('status').textContent = text
}

/** Shows the playback position beside the status; it changes too often to be announced. */
export function place(text) {
  if (find('place').textContent !== text) find('place').textContent = text
}

/** Shows an error: beside its field, or else in the notice, with a button to retry if that can help. */
export function problem(error, tryAgain = null) {
  clearInterval(countdown)
  if (tellFault(error)) return
  find('problem-text').textContent = error.message
  show('problem')
  show('again', tryAgain !== null)
  const again = find('again')
  again.onclick = () => {
    clearProblem()
    tryAgain?.()
  }
  let left_s = tryAgain ? (error.retryAfter_s ?? 0) : 0
  const tell = () => {
    again.disabled = left_s > 0
    again.textContent = left_s > 0 ? `Try again in ${left_s} s` : 'Try again'
    if (left_s <= 0) clearInterval(countdown)
    left_s -= 1
  }
  tell()
  if (left_s >= 0) countdown = setInterval(tell, 1000)
}

export function clearProblem() {
  clearInterval(countdown)
  clearFaults()
  show('problem', false)
  find('problem-text').textContent = ''
}

/** Prompts for a key; null if none is given. */
export function askForKey(wasRefused) {
  const dialog = find('key-dialog')
  const form = find('key-form')
  find('key-title').textContent = wasRefused ? 'The server rejected this key' : 'This server requires an API key'
  find('key').value = ''
  dialog.showModal()
  find('key').focus()
  return new Promise(resolve => {
    let given = null
    form.onsubmit = event => {
      event.preventDefault()
      given = find('key').value.trim() || null
      if (given) dialog.close()
    }
    find('key-cancel').onclick = () => dialog.close()
    dialog.onclose = () => resolve(given)
  })
}

export function listen() {
  find('dismiss').onclick = () => {
    clearProblem()
    find('text').focus()
  }
}
